"""What the page of a request says, ready for the template: every text chosen, every value in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from konbit.definition.base import LANGUAGES
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.notify.marking import banner, mark_subject
from konbit.portal.choices import code_name
from konbit.portal.filling import paragraphs, spoken, title_line
from konbit.portal.ports import Addressee
from konbit.portal.questions import Question, Sheet, sheet
from konbit.portal.reading import Fault, Sent
from konbit.portal.words import Said, best_language, local_moment, say, table, utc_moment, word


@dataclass(frozen=True, slots=True)
class Content:
    """What pages are made of beside the request: plans by their digest, code lists, the name of the unit that asks."""

    bundle: Callable[[str], Bundle]
    codelists: CodeLists
    unit: Mapping[str, str] = field(default_factory=lambda: table()["unit"])


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of what the person just did, if it was not simply to open the page."""

    status: int = 200
    sent: Sent | None = None
    """What was filled in and is not stored yet."""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    notice: str = ""
    """A key of the page's words."""
    done: bool = False
    """Set right after an answer was stored."""


OPENED = Attempt()


@dataclass(frozen=True, slots=True)
class FieldView:
    """A question with what is in it and what is wrong with it."""

    question: Question
    raw: list[str]
    fault: str

    @property
    def described(self) -> str:
        """The ids of the unit, the help and the error that belong to it."""
        parts = {"u": self.question.unit, "h": self.question.help, "e": self.fault}
        return " ".join(f"{self.question.id}_{mark}" for mark, text in parts.items() if text)


@dataclass(frozen=True, slots=True)
class Page:
    """One page in one language."""

    addressee: Addressee
    language: str
    languages: tuple[str, ...]
    head: str
    """The title of the document, marked with the mode."""
    banner: str
    """Empty in an actual run."""
    title: Said
    body: tuple[Said, ...]
    unit: str
    plan: Said
    role: str
    local_until: str
    utc_until: str
    sheet: Sheet
    fields: tuple[FieldView, ...]
    given: tuple[tuple[Said, str], ...]
    given_line: str
    notice: str
    thanks: bool


def language_of(addressee: Addressee, bundle: Bundle, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """The language of the page and those it can be read in: what was asked for, else the person's, else English."""
    message = bundle.messages.get(addressee.question)
    text = message.body if message else addressee.title
    there = tuple(language for language in LANGUAGES if language in text) or LANGUAGES[:1]
    order = [wanted, *addressee.languages] if wanted else addressee.languages
    chosen = best_language(order, there)
    return (chosen if chosen in there else there[0]), there


def build(
    content: Content,
    addressee: Addressee,
    bundle: Bundle,
    wanted: str | None = None,
    attempt: Attempt = OPENED,
) -> Page:
    """The page of a request in the language `wanted`, else the person's."""
    language, there = language_of(addressee, bundle, wanted)
    asked = sheet(addressee, bundle, content.codelists, language)
    until = addressee.closes_at
    title = title_line(addressee, bundle, content.codelists, language)
    last = addressee.given
    return Page(
        addressee=addressee,
        language=language,
        languages=there,
        head=(f"{word('error', language)}: " if attempt.faults else "")
        + mark_subject(title.text, language, addressee.mode),
        banner=banner(language) if addressee.mode == "drill" else "",
        title=title,
        body=paragraphs(addressee, bundle, content.codelists, language),
        unit=say(content.unit, language).text,
        plan=say(bundle.flowchart.title, language),
        role=_role(addressee.slot, bundle, content.codelists, language),
        local_until=local_moment(until, addressee.zone, language) if until else word("no_deadline", language),
        utc_until=utc_moment(until, language) if until else "",
        sheet=asked,
        fields=_fields(addressee, asked, attempt, language),
        given=_given(asked, last.data, content.codelists, language) if last else (),
        given_line=_given_line(addressee, language),
        notice=word(attempt.notice, language) if attempt.notice else "",
        thanks=attempt.done and last is not None,
    )


def _fields(addressee: Addressee, asked: Sheet, attempt: Attempt, language: str) -> tuple[FieldView, ...]:
    views = []
    for question in asked.questions:
        fault = attempt.faults.get(question.name)
        text = word(fault.key, language, **fault.values) if fault else ""
        raw = (
            _prefilled(addressee, asked, question)
            if attempt.sent is None
            else attempt.sent.get(question.id, [])
        )
        views.append(FieldView(question, raw, text))
    return tuple(views)


def _prefilled(addressee: Addressee, asked: Sheet, question: Question) -> list[str]:
    """The last answer, unless each is a record of its own; else what the run says, such as the cluster asked about."""
    last = None if asked.many else addressee.given
    if last is not None and question.name in last.data:
        return _raw(last.data[question.name])
    known = addressee.values.get(question.name)
    if last is None and isinstance(known, str) and any(option.value == known for option in question.options):
        return [known]
    return []


def _raw(value: JsonValue) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [] if value is None else [str(value)]


def _given(
    asked: Sheet, data: Mapping[str, JsonValue], codelists: CodeLists, language: str
) -> tuple[tuple[Said, str], ...]:
    found = []
    for question in asked.questions:
        if question.name in data:
            labels = {option.value: option.label for option in question.options}
            value = data[question.name]
            items = value if isinstance(value, list) else [value]
            words = [
                labels.get(str(item)) or spoken(item, question.type, codelists, language) for item in items
            ]
            found.append((question.label, ", ".join(words)))
    return tuple(found)


def _given_line(addressee: Addressee, language: str) -> str:
    last = addressee.given
    if last is None:
        return ""
    at = local_moment(last.at, addressee.zone, language)
    line = word(f"given_{last.verdict}", language, at=at)
    return f"{line} {word('given_late', language)}" if last.late else line


def _role(slot: str, bundle: Bundle, codelists: CodeLists, language: str) -> str:
    """The role asked, in words: 'Cluster lead, Health'."""
    name, _, of = slot.partition(".")
    role = bundle.roles.get(name)
    if role is None:
        return name.replace("_", " ").capitalize()
    title = say(role.title, language).text
    return f"{title}, {code_name(role.per or 'cluster', of, codelists, language)}" if of else title
