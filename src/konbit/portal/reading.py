"""What a browser sent, read by the types of the questions. Nothing is evaluated; unknown fields are ignored."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from konbit.definition.codelists import CodeLists, check_pcode
from konbit.notify.text import clean, one_line
from konbit.portal.questions import Question

Sent = Mapping[str, list[str]]
_NUMBER_LENGTH = 20
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMMA_DECIMALS = ("fr", "ht", "es")
# Spaces of four widths, apostrophes and the Arabic thousands mark group; the Arabic decimal mark and the true minus.
_MARKS = {
    ord(" "): "",
    0xA0: "",
    0x2009: "",
    0x202F: "",
    ord("'"): "",
    0x2019: "",
    0x066C: "",
    0x066B: ".",
    0x2212: "-",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a field cannot be taken: a key of the page's words and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer as data, and what is wrong with it by field."""

    data: dict[str, JsonValue]
    faults: dict[str, Fault]


def read(questions: Iterable[Question], sent: Sent, codelists: CodeLists, language: str) -> Reading:
    """Every question's answer; a question without one is left out, or a fault if it is required."""
    reading = Reading({}, {})
    for question in questions:
        found = _value(question, sent.get(question.id, []), codelists, language)
        if isinstance(found, Fault):
            reading.faults[question.name] = found
        elif found is not None:
            reading.data[question.name] = found
        elif question.required:
            reading.faults[question.name] = Fault("error_required")
    return reading


def notes(questions: Iterable[Question], sent: Sent) -> dict[str, JsonValue]:
    """The free texts, which are kept with a refusal too: they may say why."""
    found: dict[str, JsonValue] = {}
    for question in questions:
        text = _text(question, sent.get(question.id, [])) if question.type in ("text", "long_text") else None
        if isinstance(text, str):
            found[question.name] = text
    return found


def _value(question: Question, sent: list[str], codelists: CodeLists, language: str) -> JsonValue | Fault:
    if question.type in ("text", "long_text"):
        return _text(question, sent)
    if question.type == "choices":
        return _choices(question, sent)
    text = one_line(sent[0]) if sent else ""
    if not text:
        return None
    match question.type:
        case "number":
            return _bounded(question, number(text, language))
        case "truth":
            return {"yes": True, "no": False}.get(text, Fault("error_choice"))
        case "date":
            return _date(text)
        case "place" if not question.options:
            code = text.upper()
            return Fault("error_place") if check_pcode(code, codelists) else code
        case _:
            return text if any(option.value == text for option in question.options) else Fault("error_choice")


def _text(question: Question, sent: list[str]) -> str | Fault | None:
    text = (clean(sent[0]).strip() if question.type == "long_text" else one_line(sent[0])) if sent else ""
    if len(text) > question.max_length:
        return Fault("error_too_long", {"limit": question.max_length, "found": len(text)})
    return text or None


def _choices(question: Question, sent: list[str]) -> JsonValue | Fault:
    allowed = [option.value for option in question.options]
    if any(value not in allowed for value in sent):
        return Fault("error_choice")
    return [value for value in allowed if value in sent] or None


def _date(text: str) -> str | Fault:
    try:
        found = dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    return found.isoformat() if found and 1900 <= found.year <= 2200 else Fault("error_date")


def _bounded(question: Question, found: float | Fault) -> float | Fault:
    if isinstance(found, Fault):
        return found
    if question.minimum is not None and found < question.minimum:
        return Fault("error_minimum", {"limit": f"{question.minimum:.15g}"})
    if question.maximum is not None and found > question.maximum:
        return Fault("error_maximum", {"limit": f"{question.maximum:.15g}"})
    return found


def number(text: str, language: str) -> float | Fault:
    """A number as people write it: 1500, 1 500, 1,500, 1.500, 2,5, ١٢; an int if it is whole.

    A mark that occurs twice, or stands before another kind of mark, groups thousands; the last of two kinds is the decimal
    mark. One mark before exactly three digits groups thousands where the language writes them so. Where it is the
    language's decimal mark it may mean either, and the person is asked.
    """
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    tidy = digits.translate(_MARKS)
    if not re.fullmatch(r"-?\d[\d.,]*", tidy) or len(tidy) > _NUMBER_LENGTH:
        return Fault("error_number")
    sign, tidy = (-1, tidy[1:]) if tidy.startswith("-") else (1, tidy)
    marks = [char for char in tidy if char in ".,"]
    if not marks:
        return sign * int(tidy)
    if len(set(marks)) == 2:
        return _signed(sign, tidy, group=marks[0], decimal=marks[-1])
    mark = marks[0]
    if len(marks) > 1:
        return _signed(sign, tidy, group=mark, decimal=None)
    whole, _, rest = tidy.partition(mark)
    if len(rest) != 3 or len(whole) > 3 or whole.startswith("0"):
        return _signed(sign, tidy, group=None, decimal=mark)
    if mark == ("," if language in _COMMA_DECIMALS else "."):
        minus, decimals = "-" if sign < 0 else "", rest.rstrip("0") or "0"
        # A fourth digit takes the doubt away.
        decimals += "0" if len(decimals) == 3 else ""
        return Fault(
            "error_two_ways", {"one": f"{minus}{whole}{rest}", "other": f"{minus}{whole}{mark}{decimals}"}
        )
    return sign * int(whole + rest)


def _signed(sign: int, text: str, group: str | None, decimal: str | None) -> float | Fault:
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    if group:
        if not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{2,3}})*{re.escape(group)}\d{{3}}", whole):
            return Fault("error_number")
        whole = whole.replace(group, "")
    if not whole.isdigit() or not (rest.isdigit() or not decimal):
        return Fault("error_number")
    return sign * (float(f"{whole}.{rest}") if rest.strip("0") else int(whole))
