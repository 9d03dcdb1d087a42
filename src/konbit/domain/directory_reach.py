"""What the rows of a directory file say about how people are reached."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from konbit.definition.problems import Mark, Severity
from konbit.domain import directory_cells
from konbit.domain.channel_traits import Audience, audience_of, wider
from konbit.domain.directory import ChannelKind, ConsentPurpose, Endpoint
from konbit.domain.directory_row import CHANNELS, Problems, Row
from konbit.errors import KonbitError

Canonical = Callable[[ChannelKind, str], str]
"""The one form of an address; a KonbitError with a plain message if it is none."""


@dataclasses.dataclass(frozen=True)
class _Terms:
    """What a row says of its addresses."""

    allow_drill: bool
    purposes: list[ConsentPurpose] | None
    consent_until: dt.datetime | None
    audience: Audience | None


class Reach:
    """Collects addresses row by row."""

    def __init__(self, problems: Problems, canonical: Canonical) -> None:
        self._problems, self._canonical = problems, canonical
        self._terms: dict[tuple[str, ChannelKind, str], _Terms] = {}
        self._owners: dict[str, str] = {}
        self._orders: dict[str, tuple[Mark, list[ChannelKind]]] = {}
        self.channels: Sequence[ChannelKind] = CHANNELS
        """The kinds of channels in the order of their columns."""

    def take(self, row: Row, person: str) -> None:
        """Takes the addresses of a row."""
        terms = self._read_terms(row)
        self._read_order(row, person)
        for kind in self.channels:
            given = row.text(kind)
            if not given:
                continue
            try:
                address = self._canonical(kind, given)
            except KonbitError as error:
                self._problems.cell(row, kind, str(error))
                continue
            self._keep(row, (person, kind, address), terms)
            if self._owners.setdefault(address, person) != person:
                message = f"this address is also that of '{self._owners[address]}'"
                hint = "an answer cannot be told apart; give each person an address of their own"
                self._problems.add(
                    "shared-address", message, row.mark(kind), severity=Severity.WARNING, hint=hint
                )

    def endpoints(self, people: Sequence[str]) -> list[Endpoint]:
        """The endpoints of these people, each person's in the order they are tried."""
        return [endpoint for person in people for endpoint in self._of(person)]

    def _of(self, person: str) -> list[Endpoint]:
        by_kind: dict[ChannelKind, list[Endpoint]] = {}
        for (owner, kind, address), terms in self._terms.items():
            if owner != person:
                continue
            mine = by_kind.setdefault(kind, [])
            mine.append(
                Endpoint(
                    id=f"{person}-{kind}" + (f"-{len(mine) + 1}" if mine else ""),
                    person=person,
                    kind=kind,
                    address=address,
                    audience=terms.audience or audience_of(kind, address),
                    allow_drill=terms.allow_drill,
                    purposes=terms.purposes,
                    consent_until=terms.consent_until,
                )
            )
        where, order = self._orders.get(person, (None, []))
        ordered: list[Endpoint] = []
        for kind in order:
            if not by_kind.get(kind):
                message = f"the column 'channels' names more addresses of kind {kind} than '{person}' has"
                self._problems.add("bad-channels", message, where or Mark("", 1, 1))
                continue
            ordered.append(by_kind[kind].pop(0))
        for kind in self.channels:
            ordered += by_kind.get(kind, [])
        return [one.model_copy(update={"priority": place}) for place, one in enumerate(ordered, start=1)]

    def _keep(self, row: Row, key: tuple[str, ChannelKind, str], terms: _Terms) -> None:
        kind, address = key[1:]
        if terms.audience is not None and wider(terms.audience, audience_of(kind, address)) != terms.audience:
            message = f"this address is read by more than the column says: it is {audience_of(kind, address)}"
            self._problems.cell(row, "audience", message)
        if self._terms.setdefault(key, terms) != terms:
            message = f"'{key[0]}' has this address on an earlier row, and other terms for it"
            self._problems.add("two-answers", message, row.mark(kind), width=len(row.text(kind)))

    def _read_terms(self, row: Row) -> _Terms:
        allowed = directory_cells.truth(row.text("allow_drill") or "true")
        if allowed is None:
            message = f"'{row.text('allow_drill')[:20]}' is neither true nor false"
            self._problems.cell(row, "allow_drill", message, allowed=("true", "false"))
        consent, until = row.text("consent"), row.text("consent_until")
        purposes = directory_cells.purposes(consent) if consent else None
        if consent and purposes is None:
            allowed_words = (*directory_cells.PURPOSES, directory_cells.NOTHING)
            message = f"'{consent[:40]}' is not what somebody can agree to"
            self._problems.cell(row, "consent", message, allowed=allowed_words)
        ends = directory_cells.moment(until) if until else None
        if until and (ends is None or not purposes):
            message = (
                "this is no day such as 2027-01-31" if ends is None else "there is no consent that could end"
            )
            self._problems.cell(row, "consent_until", message)
        return _Terms(allowed is not False, purposes, ends, self._audience(row))

    def _audience(self, row: Row) -> Audience | None:
        found = row.text("audience")
        audience = next((one for one in directory_cells.AUDIENCES if one == found), None)
        if found and audience is None:
            message = f"there is no audience '{found[:20]}'"
            self._problems.cell(row, "audience", message, allowed=directory_cells.AUDIENCES)
        return audience

    def _read_order(self, row: Row, person: str) -> None:
        words = row.text("channels").split()
        unknown = [word for word in words if word not in CHANNELS]
        if unknown:
            message = f"there is no kind of channel '{unknown[0][:20]}'"
            self._problems.cell(row, "channels", message, allowed=CHANNELS)
        elif words:
            order = [kind for word in words for kind in CHANNELS if kind == word]
            self._orders.setdefault(person, (row.mark("channels"), order))
