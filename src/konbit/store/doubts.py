"""Answers that a link scanner may have given: they are not taken, and the run hears that the message was seen."""

import datetime as dt
from typing import Final

import sqlalchemy as sa

from konbit.engine.events import Seen
from konbit.store.audit import Audit
from konbit.store.inbox import Inbox
from konbit.store.records import Verdict
from konbit.store.repository import Repository
from konbit.store.tables.requests import addressees
from konbit.store.tables.runs import runs

WITHIN: Final = dt.timedelta(seconds=10)
"""Two different answers within this time, or any answer so soon after one in doubt, come from no person."""


class Doubts(Repository):
    """What is known of how somebody pressed the buttons of their page. All times are wall time but `at`."""

    def doubt(self, row_id: int, at: dt.datetime, wall: dt.datetime, *, takes_back: bool = False) -> None:
        """Something that no person does was done with the link. `takes_back`: their answer of just now is in doubt too."""
        which = addressees.c.id == row_id
        self._connection.execute(sa.update(addressees).where(which).values(doubted_at=wall))
        row = self._row(
            sa.select(addressees.c.run_id, addressees.c.request_key, addressees.c.person_id, runs.c.status)
            .join(runs, runs.c.id == addressees.c.run_id)
            .where(which)
        )
        if row is None:
            return
        reason = "two answers within seconds" if takes_back else "as a program would have answered"
        Audit(self._connection).add(
            at, row["person_id"], "answer-in-doubt", run_id=row["run_id"], reason=reason
        )
        if row["status"] != "ended":
            event = Seen(
                at=at,
                actor=row["person_id"],
                request=row["request_key"],
                person=row["person_id"],
                why="suspect",
                takes_back=takes_back,
            )
            Inbox(self._connection).put(row["run_id"], event, f"suspect:{row_id}:{wall.isoformat()}", at)

    def trusted(self, row_id: int, verdict: Verdict, at: dt.datetime, wall: dt.datetime) -> bool:
        """Whether a press of a button may count; if not, the run hears of it."""
        known = sa.select(addressees.c.doubted_at, addressees.c.pressed_at, addressees.c.pressed)
        row = self._row(known.where(addressees.c.id == row_id).with_for_update())
        if row is None:
            return True
        contradicted = (
            row["pressed"] not in (None, verdict)
            and row["pressed_at"] is not None
            and wall - row["pressed_at"] < WITHIN
        )
        doubted = row["doubted_at"] is not None and wall - row["doubted_at"] < WITHIN
        if contradicted or doubted:
            self.doubt(row_id, at, wall, takes_back=contradicted)
            return False
        if row["pressed"] != verdict:
            pressed = sa.update(addressees).where(addressees.c.id == row_id)
            self._connection.execute(pressed.values(pressed_at=wall, pressed=verdict))
        return True
