"""Duties for many plays of one scenario, where nobody reads the reports: the journals are the same, in a fraction of the time."""

from collections.abc import Callable

from konbit.domain import reports
from konbit.domain.desk import Desk, Done
from konbit.domain.directory import EVERYBODY, Directory
from konbit.domain.duties import DUTIES, reported_of
from konbit.engine.duties import RECRUITING, TELLING
from konbit.engine.effects import DoWork
from konbit.simulate.stage import Duties

Duty = Callable[[DoWork, Desk], Done]


def counting() -> Duties:
    """Reports are counted, not written; and whom a role recruits is remembered as long as the directory is the same."""
    remembered = {name: _remembering(DUTIES[name]) for name in (*RECRUITING, *TELLING)}  # type: ignore[index]  # names of duties
    return {**DUTIES, **remembered, "draft": _draft}  # type: ignore[dict-item]  # names of duties


def _draft(work: DoWork, desk: Desk) -> Done:
    return reports.counted(work, desk, reported_of)


def _remembering(duty: Duty) -> Duty:
    known: dict[str, tuple[Directory, Done]] = {}

    def remembered(work: DoWork, desk: Desk) -> Done:
        asked = repr(
            [(name, work.inputs.get(name)) for name in ("who", "waves", "per_role", "critical", "country")]
        )
        if EVERYBODY in asked:
            return duty(work, desk)
        found = known.get(asked)
        if found is None or found[0] is not desk.directory():
            found = known[asked] = (desk.directory(), duty(work, desk))
        return found[1]

    return remembered
