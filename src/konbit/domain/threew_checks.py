"""The checks of a 3W row, in the order in which a sender is asked about them."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator

from konbit.definition.codelists import CodeLists, ancestors, check_pcode
from konbit.domain.threew_row import Activity, Question

STATUSES = ("planned", "ongoing", "completed", "cancelled")
"""The states of an activity."""
_GLIDE = re.compile(r"[A-Z]{2}-\d{4}-\d{6}-[A-Z]{3}(-\S+)?", re.ASCII)
_PLAIN = re.compile(r"\d+(\.\d+)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}([,\u00a0\u202f ]\d{3})+(\.\d+)?", re.ASCII)
_CONTACT = re.compile(r"\S@\S|\+?\d(?:[\s().-]?\d){7,}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TEXTS = ("implementer", "funder", "activity", "beneficiary_type", "modality")
_TEMPLATES: dict[str, dict[str, str]] = {
    "missing": {
        "en": "What is the {column}?",
        "fr": "Quelle est la valeur de « {column} » ?",
        "ht": "Ki sa ou mete pou « {column} »?",
    },
    "unknown": {
        "en": "{column} '{found}' is not known. Which is it: {allowed}?",
        "fr": "{column} « {found} » est inconnu. Lequel est-ce : {allowed} ?",
        "ht": "Nou pa konnen {column} « {found} ». Kilès nan sa yo: {allowed}?",
    },
    "place": {
        "en": "Which place is meant? {problem}",
        "fr": "De quel lieu s'agit-il ? {problem}",
        "ht": "Ki kote ou vle di? {problem}",
    },
    "date": {
        "en": "{column} '{found}' is not a date. Which day is it, as {allowed}?",
        "fr": "{column} « {found} » n'est pas une date. Quel jour est-ce, sous la forme {allowed} ?",
        "ht": "{column} « {found} » se pa yon dat. Ki jou li ye, konsa: {allowed}?",
    },
    "order": {
        "en": "The end {found} is before the start. Which of the two is wrong?",
        "fr": "La fin {found} précède le début. Laquelle des deux dates est fausse ?",
        "ht": "Dat fen an {found} vini anvan kòmansman an. Kilès ki pa bon?",
    },
    "number": {
        "en": "{column} '{found}' cannot be read as a number. Which number is it, in digits only?",
        "fr": "{column} « {found} » n'est pas un nombre lisible. Quel est-il, en chiffres seulement ?",
        "ht": "Nou pa ka li {column} « {found} » kòm yon chif. Ki chif li ye, chif sèlman?",
    },
    "contact": {
        "en": "{column} seems to hold an address or a phone number. What should it say without them?",
        "fr": "{column} semble contenir une adresse ou un numéro. Que faut-il écrire sans cela ?",
        "ht": "{column} sanble gen yon adrès oswa yon nimewo. Ki sa pou nou ekri san yo?",
    },
    "parent": {
        "en": "adm2 {found} is not in adm1 {allowed}. Which of the two is right?",
        "fr": "adm2 {found} n'est pas dans adm1 {allowed}. Lequel des deux est juste ?",
        "ht": "adm2 {found} pa nan adm1 {allowed}. Kilès ki bon?",
    },
    "severe": {
        "en": "This row is marked as strictly confidential. May it be shared without the place below adm1?",
        "fr": "Cette ligne est strictement confidentielle. Peut-on la partager sans le lieu sous adm1 ?",
        "ht": "Liy sa a sekrè nèt. Èske nou ka pataje l san kote ki anba adm1 an?",
    },
    "duplicate": {
        "en": "This row says the same as row {found}. Is it another activity, and if so what differs?",
        "fr": "Cette ligne répète la ligne {found}. Est-ce une autre activité, et en quoi diffère-t-elle ?",
        "ht": "Liy sa a menm ak liy {found}. Èske se yon lòt aktivite, e ki sa ki diferan?",
    },
    "drill": {
        "en": "This row comes from a drill and stands among real ones. Should it be here?",
        "fr": "Cette ligne vient d'un exercice et se trouve parmi des lignes réelles. Doit-elle être ici ?",
        "ht": "Liy sa a soti nan yon egzèsis, li mele ak liy ki reyèl. Èske li dwe la?",
    },
}


def question(kind: str, column: str, found: str, **values: str) -> Question:
    """The question of a kind about a column, in every language it is written in."""
    fields = {"column": column, "found": found[:80], **values}
    texts = {language: template.format(**fields) for language, template in _TEMPLATES[kind].items()}
    return Question(column=column, found="" if kind == "contact" else found[:80], texts=texts)


def first_question(row: Activity, codelists: CodeLists) -> Question | None:
    """The one thing to ask about a row, or None where it can be exported."""
    found = itertools.chain(
        _required(row),
        _codes(row, codelists),
        _places(row, codelists),
        _dates(row),
        _numbers(row),
        _privacy(row),
    )
    return next(found, None)


def canonical_number(value: str) -> str | None:
    """The digits of a number, thousands separators removed; None where it is not plainly a number.

    1.250 is one and a quarter to one reader and a thousand to another: only what is grouped by comma or space
    is taken.
    """
    tidy = value.strip()
    if _PLAIN.fullmatch(tidy):
        return tidy
    return re.sub(r"[,\u00a0\u202f ]", "", tidy) if _GROUPED.fullmatch(tidy) else None


def _required(row: Activity) -> Iterator[Question]:
    columns = ["implementer", "cluster", "date_start", "date_reported"]
    if row.pathway == "streamlined":
        columns.insert(2, "activity")
    for column in columns:
        if not getattr(row, column).strip():
            yield question("missing", column, "")
    if not (row.adm1.strip() or row.adm2.strip()):
        yield question("missing", "adm1", "")


def _codes(row: Activity, codelists: CodeLists) -> Iterator[Question]:
    if row.cluster not in codelists.clusters:
        allowed = ", ".join(item.code for item in codelists.clusters.items)
        yield question("unknown", "cluster", row.cluster, allowed=allowed)
    types = codelists.require("organization_types")
    if row.organization_type and row.organization_type not in types:
        allowed = ", ".join(f"{item.code} {item.name('en')}" for item in types.items)
        yield question("unknown", "organization_type", row.organization_type, allowed=allowed)
    if row.status and row.status not in STATUSES:
        yield question("unknown", "status", row.status, allowed=", ".join(STATUSES))
    if row.event and not _GLIDE.fullmatch(row.event):
        yield question("unknown", "event", row.event, allowed="a GLIDE number such as EQ-2021-000116-HTI")


def _places(row: Activity, codelists: CodeLists) -> Iterator[Question]:
    for level, (column, code) in enumerate((("adm1", row.adm1), ("adm2", row.adm2)), start=1):
        if not code:
            continue
        problem = check_pcode(code, codelists)
        if problem is None and len(ancestors(code, codelists)) != level:
            problem = f"'{code}' is not an {column}."
        if problem:
            yield question("place", column, code, problem=problem)
            return
    if row.adm1 and row.adm2 and ancestors(row.adm2, codelists)[0] != row.adm1:
        yield question("parent", "adm2", row.adm2, allowed=row.adm1)


def _dates(row: Activity) -> Iterator[Question]:
    monthly = row.pathway == "ad_hoc"
    form = "YYYY-MM-DD or YYYY-MM" if monthly else "YYYY-MM-DD"
    for column in ("date_reported", "date_start", "date_end"):
        value = getattr(row, column)
        if value and not _is_date(value, monthly=monthly):
            yield question("date", column, value, allowed=form)
    length = min(len(row.date_start), len(row.date_end))
    if row.date_end and row.date_end[:length] < row.date_start[:length]:
        yield question("order", "date_end", row.date_end)


def _numbers(row: Activity) -> Iterator[Question]:
    for column in ("targeted", "reached", "value_usd"):
        value = getattr(row, column)
        canonical = canonical_number(value)
        if value.strip() and (canonical is None or (column != "value_usd" and "." in canonical)):
            yield question("number", column, value)


def _privacy(row: Activity) -> Iterator[Question]:
    for column in _TEXTS:
        if _CONTACT.search(_DAY.sub("", getattr(row, column))):
            yield question("contact", column, getattr(row, column))
    if row.sensitivity == "severe":
        yield question("severe", "sensitivity", row.sensitivity)


def _is_date(value: str, *, monthly: bool) -> bool:
    if monthly and re.fullmatch(r"\d{4}-\d{2}", value):
        value += "-01"
    try:
        return _DAY.fullmatch(value) is not None and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False
