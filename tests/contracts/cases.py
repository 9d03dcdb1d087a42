"""A country with three people, a plan and a run: what most contracts of the store begin with."""

import datetime as dt

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.domain.delivery import Delivery, idempotency_key
from konbit.domain.directory import Binding, Directory, Endpoint, Organization, Person
from konbit.engine.duties import RoleRef, Slot
from konbit.engine.effects import OpenRequest
from konbit.store.database import Store
from konbit.store.records import NewRun, PlannedDelivery, Run

NOW = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
WALL = dt.datetime(2026, 9, 9, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LEASE = dt.timedelta(seconds=90)


def a_bundle(title: str = "Call the focal points") -> Bundle:
    """The smallest flowchart there is."""
    flowchart = Flowchart.model_validate(
        {
            "flowchart": "response/call",
            "title": {"en": title, "ht": "Rele moun yo"},
            "version": 3,
            "owner": "chair",
            "steps": [{"end": "done"}],
        }
    )
    return Bundle(flowchart=flowchart, forms={}, messages={}, roles={})


def a_directory(**addresses: str) -> Directory:
    """Three people of Haiti; `addresses` replaces the mail address of a person."""
    people = ["p1", "p2", "p3"]
    return Directory(
        people=[
            Person(
                id=person,
                name=f"Role Holder {person}",
                languages=["ht", "fr"],
                zone="America/New_York",
                organization="o1",
            )
            for person in people
        ],
        organizations=[Organization(id="o1", name="Example Federation")],
        endpoints=[
            Endpoint(
                id=f"e-{person}",
                person=person,
                kind="mail",
                address=addresses.get(person, f"{person}@example.org"),
            )
            for person in people
        ],
        bindings=[
            Binding(role="focal_point", of="HEA", country="HTI", person="p1"),
            Binding(role="focal_point", of="HEA", country="HTI", person="p2", rank=2),
            Binding(role="chair", person="p3"),
        ],
        expected=[RoleRef(role="focal_point", of="WSH")],
    )


def a_run(store: Store, id: str = "run-1", mode: str = "actual", **more: object) -> Run:
    """A run of the bundle, with the directory imported."""
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
        digest = tx.plans.put(a_bundle())
        new = {
            "id": id,
            "flowchart": "response/call",
            "digest": digest,
            "mode": mode,
            "parameters": {"country": "HTI", "areas": ["HT07"], "level": None},
            "country": "HTI",
            "started_by": "operator:night-shift",
            "created_at": NOW,
        }
        return tx.runs.create(NewRun(**(new | more)))  # type: ignore[arg-type]  # names are checked at run time


def a_request(key: str = "call") -> OpenRequest:
    """A request to two people, open for an hour."""
    return OpenRequest(
        request=key,
        step="call",
        title={"en": "Can you act?"},
        form="availability",
        options=("yes", "no"),
        question="activation_call",
        slots=(Slot(slot="focal_point.HEA", waves=[["p1"], ["p2"]]),),
        opened_at=NOW,
        closes_at=NOW + 60 * MINUTE,
    )


def a_planned(
    id: str = "d1", *, person: str = "p1", request: str | None = None, **changes: object
) -> PlannedDelivery:
    """A delivery that is due at `NOW`."""
    fields: dict[str, object] = {
        "id": id,
        "run_id": "run-1",
        "mode": "actual",
        "person_id": person,
        "endpoint_id": f"e-{person}",
        "channel": "mail",
        "account": "mail",
        "address": f"{person}@example.org",
        "subject": "[ACTUAL] Call",
        "body": "Can you act?",
        "language": "en",
        "lane": "urgent",
        "not_before": NOW,
        "expires_at": NOW + 60 * MINUTE,
        "reference": "K7Q2",
        "request_id": request,
        "audience": "private",
    }
    delivery = Delivery(**(fields | changes))  # type: ignore[arg-type]  # names are checked at run time
    return PlannedDelivery(
        delivery=delivery,
        idem_key=idempotency_key(delivery.run_id, "call", 0, person, id, "ask"),
        step="call",
        wave=0,
        purpose="ask",
    )
