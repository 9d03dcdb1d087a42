"""3W/5W: who does what, where, when and for whom, as rows for the clusters in HXL.

Rows arrive as they were typed. A row with an error is not dropped and not repaired by guessing: it is
quarantined with one question for its sender. There is no column for a contact, and text that looks like one
is a question too.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from konbit.definition.base import Model
from konbit.definition.codelists import CodeLists, ancestors, country_of
from konbit.domain.threew_checks import canonical_number, first_question, question
from konbit.domain.threew_row import Activity, Quarantined, Question

COLUMNS: tuple[tuple[str, str], ...] = (
    ("Date reported", "#date+reported"),
    ("Event", "#event+id"),
    ("Implementing organization", "#org+impl+name"),
    ("Funding organization", "#org+funding+name"),
    ("Organization type", "#org+type"),
    ("Cluster", "#sector+cluster+name"),
    ("Cluster code", "#sector+cluster+code"),
    ("Activity", "#activity+name"),
    ("Status", "#status"),
    ("Start date", "#date+start"),
    ("End date", "#date+end"),
    ("Country code", "#country+code+v_iso3"),
    ("Admin 1 p-code", "#adm1+code+v_pcodes"),
    ("Admin 1", "#adm1+name"),
    ("Admin 2 p-code", "#adm2+code+v_pcodes"),
    ("Admin 2", "#adm2+name"),
    ("Beneficiary type", "#beneficiary+type"),
    ("People targeted", "#targeted+ind"),
    ("People reached", "#reached+ind"),
    ("Value (USD)", "#value+c_usd"),
    ("Modality", "#modality"),
    ("Sensitivity", "#meta+sensitivity"),
    ("Pathway", "#meta+pathway"),
)
"""The headings and HXL tags of the export, in order."""
MARKER = ("Message status", "#meta+status")
"""The extra column of a drill; its value is that of the CAP status."""
EXERCISE = "Exercise"


class ThreeW(Model):
    """An export: the CSV file, the rows in it, and the rows that wait for an answer."""

    csv: str
    accepted: tuple[Activity, ...]
    quarantined: tuple[Quarantined, ...]


def export(rows: Iterable[Activity], codelists: CodeLists) -> ThreeW:
    """The HXL file of the rows that can go out; every other row is quarantined, so that none is lost.

    Rows of drills carry a marker column; among rows of an actual emergency they are quarantined.
    """
    given = list(rows)
    drill = not any(row.mode == "actual" for row in given)
    accepted: list[Activity] = []
    quarantined: list[Quarantined] = []
    first: dict[str, str] = {}
    for row in given:
        if row.mode == "drill" and not drill:
            asked: Question | None = question("drill", "mode", row.mode)
        else:
            asked = first_question(row, codelists) or _repeated(row, first)
        if asked:
            quarantined.append(Quarantined(row=row, question=asked))
        else:
            accepted.append(row)
    return ThreeW(
        csv=_file([cells(row, codelists) for row in accepted], drill=drill),
        accepted=tuple(accepted),
        quarantined=tuple(quarantined),
    )


def cells(row: Activity, codelists: CodeLists) -> tuple[str, ...]:
    """The cells of a checked row, in the order of `COLUMNS`; a sensitive one keeps no place below adm1."""
    adm1 = row.adm1 or ancestors(row.adm2, codelists)[0]
    adm2 = "" if row.sensitivity in {"high", "severe"} else row.adm2
    values = (
        row.date_reported,
        row.event,
        row.implementer,
        row.funder,
        _organization_type(row.organization_type, codelists),
        codelists.clusters.name(row.cluster, "en"),
        row.cluster,
        row.activity,
        row.status,
        row.date_start,
        row.date_end,
        country_of(adm1, codelists),
        adm1,
        _place_name(adm1, codelists),
        adm2,
        _place_name(adm2, codelists),
        row.beneficiary_type,
        canonical_number(row.targeted) or "",
        canonical_number(row.reached) or "",
        canonical_number(row.value_usd) or "",
        row.modality,
        row.sensitivity,
        row.pathway,
    )
    return tuple(_inert(" ".join(value.split())) for value in values)


def _repeated(row: Activity, first: dict[str, str]) -> Question | None:
    """The question about a row that says the same as an earlier one; otherwise the row is remembered."""
    content = row.model_dump_json(exclude={"id"})
    if content in first:
        return question("duplicate", "id", first[content])
    first[content] = row.id
    return None


def _file(rows: Sequence[tuple[str, ...]], *, drill: bool) -> str:
    columns = (*COLUMNS, MARKER) if drill else COLUMNS
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heading for heading, _ in columns)
    writer.writerow(tag for _, tag in columns)
    writer.writerows((*row, EXERCISE) if drill else row for row in rows)
    return out.getvalue()


def _organization_type(code: str, codelists: CodeLists) -> str:
    """The standard term for a type; a local one such as diaspora is written as the one it maps to."""
    types = codelists.require("organization_types")
    item = types.get(code)
    return types.name(item.fact("standard") or code, "en") if item else ""


def _place_name(code: str, codelists: CodeLists) -> str:
    item = codelists.places.get(code)
    return item.name("en") if item else ""


def _inert(value: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value
