"""From the texts of a message to what one person gets: language, values, marks of the mode, length.

A text holds `{name}` placeholders and nothing else: no attributes, no formats, no expressions. A value is
put in once and never looked at again, so that braces in somebody's name stay braces.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from konbit.definition import plurals
from konbit.definition.base import Mode
from konbit.definition.content import Counted
from konbit.domain.directory import ChannelKind
from konbit.errors import UnsafeMessage
from konbit.notify import marking, text

FALLBACK = "en"
MAX_SUBJECT = 150
# Apprise takes 32,768 characters on the channels used here; the rest is for marks and the channel's own
# lines.
MAX_BODY = 30_000
MAX_SMS_SEGMENTS = 6

_SHORT: frozenset[ChannelKind] = frozenset({"sms", "voice", "whatsapp"})

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")


@dataclass(frozen=True)
class MessageText:
    """One message of a plan in its languages; `sms` holds the short form, and the subject stands in for it."""

    id: str
    subject: Mapping[str, str]
    body: Mapping[str, str]
    sms: Mapping[str, str] | None = None
    counts: Mapping[str, Counted] = field(default_factory=dict)
    """Phrases that change with a number."""


@dataclass(frozen=True)
class Rendered:
    """What one person gets; `segments` counts SMS segments and is 0 on other channels."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    language: str
    segments: int


def is_short(channel: ChannelKind) -> bool:
    """Whether a channel gets the short form: an SMS, a call, and WhatsApp, whose templates hold one paragraph."""
    return channel in _SHORT


def placeholders(template: str) -> frozenset[str]:
    """The names in `template`; raises `UnsafeMessage` for a brace that is no placeholder and not doubled."""
    return frozenset(_names(template))


def render(
    message: MessageText,
    variables: Mapping[str, str],
    languages: Sequence[str],
    mode: Mode,
    channel: ChannelKind,
) -> Rendered:
    """The message in the first of `languages` that it exists in, then English, then the first it has.

    Raises `UnsafeMessage` for an unknown placeholder, a stray brace, an empty text or one that is too long.
    """
    sms = is_short(channel)
    subjects, bodies = _texts(message, sms=sms)
    language = _choose(message.id, subjects, bodies, languages, sms=sms)
    variables = {**variables, **_counted(message, variables, language)}
    body = _fill(
        message.id, bodies[language], {name: text.clean(value) for name, value in variables.items()}
    ).strip()
    if not body:
        raise UnsafeMessage(f"message {message.id} has no text in {language}")
    if sms:
        return _checked(message.id, _sms(body, language, mode), mode)
    values = {name: text.one_line(value) for name, value in variables.items()}
    subject = _shorten(text.one_line(_fill(message.id, subjects[language], values)))
    marked = Rendered(
        marking.mark_subject(subject, language, mode), marking.mark_body(body, language, mode), language, 0
    )
    return _checked(message.id, marked, mode)


def assert_marked(rendered: Rendered, mode: Mode) -> None:
    """Raises `UnsafeMessage` unless the text shows its mode at both ends; for use before storing."""
    sms = rendered.segments > 0
    marking.check_marks(rendered.subject, rendered.body, rendered.language, mode, sms=sms)


def _counted(message: MessageText, variables: Mapping[str, str], language: str) -> dict[str, str]:
    """The phrases with a number, each in the form that its number takes in the language."""
    phrases = {}
    for name, counted in message.counts.items():
        number = variables.get(counted.of, "")
        forms = counted.forms.get(language) or counted.forms.get(FALLBACK) or {}
        if not number.isdecimal() or plurals.OTHER not in forms:
            raise UnsafeMessage(
                f"message {message.id}: '{name}' counts '{counted.of}', which is no whole number here"
            )
        phrases[name] = plurals.pick(forms, language, int(number))
    return phrases


def _sms(body: str, language: str, mode: Mode) -> Rendered:
    marked = marking.mark_sms(body, language, mode)
    return Rendered("", marked, language, text.segments(marked))


def _checked(message_id: str, rendered: Rendered, mode: Mode) -> Rendered:
    if len(rendered.body) > MAX_BODY:
        raise UnsafeMessage(
            f"message {message_id} has {len(rendered.body)} characters; at most {MAX_BODY} can be sent"
        )
    if rendered.segments > MAX_SMS_SEGMENTS:
        raise UnsafeMessage(
            f"message {message_id} takes {rendered.segments} SMS segments in {rendered.language}; "
            f"at most {MAX_SMS_SEGMENTS} are sent"
        )
    assert_marked(rendered, mode)
    return rendered


def _texts(message: MessageText, *, sms: bool) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Subjects and bodies for the channel; an SMS is the short form, and the subject in a language without one."""
    return message.subject, {**message.subject, **(message.sms or {})} if sms else message.body


def _choose(
    message_id: str,
    subjects: Mapping[str, str],
    bodies: Mapping[str, str],
    languages: Sequence[str],
    *,
    sms: bool,
) -> str:
    """`fr-CA` is served by `fr`; a language counts only if every part of the message exists in it."""
    complete = [language for language in bodies if sms or language in subjects]
    for wanted in (*languages, FALLBACK):
        for tag in (wanted, wanted.partition("-")[0]):
            if tag in complete:
                return tag
    if not complete:
        raise UnsafeMessage(f"message {message_id} is complete in no language")
    return complete[0]


def _fill(message_id: str, template: str, values: Mapping[str, str]) -> str:
    unknown = sorted(_names(template) - values.keys())
    if unknown:
        raise UnsafeMessage(
            f"message {message_id} needs {', '.join(unknown)}; "
            f"known here: {', '.join(sorted(values)) or 'nothing'}"
        )
    braces = {"{{": "{", "}}": "}"}
    return _TOKEN.sub(lambda found: braces.get(found[0]) or values[found[1]], text.clean(template))


def _names(template: str) -> set[str]:
    names = set()
    for found in _TOKEN.finditer(text.clean(template)):
        if found[0] in "{}":
            raise UnsafeMessage(
                f"a stray {found[0]} at character {found.start() + 1}: "
                "a placeholder is {name}, a brace is doubled"
            )
        if found[1]:
            names.add(found[1])
    return names


def _shorten(subject: str) -> str:
    return subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 3].rstrip() + "..."
