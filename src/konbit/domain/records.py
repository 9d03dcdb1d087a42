"""Answers as the records they are kept as: what a form calls a field becomes what the domain calls it.

A value that does not fit is left out or the record is left as it is, never invented; what cannot be read at all is None and
stays in the store as it was answered, for a person to look at.
"""

import datetime as dt
from collections.abc import Mapping

from pydantic import JsonValue, ValidationError

from konbit.definition.codelists import CodeList
from konbit.domain.desk import Answer
from konbit.domain.observations import Observation
from konbit.domain.offers import Offer
from konbit.domain.situation import ClusterInput

EMPTY: tuple[JsonValue, ...] = (None, "", [])


def _given(data: Mapping[str, JsonValue], *names: str) -> dict[str, JsonValue]:
    return {name: data[name] for name in names if data.get(name) not in EMPTY}


def _whole(value: JsonValue) -> int | None:
    return (
        round(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        else None
    )


def _yes(value: JsonValue) -> bool:
    return value is True or value == "yes"


def observation(answer: Answer, run: str) -> Observation | None:
    """The observation in an answer: who reported is kept as a role and an opaque id."""
    data = answer.data
    fields = _given(data, "cluster", "place", "what", "basis", "urgency", "sensitivity")
    fields |= {name: _whole(data.get(name)) for name in ("people", "households")}
    try:
        return Observation.model_validate(
            {"what": "-", "basis": "heard"}
            | fields
            | {
                "id": answer.id,
                "run_id": run,
                "observed_at": _moment(data.get("observed_at"), answer.at),
                "reporter_role": (answer.slots[0] if answer.slots else "unknown").partition(".")[0],
                "source_id": answer.person,
            }
        )
    except ValidationError:
        return None


def _moment(value: JsonValue, otherwise: dt.datetime) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else otherwise
    except ValueError:
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def offer(answer: Answer, items: CodeList) -> Offer | None:
    """The offer in an answer; the unit is that of the relief item, money is counted in US dollars."""
    data = answer.data
    fields = _given(data, "cluster", "item", "place", "kind", "permit", "licence")
    relief = items.get(str(data.get("item")))
    fields["unit"] = relief.fact("unit") if relief else "USD" if data.get("item") == "money" else "piece"
    if data.get("item") == "other":
        fields["item"] = data.get("other_item") or "other"
    flags = {name: _yes(data.get(name)) for name in ("consignee", "local_purchase", "ad_hoc")}
    organization = answer.slots[0].partition(".")[2] if answer.slots else ""
    try:
        return Offer.model_validate(
            fields
            | flags
            | {
                "id": answer.id,
                "organization": organization or answer.person,
                "quantity": _whole(data.get("quantity")),
                "ready_on": _moment(data.get("ready_on"), answer.at).date(),
            }
        )
    except ValidationError:
        return None


def cluster_input(answer: Answer) -> ClusterInput | None:
    """The five lines of a cluster; without a cluster in the answer, that of the slot the person was asked for."""
    fields = _given(answer.data, "cluster", "needs", "response", "gaps", "constraints", "asks", "confidence")
    own = next((slot.partition(".")[2] for slot in answer.slots if slot.startswith("cluster_lead.")), "")
    try:
        return ClusterInput.model_validate(
            {"cluster": own} | fields | {"no_information": _yes(answer.data.get("no_information"))}
        )
    except ValidationError:
        return None
