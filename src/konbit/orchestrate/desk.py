"""The desk of one run on the store: what duties look up. Each look is a short transaction of its own."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from konbit.clock import Clock
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.domain.desk import Answer, Asked, Facts, ReportDocument
from konbit.domain.directory import Directory
from konbit.engine.state import RunState
from konbit.store.database import Store
from konbit.store.records import Answer as StoredAnswer
from konbit.store.records import Request, Run
from konbit.store.transaction import Tx

BALANCES: Final = "allocations"
"""The kind of fact that a balance of needs and offers is kept as."""


@dataclasses.dataclass(frozen=True)
class StoreDesk:
    """What can be looked up for a run, as it stands at `state`."""

    store: Store
    run: Run
    bundle: Bundle
    state: RunState
    clock: Clock
    codes: CodeLists

    @property
    def facts(self) -> Facts:
        """What the run is about."""
        run = self.run
        return Facts(
            run.id, run.flowchart, run.mode, run.parameters, self.clock.now(), dict(self.state.marks)
        )

    def directory(self) -> Directory:
        """The people of the run's country."""
        with self.store.read() as tx:
            return tx.directory.snapshot(self.run.country)

    def contacted(self) -> list[str]:
        """All whom this run and its children have told anything."""
        with self.store.read() as tx:
            found = dict.fromkeys(tx.requests.contacted(self.run.id))
            for child in tx.runs.children(self.run.id):
                found.update(dict.fromkeys(tx.requests.contacted(child.id)))
        return list(found)

    def answers(self, request: str) -> Sequence[Answer]:
        """The accepted answers to a request, or to every request of the child run that a step started."""
        with self.store.read() as tx:
            own = tx.requests.get(self.run.id, request)
            if own is not None:
                return _accepted(tx, self.run.id, self.bundle, own)
            for child in tx.runs.children(self.run.id):
                if child.parent_key == request:
                    bundle = tx.plans.get(child.digest)
                    keys = dict.fromkeys(answer.request for answer in tx.answers.list(child.id))
                    requests = [one for key in keys if (one := tx.requests.get(child.id, key)) is not None]
                    return [answer for one in requests for answer in _accepted(tx, child.id, bundle, one)]
        return []

    def asked(self, request: str) -> Sequence[Asked]:
        """Who was asked in a request."""
        with self.store.read() as tx:
            found = tx.requests.get(self.run.id, request)
            if found is None:
                return []
            slots = slots_of(found)
            first: dict[str, StoredAnswer] = {}
            for answer in tx.answers.list(self.run.id, request):
                first.setdefault(answer.person, answer)
            return [
                _asked(one.person, one.asked_at, slots, first)
                for one in tx.requests.asked(self.run.id, request)
            ]

    def balances(self) -> Sequence[Mapping[str, JsonValue]]:
        """Needs against offers, as matched so far."""
        with self.store.read() as tx:
            return [fact.document for fact in tx.facts.list(BALANCES, self.run.id)]

    def report(self, key: str) -> ReportDocument | None:
        """A report of this run."""
        with self.store.read() as tx:
            found = tx.reports.get(self.run.id, key)
        if found is None:
            return None
        return ReportDocument(
            key, found.kind, found.number, found.title, found.markdown, found.csv, found.quarantined
        )

    def report_number(self, kind: str) -> int:
        """The number the next report of that kind has."""
        with self.store.read() as tx:
            return tx.reports.next_number(self.run.id, kind)


def _asked(
    person: str, asked_at: object, slots: Mapping[str, tuple[str, ...]], first: Mapping[str, StoredAnswer]
) -> Asked:
    answer = first.get(person)
    return Asked(
        person,
        slots.get(person, ()),
        asked_at,  # type: ignore[arg-type]  # a time, as the store gives it
        answer.received_at if answer else None,
        answer.verdict if answer else None,
        answer.channel if answer else None,
    )


def slots_of(request: Request) -> dict[str, tuple[str, ...]]:
    """Person → the slots that name them in any wave."""
    found: dict[str, list[str]] = {}
    for slot in request.slots:
        for person in {person for wave in slot.waves for person in wave}:
            found.setdefault(person, []).append(slot.slot)
    return {person: tuple(sorted(names)) for person, names in found.items()}


def _accepted(tx: Tx, run: str, bundle: Bundle, request: Request) -> list[Answer]:
    """Every accepting answer to the request; from a form that is answered once, the last one of each person."""
    form = bundle.forms.get(request.form or "")
    slots = slots_of(request)
    answers = [
        Answer(
            id=f"{request.key}#{answer.id}",
            request=request.key,
            person=answer.person,
            form=request.form or "",
            record=form.record if form else "decision",
            data=answer.data,
            at=answer.received_at,
            slots=slots.get(answer.person, ()),
        )
        for answer in tx.answers.list(run, request.key)
        if answer.verdict == "accept"
    ]
    if form is not None and form.many:
        return answers
    return list({answer.person: answer for answer in answers}.values())
