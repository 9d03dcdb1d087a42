"""An answer desk in memory, for tests of the answer page and for trying it without a database."""

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

from pydantic import JsonValue

from konbit.definition.base import Model
from konbit.errors import ServiceUnavailable


class Addressed(Protocol):
    """What this desk must know of `konbit.portal.ports.Addressee`, which lies in a layer above.

    It has a field `given` for the last answer.
    """

    @property
    def state(self) -> Literal["open", "closed", "ended"]:
        """Whether the request and its run still take answers."""
        ...

    def model_dump(self) -> dict[str, Any]:
        """As plain data; Any as pydantic declares it."""
        ...

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """From plain data."""
        ...


class Reply(Model):
    """An answer as this desk keeps it."""

    row_id: int
    verdict: str
    data: dict[str, JsonValue]
    channel: str
    at: dt.datetime
    nonce: str
    late: bool


A = TypeVar("A", bound=Addressed)
SECONDS = dt.timedelta(seconds=10)
"""As in `konbit.store.doubts`."""


class MemoryAnswerDesk(Generic[A]):
    """Keeps answers by the rules of the store: once per nonce, late ones marked, those after the end of the run too."""

    def __init__(self, rows: Mapping[int, A]) -> None:
        self.rows = dict(rows)
        self.replies: list[Reply] = []
        self.doubts: dict[int, dt.datetime] = {}
        """When something was last done with a link that no person does."""
        self._pressed: dict[int, tuple[str, dt.datetime]] = {}
        self.down = False
        """Set it to let the desk fail as a store does that cannot be reached."""
        self._lock = threading.Lock()

    def addressee(self, row_id: int) -> A | None:
        """The row, as it was put in, with the answers given since."""
        self.ping()
        return self.rows.get(row_id)

    def accept(
        self,
        row_id: int,
        verdict: str,
        data: Mapping[str, JsonValue],
        *,
        channel: str,
        at: dt.datetime,
        nonce: str,
        wall: dt.datetime,
    ) -> Literal["stored", "late", "repeated", "suspect"]:
        """Keeps the answer."""
        self.ping()
        with self._lock:
            row = self.rows[row_id]
            if not self._trusted(row_id, verdict, wall):
                return "suspect"
            if any(reply.nonce == nonce for reply in self.replies):
                return "repeated"
            late = row.state != "open"
            self.replies.append(
                Reply(
                    row_id=row_id,
                    verdict=verdict,
                    data=dict(data),
                    channel=channel,
                    at=at,
                    nonce=nonce,
                    late=late,
                )
            )
            plain = row.model_dump()
            plain["given"] = {"verdict": verdict, "data": dict(data), "at": at, "late": late}
            self.rows[row_id] = row.model_validate(plain)
            return "late" if late else "stored"

    def doubt(self, row_id: int, *, at: dt.datetime, wall: dt.datetime) -> None:
        """Notes that a machine may have opened the link."""
        del at  # kept with the run, which this desk has not
        with self._lock:
            self.doubts[row_id] = wall

    def _trusted(self, row_id: int, verdict: str, wall: dt.datetime) -> bool:
        """Neither within seconds of a doubt nor of another answer."""
        pressed = self._pressed.get(row_id)
        contradicted = pressed is not None and pressed[0] != verdict and wall - pressed[1] < SECONDS
        if contradicted or wall - self.doubts.get(row_id, wall - SECONDS) < SECONDS:
            self.doubts[row_id] = wall
            return False
        self._pressed[row_id] = (verdict, wall)
        return True

    def ping(self) -> None:
        """Raises `ServiceUnavailable` while `down` is set."""
        if self.down:
            raise ServiceUnavailable
