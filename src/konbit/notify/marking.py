"""What tells a drill from reality in every message: words at both ends, checked again before sending.

The words never negate ("not a drill" is read as "a drill" in a hurry). The international word EXERCISE
always stands beside the local one, so that it is recognised when a message is forwarded to somebody of
another language.
"""

from konbit.definition.base import Mode
from konbit.errors import UnsafeMessage

WORD = "EXERCISE"
LOCAL_WORDS = {"en": WORD, "fr": "EXERCICE", "ht": "EGZÈSIS", "es": "SIMULACRO", "fil": "PAGSASANAY"}
# The capital È is not in the GSM alphabet and would halve what fits into an SMS.
_SMS_WORDS = {**LOCAL_WORDS, "ht": "EGZESIS"}
_TAGS: dict[Mode, str] = {"drill": f"[{WORD}]", "actual": "[ACTUAL]"}
_BANNER = f"{WORD} {WORD} {WORD}"


def local_word(language: str, *, sms: bool = False) -> str:
    """The word for an exercise in `language`, else the international one."""
    words = _SMS_WORDS if sms else LOCAL_WORDS
    return words.get(language) or words.get(language.partition("-")[0]) or WORD


def banner(language: str) -> str:
    """The first and the last line of a drill's text."""
    word = local_word(language)
    return _BANNER if word == WORD else f"{_BANNER} / {word} {word} {word}"


def mark_subject(subject: str, language: str, mode: Mode) -> str:
    """The subject with the tag of its mode; in a drill the local word stands at the end too."""
    if mode == "actual":
        return f"{_TAGS[mode]} {subject}"
    word = local_word(language)
    start = _TAGS[mode] if word == WORD else f"{_TAGS[mode]} {word}:"
    return f"{start} {subject} - {word}"


def mark_body(body: str, language: str, mode: Mode) -> str:
    """The text between two banners in a drill; as it is otherwise."""
    return body if mode == "actual" else f"{banner(language)}\n\n{body}\n\n{banner(language)}"


def mark_sms(body: str, language: str, mode: Mode) -> str:
    """The SMS with the local word as its first and its last word in a drill; as it is otherwise."""
    word = local_word(language, sms=True)
    return body if mode == "actual" else f"{word} {body} {word}"


def check_marks(subject: str, body: str, language: str, mode: Mode, *, sms: bool) -> None:
    """Raises `UnsafeMessage` if a drill lacks a mark at either end, or an actual text carries a drill's."""
    missing = _missing(subject, body, language, sms=sms)
    if mode == "drill" and missing:
        raise UnsafeMessage(f"the text of a drill is not marked as an exercise: {', '.join(missing)}")
    if mode == "actual" and (
        subject.startswith(_TAGS["drill"]) or (not sms and body.startswith(_BANNER)) or (sms and not missing)
    ):
        raise UnsafeMessage("the text of an actual run is marked as an exercise")
    if mode == "actual" and not sms and not subject.startswith(_TAGS["actual"]):
        raise UnsafeMessage(f"the subject of an actual run does not start with {_TAGS['actual']}")


def _missing(subject: str, body: str, language: str, *, sms: bool) -> list[str]:
    """The places that bear no mark of a drill."""
    if sms:
        word, words = local_word(language, sms=True), body.split()
        ends = {"first word": words[:1], "last word": words[-1:]}
        return [place for place, found in ends.items() if found != [word]]
    lines, word = body.split("\n"), local_word(language)
    places = {
        "start of the subject": subject.startswith(_TAGS["drill"]),
        "end of the subject": subject.endswith(word),
        "first line": lines[0] == banner(language),
        "last line": lines[-1] == banner(language),
    }
    return [place for place, marked in places.items() if not marked]
