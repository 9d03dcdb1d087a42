"""What the answer page needs of the store, and nothing more."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Protocol

from pydantic import AwareDatetime, JsonValue

from konbit.definition.base import Mode, Model

Verdict = Literal["accept", "decline", "wrong_person"]
Stored = Literal["stored", "late", "repeated", "suspect"]
"""What became of an answer: counted, kept although its request had closed, already there under the same nonce, or not taken
because no person answers like that."""
LATE = dt.timedelta(hours=72)
"""How long after the end of its run a link still shows its page and takes a late answer (reference/notify.md 5.3)."""


class Given(Model):
    """An answer that this person gave before."""

    verdict: Verdict
    data: dict[str, JsonValue] = {}
    at: AwareDatetime
    late: bool = False


class Addressee(Model):
    """One person asked by one request: everything that the page shows about it, personal data included."""

    digest: str
    """Of the plan that the run is pinned to: its forms and messages are shown, not those of today."""
    mode: Mode
    name: str
    """Of the person, so that somebody else can see that it is not for them."""
    languages: list[str] = ["en"]
    zone: str = "UTC"
    slot: str = ""
    """The role asked: `cluster_lead.HEA`."""
    title: dict[str, str]
    """Of the step that asks."""
    question: str
    """The message that asks."""
    form: str | None = None
    options: list[str] = []
    values: dict[str, JsonValue] = {}
    """Values of the run that the message names."""
    attachment: str = ""
    """A report that the question is about, as Markdown: shown as it is."""
    closes_at: AwareDatetime | None = None
    state: Literal["open", "closed", "ended"] = "open"
    """`closed`: answers are late. `ended`: the run asks for none any more; one that comes all the same is kept."""
    given: Given | None = None
    """What this person answered last."""
    expires_at: AwareDatetime | None = None
    """When the link ceases to work; None as long as the run goes on, whatever the token in it says."""


class Entry(Model):
    """What a page of confirmation shows somebody of themselves."""

    kind: Literal["address", "entry"]
    """Whether only the address is asked about, or everything."""
    name: str
    languages: list[str] = ["en"]
    zone: str = "UTC"
    organization: str = ""
    roles: list[str] = []
    addresses: list[str] = []
    """Masked."""
    quiet_hours: str = ""
    outcome: Literal["confirmed", "incorrect", "wrong_person"] | None = None
    """What was said before."""


class ConfirmationDesk(Protocol):
    """Where people confirm their address or their entry."""

    def entry(self, row_id: int) -> Entry | None:
        """What the link is about; None if there is no such row, or what it was about is gone."""
        ...

    def confirm(
        self, row_id: int, outcome: Literal["confirmed", "incorrect", "wrong_person"], at: dt.datetime
    ) -> None:
        """Keeps what was said; said twice it changes nothing, said otherwise it replaces."""
        ...


class AnswerDesk(Protocol):
    """Where requests are looked up and answers are kept."""

    def addressee(self, row_id: int) -> Addressee | None:
        """The person and the request behind the id in a token; None if there is no such row, or no longer."""
        ...

    def accept(
        self,
        row_id: int,
        verdict: Verdict,
        data: Mapping[str, JsonValue],
        *,
        channel: str,
        at: dt.datetime,
        nonce: str,
        wall: dt.datetime,
    ) -> Stored:
        """Keeps an answer, once per nonce, whatever has ended meanwhile; it is stored when this returns.

        Not one that contradicts what was pressed seconds ago in `wall` time, or that follows something in doubt.
        """
        ...

    def doubt(self, row_id: int, *, at: dt.datetime, wall: dt.datetime) -> None:
        """Notes that something was done with the link that no person does."""
        ...

    def ping(self) -> None:
        """Returns if answers can be stored now; raises `ServiceUnavailable` if not."""
        ...
