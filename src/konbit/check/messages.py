"""Messages: what they may name, how long they may be, where they must have a link."""

import re
from collections.abc import Iterator

from konbit.check.chart import Chart, Spot, Whole
from konbit.check.registry import library_rule
from konbit.check.texts import BUILT_IN, in_gsm, of_message, passages, segments_left, uses
from konbit.definition.plurals import needed
from konbit.definition.problems import Severity, did_you_mean

ERROR = Severity.ERROR
# Spanish opens a question with another mark and ends it with this one; the second is the Arabic one.
_QUESTION = re.compile(r"[?\u061f]+")


@library_rule(
    "bad-placeholder",
    ERROR,
    "A brace that is no placeholder",
    why="A message is filled in when it is sent. A stray brace would stop it at that moment.",
    fix="Write `{name}` for a value, and `{{` or `}}` for a brace.",
    bad="""
    # in: messages/own.yaml
    own: {subject: News, body: "Hello {Name}, there is news."}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: "Hello {name}, there is news."}
    """,
)
def bad_placeholder(whole: Whole) -> Iterator[Spot]:
    """A single brace in a text that is not around a name."""
    for passage in passages(whole):
        for offset in passage.strays():
            place = passage.source.inside(passage.path, offset)
            yield Spot(
                "this brace is not part of a placeholder",
                place,
                hint="write {name} for a value, {{ for a brace",
            )


@library_rule(
    "unknown-variable",
    ERROR,
    "A message names a value that is not known",
    why="The message could not be sent: there is nothing to put in the place of the name.",
    fix="Use one of the names that are listed, or give the value under `with:` where the message is used.",
    bad="""
    # in: messages/own.yaml
    own: {subject: News, body: "{name}, there is news of {countri}."}
    # in: response/example.yaml
    parameters:
      country: {type: country, default: HTI}
    steps:
      - inform: {who: [chair], message: own}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: "{name}, there is news of {country}."}
    # in: response/example.yaml
    parameters:
      country: {type: country, default: HTI}
    steps:
      - inform: {who: [chair], message: own}
    """,
)
def unknown_variable(whole: Whole) -> Iterator[Spot]:
    """A placeholder without a value where a chart uses the message; each is reported once."""
    seen: set[tuple[object, ...]] = set()
    for chart in whole.charts:
        named: dict[tuple[str, frozenset[str]], str] = {}
        for message, step, known in _known(chart):
            named.setdefault((message, known), step)
        for (name, known), step in named.items():
            message_ = whole.library.messages.get(name)
            for passage in of_message(whole, name, message_) if message_ else ():
                for offset, written in passage.names():
                    place = (passage.path, offset)
                    counted = message_.counts.get(written) if message_ else None
                    variable = counted.of if counted is not None else written
                    if variable in known or place in seen:
                        continue
                    seen.add(place)
                    meant = did_you_mean(variable, sorted(known))
                    text = f"'{variable}' is not known where {chart.flowchart.flowchart} says this ({step})"
                    where = passage.source.inside(passage.path, offset)
                    yield Spot(
                        text,
                        where,
                        len(variable) + 2,
                        f"did you mean '{meant}'?" if meant else "",
                        tuple(sorted(known)),
                    )


def _known(chart: Chart) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each message a chart says, where, and the names it may use there."""
    everywhere = frozenset(BUILT_IN) | frozenset(chart.flowchart.parameters)
    yield "alarm", "to the owner", everywhere | {"reason"}
    for site in chart.sites:
        if site.step.remind:
            yield "reminder", f"step '{site.id}'", everywhere | frozenset(site.variables)
    loops = frozenset(variable for site in chart.sites for variable in site.variables)
    for mention, _ in uses(chart):
        place = chart.around(mention.path)
        if place is None:
            yield mention.name, f"{mention.path[0]} '{mention.path[1]}'", everywhere
            continue
        given = frozenset(place.step.inform.values) if place.step.inform else frozenset()
        report = frozenset({"report"}) if place.step.report else frozenset()
        # A fragment may be used inside any loop.
        around = loops if place.path[0] == "fragments" else frozenset(place.variables)
        yield mention.name, f"step '{place.id}'", everywhere | around | given | report


@library_rule(
    "sms-too-long",
    Severity.WARNING,
    "A text message of more than one part",
    why="Each part is paid for and may be lost by itself. A part holds 160 characters of the GSM "
    "alphabet, but only 70 as soon as one "
    "character is outside it, such as `ê` or a curly quote.",
    fix="Shorten the words, or replace the characters outside the GSM alphabet.",
    bad="""
    # in: messages/own.yaml
    # where: @ is 'word ' * 40
    own: {subject: News, body: News, sms: "@"}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: News, sms: "News of {name}"}
    """,
)
def sms_too_long(whole: Whole) -> Iterator[Spot]:
    """A short form whose own words, without the values put in, take more than one part."""
    for passage in passages(whole):
        left = segments_left(passage.text) if passage.part == "sms" else 0
        if left < 0:
            least = 160 if in_gsm(passage.text) else 70
            text = f"these words take {least - left} characters, a text message holds {least}"
            strange = sorted({char for char in passage.text if not in_gsm(char)})
            hint = f"outside the GSM alphabet: {' '.join(strange)}" if strange else "shorten it"
            yield whole.at(passage.source, passage.path, text, hint)


@library_rule(
    "missing-link",
    ERROR,
    "A message that asks, without a link to answer by",
    why="People would be asked for something and could not answer; the step would take them for silent.",
    fix="Put `{link}` into the body and the short form, in every language.",
    bad="""
    # in: messages/own.yaml
    own: {kind: question, subject: A question, body: "Can you come?"}
    # in: response/example.yaml
    steps:
      - ask: {who: chair, question: own}
        within: 2h
        on: {no_answer: []}
    """,
    good="""
    # in: messages/own.yaml
    own: {kind: question, subject: A question, body: "Can you come? {link}"}
    # in: response/example.yaml
    steps:
      - ask: {who: chair, question: own}
        within: 2h
        on: {no_answer: []}
    """,
)
def missing_link(whole: Whole) -> Iterator[Spot]:
    """A body or a short form without `{link}` in a message that asks somebody."""
    asking = {mention.name for chart in whole.charts for mention, asks in uses(chart) if asks}
    asking |= (
        {"reminder"} if any(site.step.remind for chart in whole.charts for site in chart.sites) else set()
    )
    for passage in passages(whole):
        if (
            passage.message in asking
            and passage.part != "subject"
            and "link" not in {name for _, name in passage.names()}
        ):
            yield whole.at(
                passage.source,
                passage.path,
                f"'{passage.message}' asks for an answer, but this text has no link",
                "add {link}",
            )


@library_rule(
    "link-without-request",
    ERROR,
    "A link where nobody is asked",
    why="What `inform` says is not answered: there is no request that a link could lead to, and the place would stay empty.",
    fix="Remove `{link}`, or ask with `ask`.",
    bad="""
    # in: messages/own.yaml
    own: {subject: News, body: "Read more: {link}"}
    # in: response/example.yaml
    steps:
      - inform: {who: [chair], message: own}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: "There is news."}
    # in: response/example.yaml
    steps:
      - inform: {who: [chair], message: own}
    """,
)
def link_without_request(whole: Whole) -> Iterator[Spot]:
    """`{link}` in a message that a chart only tells."""
    telling = {mention.name for chart in whole.charts for mention, asks in uses(chart) if not asks}
    for passage in passages(whole):
        for offset, name in passage.names() if passage.message in telling else ():
            if name == "link":
                where = passage.source.inside(passage.path, offset)
                yield Spot(
                    f"nobody is asked where '{passage.message}' is told: there is no link",
                    where,
                    6,
                    "remove {link}",
                )


@library_rule(
    "empty-text",
    ERROR,
    "A text with nothing in it",
    why="People would get a message without words, in the language they read.",
    fix="Write the text, or remove the language.",
    bad="""
    # in: messages/own.yaml
    own: {subject: News, body: {en: News, fr: " "}}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: {en: News, fr: Nouvelles}}
    """,
)
def empty_text(whole: Whole) -> Iterator[Spot]:
    """A text of a message that is empty or blank."""
    for passage in passages(whole):
        if not passage.text.strip():
            yield whole.at(
                passage.source, passage.path, f"the {passage.part} of '{passage.message}' is empty"
            )


@library_rule(
    "two-asks",
    ERROR,
    "A message that asks for two things",
    why="Who is asked two things at once answers one of them, and nobody knows which. One message, one ask, one link.",
    fix="Keep the one question that is to be answered, with one `{link}`; ask the other in a step of its own.",
    bad="""
    # in: messages/own.yaml
    own: {kind: question, subject: A question, body: "Can you come? Can you bring water? {link}"}
    # in: response/example.yaml
    steps:
      - ask: {who: chair, question: own}
        within: 2h
        on: {no_answer: []}
    """,
    good="""
    # in: messages/own.yaml
    own: {kind: question, subject: A question, body: "Can you come? {link}"}
    # in: response/example.yaml
    steps:
      - ask: {who: chair, question: own}
        within: 2h
        on: {no_answer: []}
    """,
)
def two_asks(whole: Whole) -> Iterator[Spot]:
    """A text with more than one question or more than one link, in one language."""
    for passage in passages(whole):
        links = sum(1 for _, name in passage.names() if name == "link")
        questions = len(_QUESTION.findall(passage.text))
        if links > 1 or (links and questions > 1):
            found = f"{links} links" if links > 1 else f"{questions} questions"
            yield whole.at(
                passage.source,
                passage.path,
                f"'{passage.message}' holds {found}; people answer one",
                "ask one thing",
            )


@library_rule(
    "plural-form-missing",
    ERROR,
    "A phrase with a number that lacks a form",
    why="Languages have several forms for numbers: English two, French counts 0 as one, Haitian Creole has a single form. "
    "Without the form, people would read `1 needs`.",
    fix="Write the forms that are named, in every language of the message.",
    bad="""
    # in: messages/own.yaml
    own:
      counts: {left: {of: gaps, forms: {en: {other: "{n} needs"}}}}
      subject: News
      body: "{left} are open."
    # in: response/example.yaml
    parameters:
      gaps: {type: number, default: 1}
    steps:
      - inform: {who: [chair], message: own}
    """,
    good="""
    # in: messages/own.yaml
    own:
      counts: {left: {of: gaps, forms: {en: {one: "{n} need", other: "{n} needs"}}}}
      subject: News
      body: "Open: {left}."
    # in: response/example.yaml
    parameters:
      gaps: {type: number, default: 1}
    steps:
      - inform: {who: [chair], message: own}
    """,
)
def plural_form_missing(whole: Whole) -> Iterator[Spot]:
    """A counted phrase without a language of its message, or without a form that the language needs."""
    for name, message in whole.library.messages.items():
        if not whole.has("message", name):
            continue
        for phrase, counted in message.counts.items():
            for language in message.body:
                there = counted.forms.get(language, {})
                missing = [form for form in needed(language) if form not in there]
                if missing:
                    yield whole.at_key(
                        whole.source("message", name),
                        (name, "counts", phrase),
                        f"'{phrase}' has no form {', '.join(missing)} in {language}",
                    )
