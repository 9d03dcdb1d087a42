"""What an activation would send, before it is one: how many people, on which channels, in how long, for how much.

Counted for one message to everybody whom the flowchart, or one that it starts, names by role. What a run sends in the end
depends on answers.
"""

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence

from konbit.definition.base import Mode
from konbit.definition.bundle import Bundle
from konbit.definition.mentions import mentions
from konbit.domain.directory import ConsentPurpose, Directory, Endpoint, Person
from konbit.engine.duties import RoleRef
from konbit.errors import UnsafeMessage
from konbit.notify.channels import ChannelAccount
from konbit.notify.message import MAX_SMS_SEGMENTS, MessageText, placeholders, render
from konbit.orchestrate.addressees import Charts, addressed
from konbit.orchestrate.planning import Planner, usable
from konbit.store.records import Run
from konbit.store.transaction import Tx

SEND_SECONDS = 0.5
"""How long a send takes where an account has no rate: what workers divide."""
SAMPLE = "example text"
_LINK_TOKEN = 35


@dataclasses.dataclass(frozen=True)
class Load:
    """What would leave through one account. `people` have it as their first channel, `at_most` as any of theirs."""

    account: str
    channel: str
    people: int
    at_most: int
    units: int
    """Of the first channels: messages, or segments of SMS in each person's language."""
    seconds: float
    """Until the last of them has left, at the account's rate."""
    down: str = ""
    """Why the account is not used at the moment; nothing if it is."""
    cost: float | None = None
    """Of the units, by the price of the account; None if it has none."""


@dataclasses.dataclass(frozen=True)
class Preflight:
    """What one message to everybody would mean."""

    people: int
    loads: tuple[Load, ...]
    unreachable: tuple[str, ...]
    """Ids of people whom no channel reaches in this mode."""
    vacant: tuple[str, ...]
    """Roles that nobody holds."""

    @property
    def minutes(self) -> float:
        """Until the last one has left: accounts send beside each other."""
        return max((load.seconds for load in self.loads), default=0.0) / 60

    @property
    def cost(self) -> float | None:
        """Of the first channels of all; None if no account that is used has a price."""
        known = [load.cost for load in self.loads if load.cost is not None]
        return round(sum(known), 2) if known else None


def preflight(
    accounts: Mapping[str, ChannelAccount],
    bundle: Bundle,
    directory: Directory,
    country: str | None,
    mode: Mode,
    portal_url: str,
    now: dt.datetime,
    down: Mapping[str, str] | None = None,
    charts: Charts = lambda _: None,
) -> Preflight:
    """Looks at the directory as it is now: who has not agreed to such messages counts as unreachable.

    `down` says of accounts why they are not used; `charts` gives the flowcharts that this one starts.
    """
    people, vacant = _addressed(addressed(bundle.flowchart, charts), directory, country)
    purpose: ConsentPurpose = "drill" if mode == "drill" else "activation"
    reached: dict[str, list[Endpoint]] = {person.id: [] for person in people}
    for endpoint in directory.endpoints:
        if endpoint.person in reached and endpoint.consents_to(purpose, now):
            reached[endpoint.person].append(endpoint)
    first: dict[str, list[Person]] = {}
    every: dict[str, int] = {}
    lost = []
    for person in people:
        channels = usable(accounts, mode, reached[person.id], list(down or {}))
        if not channels:
            lost.append(person.id)
            continue
        first.setdefault(channels[0][1].name, []).append(person)
        for name in {account.name for _, account in channels}:
            every[name] = every.get(name, 0) + 1
    segments = functools.cache(lambda tongue: sample_segments(bundle, tongue, mode, portal_url))
    loads = tuple(
        _load(accounts[name], first.get(name, []), number, segments, (down or {}).get(name, ""))
        for name, number in sorted(every.items())
    )
    return Preflight(len(people), loads, tuple(lost), tuple(vacant))


def sample_segments(bundle: Bundle, language: str, mode: Mode, portal_url: str) -> int:
    """Segments of the longest SMS of the flowchart in a language, with sample values."""
    named = {mention.name for mention in mentions(bundle.flowchart) if mention.kind == "message"}
    longest = 1
    for name in sorted(named & bundle.messages.keys()):
        message = bundle.messages[name]
        texts = [*message.subject.values(), *message.body.values(), *(message.sms or {}).values()]
        values = dict.fromkeys((word for text in texts for word in placeholders(text)), SAMPLE)
        values["link"] = f"{portal_url.rstrip('/')}/a/{'x' * _LINK_TOKEN}"
        try:
            text = MessageText(name, message.subject, message.body, message.sms)
            longest = max(longest, render(text, values, [language], mode, "sms").segments)
        except UnsafeMessage:
            longest = MAX_SMS_SEGMENTS
    return longest


def of_run(tx: Tx, run: Run, planner: Planner, now: dt.datetime, charts: Charts) -> Preflight:
    """The preflight of a run that has not begun."""
    directory, bundle = tx.directory.snapshot(run.country), tx.plans.get(run.digest)
    down = {name: one.reason for name, one in tx.channels.states().items() if one.down}
    country, mode, url = run.country, run.mode, planner.portal_url
    return preflight(planner.accounts, bundle, directory, country, mode, url, now, down, charts)


def table(found: Preflight) -> list[str]:
    """The preflight as lines for a terminal."""
    cost = f" and costs {found.cost:.2f}" if found.cost is not None else ""
    lines = [f"{found.people} people; one message to each takes {duration(found.minutes * 60)}{cost}"]
    if found.loads:
        lines.append(
            f"{'account':<16} {'channel':<10} {'first':>6} {'at most':>8} {'units':>6} {'cost':>8}  time"
        )
    for load in found.loads:
        price = f"{load.cost:.2f}" if load.cost is not None else "-"
        time = duration(load.seconds) + (f"  DOWN: {load.down}" if load.down else "")
        lines.append(
            f"{load.account:<16} {load.channel:<10} {load.people:>6} {load.at_most:>8} {load.units:>6} "
            f"{price:>8}  {time}"
        )
    if found.unreachable:
        lines.append(f"no channel reaches {len(found.unreachable)}: {', '.join(found.unreachable[:20])}")
    if found.vacant:
        lines.append(f"nobody holds: {', '.join(found.vacant)}")
    return lines


def markdown(found: Preflight) -> str:
    """The preflight for a page of Prefect."""
    rows = [
        f"| {load.account} | {load.channel} | {load.people} | {load.at_most} | {load.units} "
        f"| {f'{load.cost:.2f}' if load.cost is not None else ''} "
        f"| {duration(load.seconds)} | {load.down} |"
        for load in found.loads
    ]
    head = "| account | channel | people | at most | units | cost | time | down |\n|---|---|---|---|---|---|---|---|"
    cost = f" and costs {found.cost:.2f}" if found.cost is not None else ""
    parts = [f"**{found.people} people**, one message to each takes {duration(found.minutes * 60)}{cost}."]
    parts += ["\n".join([head, *rows])] if rows else []
    parts += [f"No channel reaches {len(found.unreachable)} of them."] if found.unreachable else []
    parts += [f"Nobody holds: {', '.join(found.vacant)}."] if found.vacant else []
    return "\n\n".join(parts) + "\n"


def duration(seconds: float) -> str:
    """`under a minute`, `about 12 min`, `about 3.5 h`."""
    if seconds < 60:
        return "under a minute"
    return f"about {seconds / 60:.0f} min" if seconds < 2 * 3600 else f"about {seconds / 3600:.1f} h"


def _addressed(
    roles: Iterable[str], directory: Directory, country: str | None
) -> tuple[list[Person], list[str]]:
    """Everybody who holds one of the roles, whatever their rank, and the roles that nobody holds."""
    holders: dict[str, None] = {}
    vacant = []
    for name in roles:
        role, _, of = name.partition(".")
        slots = directory.holders(RoleRef(role=role, of=of or None), country)
        for slot, bindings in sorted(slots.items()):
            holders.update(dict.fromkeys(binding.person for binding in bindings))
            if not bindings:
                vacant.append(slot)
    return [person for person in directory.people if person.id in holders], vacant


def _load(
    account: ChannelAccount,
    people: Sequence[Person],
    at_most: int,
    segments: "functools._lru_cache_wrapper[int]",
    down: str,
) -> Load:
    units = len(people)
    if account.channel == "sms":
        units = sum(segments(person.languages[0] if person.languages else "en") for person in people)
    pace = account.pace
    if pace.per_second is not None:
        seconds = max(0.0, units - pace.burst) / pace.per_second
    else:
        seconds = units * SEND_SECONDS / account.workers
    cost = units * account.price if account.price is not None else None
    return Load(account.name, account.channel, len(people), at_most, units, seconds, down, cost)
