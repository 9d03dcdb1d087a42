"""Texts in every language that the people of a chart read."""

from collections.abc import Iterator, Mapping

from konbit.check.chart import Chart, Spot, Whole
from konbit.check.registry import library_rule, rule
from konbit.definition.content import Form
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity


@library_rule(
    "missing-translation",
    Severity.ERROR,
    "A message or form that is not in every language",
    why="A chart says which languages its people read. Who gets a message in another one may not "
    "understand that it is urgent.",
    fix="Write the text in the languages that are missing, or take the language out of `languages` of the chart.",
    bad="""
    # in: messages/own.yaml
    own: {subject: {en: News, fr: Nouvelles}, body: {en: There is news.}}
    # in: response/example.yaml
    title: {en: Example, fr: Exemple}
    languages: [en, fr]
    steps:
      - inform: {who: [chair], message: own}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: {en: News, fr: Nouvelles}, body: {en: There is news., fr: Il y a du nouveau.}}
    # in: response/example.yaml
    title: {en: Example, fr: Exemple}
    languages: [en, fr]
    steps:
      - inform: {who: [chair], message: own}
    """,
)
def missing_translation(whole: Whole) -> Iterator[Spot]:
    """A part of a message or form that lacks a language of a chart that uses it."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for chart in whole.charts:
        for kind, names in (("message", chart.bundle.messages), ("form", chart.bundle.forms)):
            for name in names:
                wanted.setdefault((kind, name), set()).update(chart.flowchart.languages)
    for (kind, name), languages in wanted.items():
        source = whole.source(kind, name)
        for path, text in (
            _of_message(whole, name) if kind == "message" else _of_form(whole.library.forms[name])
        ):
            missing = sorted(languages - set(text))
            if missing:
                yield whole.at_key(
                    source, path, f"this is not written in {', '.join(missing)}, which its readers need"
                )


def _of_message(whole: Whole, name: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
    message = whole.library.messages[name]
    for part in ("subject", "body", "sms"):
        if (text := getattr(message, part)) is not None:
            yield (name, part), text


def _of_form(form: Form) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for part in ("title", "submit", "decline"):
        if (text := getattr(form, part)) is not None:
            yield (part,), text
    for index, field in enumerate(form.fields):
        for part in ("label", "help", "unit"):
            if (text := getattr(field, part)) is not None:
                yield ("fields", index, part), text
        for number, choice in enumerate(field.of):
            yield ("fields", index, "of", number, "label"), choice.label


@rule(
    "missing-title-translation",
    Severity.WARNING,
    "A title that is not in every language",
    why="Titles stand in messages, on pages and in the drawing; who reads another language gets the English one.",
    fix="Write the title in the languages that are missing.",
    bad="""
    title: {en: Example, fr: Exemple}
    languages: [en, fr]
    steps:
      - title: Tell the chair
        inform: {who: [chair], message: bilingual}
    """,
    good="""
    title: {en: Example, fr: Exemple}
    languages: [en, fr]
    steps:
      - title: {en: Tell the chair, fr: Informer la présidence}
        inform: {who: [chair], message: bilingual}
    """,
)
def missing_title_translation(chart: Chart) -> Iterator[Spot]:
    """The title of the chart, of a parameter or of a step that lacks a language of the chart."""
    flowchart = chart.flowchart
    titles: list[tuple[Path, Mapping[str, str] | None]] = [(("title",), flowchart.title)]
    titles += [
        (("parameters", name, "title"), parameter.title) for name, parameter in flowchart.parameters.items()
    ]
    titles += [((*site.path, "title"), site.step.title) for site in chart.sites]
    for path, text in titles:
        missing = sorted(set(flowchart.languages) - set(text)) if text is not None else []
        if missing:
            yield chart.at_key(path, f"this title is not written in {', '.join(missing)}")
