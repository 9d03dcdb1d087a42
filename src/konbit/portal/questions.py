"""From the form of a request to the questions that its page asks, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass

from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.definition.content import Choice, Form, FormField
from konbit.notify.words import option_word
from konbit.portal.choices import Option, code_options
from konbit.portal.ports import Addressee, Verdict
from konbit.portal.words import Said, say, word

ANSWER = "answer"
"""The name under which the engine reads which of the offered outcomes was chosen."""
CODES = ("cluster", "place", "hazard")
MOST_RADIOS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A field of the form as the page asks it."""

    name: str
    type: str
    label: Said
    help: Said | None = None
    unit: Said | None = None
    required: bool = False
    options: tuple[Option, ...] = ()
    declining: frozenset[str] = frozenset()
    """The choices that mean no."""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 280

    @property
    def id(self) -> str:
        """Its name in the page and in what the browser sends."""
        return f"f_{self.name}"

    @property
    def widget(self) -> str:
        """What shows it: one of the blocks of `templates/field.html`."""
        if self.type in ("choices", "truth"):
            return "checkboxes" if self.type == "choices" else "radios"
        if self.options:
            # A radio button cannot be taken back, so that an optional choice is a list with an empty line.
            return "radios" if self.required and len(self.options) <= MOST_RADIOS else "select"
        return {"long_text": "textarea", "date": "date", "number": "number"}.get(self.type, "text")


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a request asks of a person."""

    questions: tuple[Question, ...]
    fixed: Mapping[str, str]
    """What every accepting answer holds: the outcome, where only one is offered."""
    submit: Said
    decline: Said | None
    many: bool

    def verdict(self, data: Mapping[str, object]) -> Verdict:
        """Whether what was chosen takes the request on."""
        return (
            "decline"
            if any(data.get(q.name) in q.declining for q in self.questions if q.declining)
            else "accept"
        )


def sheet(addressee: Addressee, bundle: Bundle, codelists: CodeLists, language: str) -> Sheet:
    """The questions of a request: first the outcome to choose, where the form does not ask for it, then the form."""
    form = bundle.forms.get(addressee.form) if addressee.form else None
    fields = form.fields if form else []
    questions = [_question(field, addressee, codelists, language) for field in fields]
    fixed: dict[str, str] = {}
    if addressee.options and not any(field.name == ANSWER for field in fields):
        labels = _labels(addressee.options, bundle, language)
        if len(labels) == 1:
            fixed = {ANSWER: addressee.options[0]}
        else:
            label = Said(word("answer_title", language), language)
            questions.insert(
                0, Question(name=ANSWER, type="choice", label=label, required=True, options=labels)
            )
    submit = Said(word("submit", language), language)
    if form and form.submit:
        submit = say(form.submit, language)
    elif fixed:
        submit = Said(_labels(addressee.options, bundle, language)[0].label, language)
    decline = say(form.decline, language) if form and form.decline else None
    return Sheet(tuple(questions), fixed, submit, decline, bool(form and form.many))


def _question(field: FormField, addressee: Addressee, codelists: CodeLists, language: str) -> Question:
    of = field.of
    if field.name == ANSWER and addressee.options:
        of = [choice for choice in of if choice.value in addressee.options]
    options = tuple(Option(choice.value, say(choice.label, language).text) for choice in of)
    if field.type in CODES:
        options = code_options(field.type, codelists, addressee.values, language)
    return Question(
        name=field.name,
        type=field.type,
        label=say(field.label, language),
        help=say(field.help, language) if field.help else None,
        unit=say(field.unit, language) if field.unit else None,
        required=field.required,
        options=options,
        declining=frozenset(choice.value for choice in of if choice.means == "decline"),
        minimum=field.minimum,
        maximum=field.maximum,
        max_length=field.max_length,
    )


def _labels(options: list[str], bundle: Bundle, language: str) -> tuple[Option, ...]:
    """The words for outcomes: from any choice in the forms of the plan, else the page's own, else the name made readable."""
    written: dict[str, Choice] = {
        choice.value: choice for form in bundle.forms.values() for choice in _choices(form)
    }
    found = []
    for option in options:
        if option in written:
            label = say(written[option].label, language).text
        else:
            label = option_word(option, language) or option.replace("_", " ").capitalize()
        found.append(Option(option, label))
    return tuple(found)


def _choices(form: Form) -> list[Choice]:
    return [choice for field in form.fields for choice in field.of] if form.record == "decision" else []
