"""One fact, many products: each kind of report is put together here out of what the run has collected."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from konbit.domain import records
from konbit.domain.desk import Asked, Desk, Done, Facts, ReportDocument
from konbit.domain.drillscore import Acknowledgement, DrillFacts, RosterEntry, score
from konbit.domain.matching import Balance, BalanceRow
from konbit.domain.observations import NeedsCell, NeedsPicture
from konbit.domain.situation import ClusterInput, EventFacts, Issue, Narrative, assemble
from konbit.domain.situation_markdown import escape, to_markdown
from konbit.domain.threew import export
from konbit.domain.threew_row import Activity
from konbit.engine.duties import Drafted
from konbit.engine.effects import DoWork

Picture = Callable[..., NeedsPicture]
LANGUAGE = "en"
"""Reports are written in English, the working language of clusters; messages around them are in the reader's."""


def draft(work: DoWork, desk: Desk, picture_of: Picture) -> Done:
    """The report that the work asks for, and what goes into the journal about it."""
    kind = str(work.inputs["report"])
    number = desk.report_number(kind)
    keys = work.inputs.get("keys")
    sources = [str(key) for key in keys.values()] if isinstance(keys, dict) else []
    picture = picture_of(desk, *sources)
    title, markdown, csv, rows, quarantined = _KINDS[kind](work, desk, number, picture)
    document = ReportDocument(work.work, kind, number, title, _banner(markdown, desk.facts), csv, quarantined)
    output = Drafted(report=work.work, number=number, rows=rows, quarantined=quarantined)
    return Done(output.model_dump(mode="json"), reports=(document,))


def counted(work: DoWork, desk: Desk, picture_of: Picture) -> Done:
    """The same as `draft` for the journal, without the report: for plays in which nobody reads it."""
    kind = str(work.inputs["report"])
    number = desk.report_number(kind)
    keys = work.inputs.get("keys")
    sources = [str(key) for key in keys.values()] if isinstance(keys, dict) else []
    rows, quarantined = _counts(kind, work, desk, lambda: picture_of(desk, *sources))
    document = ReportDocument(work.work, kind, number, "", "", "", quarantined)
    output = Drafted(report=work.work, number=number, rows=rows, quarantined=quarantined)
    return Done(output.model_dump(mode="json"), reports=(document,))


def _counts(kind: str, work: DoWork, desk: Desk, picture: Callable[[], NeedsPicture]) -> tuple[int, int]:
    """Rows and rows quarantined of a report."""
    match kind:
        case "situation_report":
            return len(_inputs(work, desk)), 0
        case "needs_note":
            return len(_known(picture())), 0
        case "drill_score":
            return len(_asked(work, desk)), 0
        case "handover":
            return len(_gaps(desk)), 0
        case _:
            return _KINDS[kind](work, desk, 0, picture())[3:]


Parts = tuple[str, str, str, int, int]
"""Title, Markdown, CSV, rows, rows quarantined."""


def _situation(work: DoWork, desk: Desk, number: int, picture: NeedsPicture) -> Parts:
    facts = desk.facts
    inputs = _inputs(work, desk)
    report = assemble(
        Issue(number=number, as_of=facts.now, next_issue=facts.now + dt.timedelta(days=1)),
        _event(facts, desk),
        inputs,
        picture,
        _balance(desk),
        codelists=desk.codes,
        clusters=_texts(facts.parameters.get("clusters")),
        narrative=Narrative(highlights=tuple(_highlights(work))[:5]),
    )
    return f"Situation report {number}", to_markdown(report, LANGUAGE), "", len(inputs), 0


def _inputs(work: DoWork, desk: Desk) -> list[ClusterInput]:
    """What the clusters sent."""
    requests = _texts(work.inputs.get("requests"))
    given = [records.cluster_input(answer) for key in requests for answer in desk.answers(key)]
    return [item for item in given if item is not None and item.cluster]


def _event(facts: Facts, desk: Desk) -> EventFacts:
    hazard, country = str(facts.parameters.get("hazard") or "OT"), str(facts.parameters.get("country") or "")
    name = f"{desk.codes.hazards.name(hazard, LANGUAGE)}, {desk.codes.require('countries').name(country, LANGUAGE)}"
    glide = facts.parameters.get("glide")
    return EventFacts(name=name, hazard=hazard, country=country, glide=str(glide or ""), mode=facts.mode)


def _highlights(work: DoWork) -> Iterable[str]:
    """What the steps that go in came to, in their own words."""
    results = work.inputs.get("inputs")
    for step, result in results.items() if isinstance(results, dict) else ():
        if isinstance(result, dict):
            counts = [
                f"{result[name]} {name}"
                for name in ("asked", "answered", "silent", "covered", "uncovered", "met", "gaps", "held")
                if isinstance(result.get(name), int)
            ]
            words = str(result.get("outcome", "")).replace("_", " ")
            yield f"{step.replace('_', ' ').capitalize()}: {words}" + (
                f" ({', '.join(counts)})" if counts else ""
            )


def _cluster_rows(_work: DoWork, desk: Desk, number: int, picture: NeedsPicture) -> Parts:
    facts = desk.facts
    hidden = {(cell.cluster, cell.place): cell.sensitivity for cell in picture.cells}
    activities = [
        Activity(
            id=f"{row.need.cluster}-{row.need.place}-{row.need.item}-{given.offer_id}",
            mode=facts.mode,
            sensitivity=hidden.get((row.need.cluster, row.need.place), "low"),
            date_reported=facts.now.date().isoformat(),
            event=str(facts.parameters.get("glide") or ""),
            implementer=given.organization,
            funder=given.organization,
            organization_type="diaspora",
            cluster=row.need.cluster,
            activity=f"{given.quantity} {row.need.unit} of {row.need.item.replace('_', ' ')}",
            status="planned",
            date_start=facts.now.date().isoformat(),
            **_place(row.need.place),
            beneficiary_type="affected people",
            targeted=str(row.need.people or ""),
            modality="in kind",
        )
        for row in _balance(desk).rows
        for given in row.allocations
    ]
    result = export(activities, desk.codes)
    lines = [f"# Who does what where, issue {number}", "", f"{len(result.accepted)} rows."]
    if result.quarantined:
        lines += ["", f"{len(result.quarantined)} rows wait for an answer:", ""]
        lines += [
            f"- {escape(item.row.activity)}: {item.question.texts['en']}" for item in result.quarantined
        ]
    return f"3W issue {number}", "\n".join(lines), result.csv, len(result.accepted), len(result.quarantined)


def _place(code: str) -> dict[str, str]:
    """The columns of a place: P-codes of the first level have four characters in the countries we know."""
    return {"adm1": code[:4], "adm2": code if len(code) > 4 else ""}


def _needs_note(_work: DoWork, desk: Desk, number: int, picture: NeedsPicture) -> Parts:
    known = _known(picture)
    clusters, places = desk.codes.clusters, desk.codes.places
    lines = [f"# Needs note {number}", "", f"As of {desk.facts.now:%Y-%m-%d %H:%M} UTC.", ""]
    lines += ["| Cluster | Place | People | Sources | Confidence |", "|---|---|---|---|---|"]
    for cell in known:
        people = f"{cell.people:,}" if cell.people is not None else "not known"
        row = (
            clusters.name(cell.cluster, LANGUAGE),
            places.name(cell.place, LANGUAGE),
            people,
            cell.sources,
            cell.confidence,
        )
        lines.append("| " + " | ".join(str(value) for value in row) + " |")
    blank = [cell for cell in picture.cells if cell.no_information]
    lines += [
        "",
        f"No information for {len(blank)} of {len(picture.cells)} cluster and place pairs: not the same as no needs.",
    ]
    return f"Needs note {number}", "\n".join(lines), "", len(known), 0


def _known(picture: NeedsPicture) -> list[NeedsCell]:
    """What may be told of what is known."""
    return [cell for cell in picture.cells if not cell.no_information and cell.sensitivity == "low"]


def _drill(work: DoWork, desk: Desk, _number: int, _picture: NeedsPicture) -> Parts:
    asked = _asked(work, desk)
    directory = desk.directory()
    channels = {
        person.id: sum(1 for end in directory.endpoints if end.person == person.id and end.state == "ok")
        for person in directory.people
    }
    start = min((one.asked_at for one in asked), default=desk.facts.now)
    facts = DrillFacts(
        started_at=start,
        roster=tuple(
            RosterEntry(
                person=one.person, role=slot, working_channels=channels.get(one.person, 0), delivered=True
            )
            for one in asked
            for slot in one.slots or ("unknown",)
        ),
        notified_at={one.person: one.asked_at for one in asked},
        acknowledgements=tuple(_acknowledged(asked)),
    )
    result = score(facts)
    lines = [
        f"# Call-down drill: rating {result.rating}",
        "",
        "| Measure | Value | Target | Met |",
        "|---|---|---|---|",
    ]
    for measure in result.measures:
        value = "no figure" if measure.value is None else f"{measure.value:g}"
        target = "" if measure.target is None else f"{measure.target:g}"
        met = {True: "yes", False: "no", None: ""}[measure.met]
        lines.append(f"| {measure.name.replace('_', ' ')} | {value} | {target} | {met} |")
    lines += ["", f"{len(result.silent)} silent, {len(result.late)} late."]
    return f"Drill score: {result.rating}", "\n".join(lines), "", len(asked), 0


def _asked(work: DoWork, desk: Desk) -> list[Asked]:
    """Who was asked in the steps that go in."""
    keys = work.inputs.get("keys")
    return [one for key in (keys.values() if isinstance(keys, dict) else ()) for one in desk.asked(str(key))]


def _acknowledged(asked: Iterable[Asked]) -> Iterable[Acknowledgement]:
    for one in asked:
        if one.answered_at is not None:
            declined = one.verdict != "accept"
            yield Acknowledgement(
                person=one.person, at=one.answered_at, channel=one.channel or "", declined=declined
            )


def _handover(work: DoWork, desk: Desk, number: int, _picture: NeedsPicture) -> Parts:
    lines = [f"# Handover sheet {number}", "", f"As of {desk.facts.now:%Y-%m-%d %H:%M} UTC.", ""]
    lines += [f"- {escape(line)}" for line in _highlights(work)]
    gaps = _gaps(desk)
    lines += ["", f"{len(gaps)} needs are still open."]
    lines += [
        f"- {row.need.item.replace('_', ' ')}, {row.need.place}: {row.gap:,} {row.need.unit} missing"
        for row in gaps
    ]
    return f"Handover sheet {number}", "\n".join(lines), "", len(gaps), 0


def _gaps(desk: Desk) -> list[BalanceRow]:
    """Needs that are not met."""
    return [row for row in _balance(desk).rows if row.gap]


def _balance(desk: Desk) -> Balance:
    kept = desk.balances()
    return Balance.model_validate(kept[-1]) if kept else Balance()


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _banner(markdown: str, facts: Facts) -> str:
    if facts.mode != "drill" or "EXERCISE" in markdown:
        return markdown
    return f"**EXERCISE EXERCISE EXERCISE**\n\n{markdown}\n\n**EXERCISE EXERCISE EXERCISE**\n"


_KINDS: Mapping[str, Callable[[DoWork, Desk, int, NeedsPicture], Parts]] = {
    "situation_report": _situation,
    "cluster_3w": _cluster_rows,
    "needs_note": _needs_note,
    "drill_score": _drill,
    "handover": _handover,
}
