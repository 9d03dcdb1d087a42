"""The audit: whether the record of a run is whole and says what the run came to, and that record as one file.

The journal is a chain of hashes, each line sealed to the one before. Replaying it must give what the other tables say. The
exported file holds everything but addresses and texts of messages, and gives the same bytes each time.
"""

import dataclasses
import datetime as dt
import enum
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import JsonValue, ValidationError

from konbit.engine.events import (
    Extended,
    ItemAdded,
    Migrated,
    OutcomeForced,
    Paused,
    Reassigned,
    Redone,
    Resumed,
    StoodDown,
)
from konbit.engine.migration import first_digest
from konbit.engine.state import RunState
from konbit.errors import KonbitError, UnknownFlowchart, UserError
from konbit.orchestrate.operating import family
from konbit.orchestrate.steward import Steward
from konbit.store.journal import seal
from konbit.store.records import Run
from konbit.store.transaction import Tx

FORMAT: Final = 1
"""The version of the exported file."""
MANIFEST: Final = "manifest.json"
JOURNAL: Final = "journal.jsonl"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time that every file in the archive has: the earliest that the format knows."""
VOLATILE: Final = ("lease_owner", "lease_until", "heartbeat_at", "wakes_at")
"""What of a run is about the process that advances it, not about the run."""
MOST: Final = 100_000
ACTS: Final = (
    Extended, ItemAdded, Migrated, OutcomeForced, Paused, Reassigned, Redone, Resumed, StoodDown,
)  # fmt: skip
"""The events by which somebody decided something about a run from outside its flowchart."""


class UnreadableExport(UserError):
    """This is no file that `konbit audit export` wrote."""


class BrokenRecord(KonbitError):
    """The record of a run is not whole, or says something else than its replay."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """What is wrong with the record of a run."""

    run: str
    words: str
    entry: int | None = None
    """The first line of the journal that is broken, if it is one."""


def verify(steward: Steward, run_id: str) -> list[Finding]:
    """What is wrong with a run's record: the first broken line of its journal, or where a replay comes to something else."""
    with steward.store.read() as tx:
        run = tx.runs.get(run_id)
        broken = tx.journal.verify(run_id)
        if broken is not None:
            words = f"line {broken} of the journal is missing or was changed after it was written"
            return [Finding(run_id, words, broken)]
        try:
            changed = [digest for digest in _digests(tx, run) if _sha(tx.plans.text(digest)) != digest]
            if changed:
                return [Finding(run_id, f"the stored plan {changed[0][:12]} was changed")]
            _, _, page = steward.folded(tx, run_id)
        except ValidationError:
            return [Finding(run_id, "the journal has a line that this version of Konbit cannot read")]
        except UnknownFlowchart as error:
            return [Finding(run_id, str(error))]
        return [Finding(run_id, words) for words in _differences(tx, run, page.state)]


def _digests(tx: Tx, run: Run) -> list[str]:
    """The digests of the plans that a run has had, in order."""
    events = [entry.event for entry in tx.journal.read(run.id)]
    moved = [event.digest for event in events if isinstance(event, Migrated)]
    return list(dict.fromkeys([first_digest(events, run.digest), *moved]))


def _differences(tx: Tx, run: Run, state: RunState) -> Iterator[str]:
    """Where the tables say something else than the journal."""
    replayed = "ended" if state.status == "ended" else "open"
    stored = "ended" if run.status == "ended" else "open"
    if replayed != stored:
        yield f"a replay leaves it {replayed}, the store says {run.status}"
    elif run.status == "ended" and state.outcome != run.outcome:
        yield f"a replay ends {state.outcome}, the store says {run.outcome}"
    if state.paused != run.paused_at:
        yield "a replay and the store differ in whether it is paused"
    timers = {timer.timer: timer.at for timer in tx.timers.list(run.id)}
    if timers != {name: at for name, (at, _) in state.timers.items()}:
        yield "its timers are not those that a replay gives"
    waiting = {request.key for request in tx.requests.list_open(run.id)}
    if waiting != {frame.key for frame in state.requests}:
        yield "its open requests are not those that a replay gives"


def export(steward: Steward, run_id: str) -> bytes:
    """The record of a run and of all it started, as a zip archive; the same record gives the same bytes."""
    files: dict[str, bytes] = {}
    with steward.store.read() as tx:
        for number, run in enumerate(family(tx, run_id)):
            folder = "" if number == 0 else f"children/{run.id}/"
            files |= {f"{folder}{name}": text for name, text in _files(steward, tx, run)}
            for digest in _digests(tx, run):
                files[f"plans/{digest}.json"] = tx.plans.text(digest).encode()
    manifest = {
        "format": FORMAT,
        "run": run_id,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    files[MANIFEST] = _json(manifest)
    return _zipped(files)


def _files(steward: Steward, tx: Tx, run: Run) -> Iterator[tuple[str, bytes]]:
    _, _, page = steward.folded(tx, run.id)
    about = {name: value for name, value in _plain(run).items() if name not in VOLATILE}
    yield "run.json", _json({**about, "plans": list(_digests(tx, run))})
    yield (
        JOURNAL,
        _lines(
            {"seq": seq, "hash": sealed, "event": text} for seq, text, sealed in tx.journal.sealed(run.id)
        ),
    )
    yield (
        "requests.jsonl",
        _lines(
            {**_plain(request), "asked": [_plain(one) for one in tx.requests.asked(run.id, request.key)]}
            for request in tx.requests.list(run.id)
        ),
    )
    yield "answers.jsonl", _lines(_plain(answer) for answer in tx.answers.list(run.id))
    deliveries = tx.deliveries.list(run.id)
    yield "deliveries.jsonl", _lines(_plain(row) for row in deliveries)
    yield (
        "delivery_events.jsonl",
        _lines(_plain(event) for row in deliveries for event in tx.deliveries.events(row.id)),
    )
    yield "decisions.jsonl", _lines(_decisions(tx, run, page.state))
    yield "audit.jsonl", _lines(_plain(act) for act in tx.audit.list(run.id, MOST))
    for report in tx.reports.list(run.id):
        name = f"reports/{report.kind}-{report.number:03}"
        yield (
            f"{name}.json",
            _json({key: value for key, value in _plain(report).items() if key not in ("markdown", "csv")}),
        )
        yield f"{name}.md", report.markdown.encode()
        if report.csv:
            yield f"{name}.csv", report.csv.encode()


def _decisions(tx: Tx, run: Run, state: RunState) -> list[dict[str, JsonValue]]:
    """Who decided what: the questions of the flowchart, and what operators did; in the order of time."""
    found: list[dict[str, JsonValue]] = [
        {"at": result.at.isoformat(), "step": key, "outcome": result.outcome, "by": result.output["by"]}
        for key, result in state.done.items()
        if result.output.get("by")
    ]
    for entry in tx.journal.read(run.id):
        if isinstance(entry.event, ACTS):
            event = entry.event.model_dump(mode="json")
            found.append({"seq": entry.seq, "by": event.pop("actor"), "what": event.pop("kind"), **event})
    return sorted(found, key=lambda one: (str(one["at"]), json.dumps(one, sort_keys=True)))


def verify_file(path: Path) -> list[Finding]:
    """What is wrong with an exported file: a file in it that was changed, or a broken chain. UnreadableExport if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files.pop(MANIFEST))
        listed: Mapping[str, str] = manifest["files"]
        run = str(manifest["run"])
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise UnreadableExport(f"{path}: this is no file that `konbit audit export` wrote") from None
    found = [
        Finding(run, f"{name} is missing or was changed")
        for name in sorted({*listed, *files})
        if name not in files or listed.get(name) != hashlib.sha256(files[name]).hexdigest()
    ]
    for name in sorted(files):
        if name.rpartition("/")[2] == JOURNAL:
            owner = name.split("/")[1] if name.startswith("children/") else run
            found += _chain(owner, files[name])
    return found


def _chain(run: str, journal: bytes) -> list[Finding]:
    previous = ""
    for expected, line in enumerate(journal.decode().splitlines(), start=1):
        one = json.loads(line)
        if one["seq"] != expected or one["hash"] != seal(previous, run, expected, one["event"]):
            return [Finding(run, f"line {expected} of the journal was changed", expected)]
        previous = one["hash"]
    return []


def _plain(record: object) -> dict[str, JsonValue]:
    """A record as JSON."""
    assert dataclasses.is_dataclass(record)
    assert not isinstance(record, type)
    return {field.name: _value(getattr(record, field.name)) for field in dataclasses.fields(record)}


def _value(value: object) -> JsonValue:
    if isinstance(value, enum.Enum):
        return _value(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    dump = getattr(value, "model_dump", None)
    if dump is None:
        raise KonbitError(f"a {type(value).__name__} cannot be exported")
    found: JsonValue = dump(mode="json")
    return found


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _lines(rows: Iterable[Mapping[str, JsonValue]]) -> bytes:
    kept = (json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in kept).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive without times and without compression, whose bytes would depend on the version of a library."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            about = zipfile.ZipInfo(name, EPOCH)
            about.external_attr = 0o600 << 16
            about.create_system = 3
            archive.writestr(about, data)
    return made.getvalue()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
