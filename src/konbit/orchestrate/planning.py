"""From `Notify` to deliveries: who gets which words on which channel, and when the next channel is tried.

The personal ladder is planned at once: the second channel of a person waits some minutes in the outbox, and an answer takes
it back. So it never wakes the run.
"""

import base64
import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from konbit.definition.base import Mode
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.definition.mentions import walk
from konbit.domain.caution import Caps
from konbit.domain.delivery import (
    DRILL_AUDIENCES,
    STALE,
    Delivery,
    DeliveryState,
    idempotency_key,
)
from konbit.domain.directory import ConsentPurpose, Endpoint, Person
from konbit.engine.effects import Notify
from konbit.engine.events import Unreachable
from konbit.notify import standard
from konbit.notify.accounts import TwilioVoiceAccount, serves
from konbit.notify.channels import ChannelAccount
from konbit.notify.links import Purpose, Signer
from konbit.notify.message import MessageText, render
from konbit.orchestrate import capping, climbing, reply_lines, words
from konbit.store.records import PlannedDelivery, Run
from konbit.store.transaction import Tx

LATE = dt.timedelta(hours=72)
"""How long after a request has closed its link is still read: a late answer is kept."""


@dataclasses.dataclass(frozen=True)
class Planner:
    """Plans deliveries in the transaction that moves a run."""

    accounts: Mapping[str, ChannelAccount]
    signer: Signer
    portal_url: str
    codes: CodeLists
    caps: Caps = Caps()
    """To how many people a run may write."""

    def plan(self, tx: Tx, run: Run, bundle: Bundle, effect: Notify, now: dt.datetime) -> int:
        """Plans one message for each person; returns how many deliveries are new.

        What would go beyond the cap of the run is held instead, and its owner is told.
        """
        effect = capping.asked(tx, run, effect)
        found = capping.excess(tx, run, effect, self.caps)
        if found is None:
            return self.released(tx, run, bundle, effect, now)
        note = capping.hold(tx, run, bundle, effect, found, now)
        if note is not None:
            self.released(tx, run, bundle, note, now)
        return 0

    def released(self, tx: Tx, run: Run, bundle: Bundle, effect: Notify, now: dt.datetime) -> int:
        """Plans one message for each person, however many they are; returns how many deliveries are new."""
        people = tx.directory.people_by_ids(climbing.contacted(tx, run, effect))
        reached: dict[str, list[Endpoint]] = {person: [] for person in effect.people}
        for endpoint in tx.directory.endpoints_of(effect.people):
            if endpoint.consents_to(_purpose(run, effect), now):
                reached[endpoint.person].append(endpoint)
        effect = climbing.with_names(tx, effect)
        report = self._report(tx, run, effect)
        planned: list[PlannedDelivery] = []
        down = tx.channels.down()
        for person in people.values():
            channels = climbing.chosen(effect, usable(self.accounts, run.mode, reached[person.id], down))
            rows = self._for_person(tx, run, bundle, effect, now, person, channels, report)
            planned.extend(rows)
            if effect.request and not any(row.state is DeliveryState.PLANNED for row in rows):
                lost = Unreachable(at=now, request=effect.request, person=person.id)
                tx.inbox.put(run.id, lost, f"unreachable:{effect.request}:{person.id}", now)
            elif not rows:
                # No run waits for a notice, so nobody else would hear that it could not leave.
                details: dict[str, JsonValue] = {"person": person.id, "step": effect.step}
                tx.audit.add(now, "outbox", "unreached", run_id=run.id, details=details)
        return tx.deliveries.plan(planned, now)

    def _report(self, tx: Tx, run: Run, effect: Notify) -> str:
        key = effect.values.get("report")
        found = tx.reports.get(run.id, key) if isinstance(key, str) else None
        return found.markdown if found else ""

    def _for_person(
        self,
        tx: Tx,
        run: Run,
        bundle: Bundle,
        effect: Notify,
        now: dt.datetime,
        person: Person,
        channels: Sequence[tuple[Endpoint, ChannelAccount]],
        report: str,
    ) -> list[PlannedDelivery]:
        row = None
        if effect.request:
            row = tx.requests.ask(run.id, effect.request, person.id, effect.wave, now, effect.values)
        expires = effect.closes_at or now + STALE
        link = self._link(run, row, expires)
        asked = reply_lines.asked(tx, run, bundle, effect, row, person.id, [one.kind for one, _ in channels])
        values = self._values(run, bundle, effect, person, link) | {"report_text": report}
        rendered = []
        for endpoint, account in channels:
            keypad = isinstance(account, TwilioVoiceAccount) and account.keypad
            plain = _text(bundle, effect, report)
            text = reply_lines.added(plain, asked, bundle, endpoint.kind, keypad=keypad)
            delivery = self._delivery(run, bundle, effect, person, endpoint, account, values, text, expires)
            rendered.append(delivery)
        urgent = standard.message(bundle, effect.message).urgent
        return climbing.climbed(effect, rendered, now, urgent=urgent)

    def _link(self, run: Run, row: int | None, expires: dt.datetime) -> str:
        """Where the person answers; nothing if nothing is asked."""
        if row is None:
            return ""
        token = self.signer.mint(Purpose.ANSWER, run.mode, row, expires + LATE)
        return f"{self.portal_url.rstrip('/')}/a/{token}"

    def _values(self, run: Run, bundle: Bundle, effect: Notify, person: Person, link: str) -> dict[str, str]:
        language = person.languages[0] if person.languages else "en"
        flowchart = bundle.flowchart
        known = {
            name: words.spoken(value, _kind(bundle, name), language, person.zone, self.codes)
            for name, value in effect.values.items()
        }
        owner = bundle.roles.get(flowchart.owner.partition(".")[0])
        return (
            words.parameters_in_words(bundle, run.parameters, language, person.zone, self.codes)
            | known
            | {
                "name": person.name,
                "flowchart": words.title(flowchart.title, *person.languages),
                "step": step_title(bundle, str(effect.values.get("step") or effect.step), person.languages),
                "deadline": words.local(effect.closes_at, person.zone) if effect.closes_at else words.NOTHING,
                "link": link,
                "reference": reference(f"{run.id}{effect.key}{person.id}"),
                "owner": words.title(owner.title, *person.languages) if owner else flowchart.owner,
            }
        )

    def _delivery(
        self,
        run: Run,
        bundle: Bundle,
        effect: Notify,
        person: Person,
        endpoint: Endpoint,
        account: ChannelAccount,
        values: Mapping[str, str],
        text: MessageText,
        expires: dt.datetime,
    ) -> Delivery:
        rendered = render(text, values, person.languages, run.mode, endpoint.kind)
        message = standard.message(bundle, effect.message)
        idem = idempotency_key(run.id, effect.key, effect.wave, person.id, endpoint.id, effect.purpose)
        return Delivery(
            id=idem[:32],
            run_id=run.id,
            mode=run.mode,
            person_id=person.id,
            endpoint_id=endpoint.id,
            channel=endpoint.kind,
            account=account.name,
            address=endpoint.address,
            subject=rendered.subject,
            body=rendered.body,
            language=rendered.language,
            lane="urgent" if message.urgent else "bulk",
            not_before=expires,
            expires_at=expires,
            reference=values["reference"],
            request_id=effect.request,
            cost=max(1, rendered.segments) if endpoint.kind == "sms" else 1,
            audience=endpoint.audience,
            cap=message.cap,
            urgency=message.disturbs,
            night_drill=bundle.flowchart.night_drill,
            last=person.id in effect.last,
        )


def _text(bundle: Bundle, effect: Notify, report: str) -> MessageText:
    """The message in all its languages, with the report that it covers below it."""
    message = standard.message(bundle, effect.message)
    body = {
        language: f"{text}\n\n{{report_text}}" if report else text for language, text in message.body.items()
    }
    return MessageText(effect.message, message.subject, body, message.sms, message.counts)


def usable(
    accounts: Mapping[str, ChannelAccount],
    mode: Mode,
    endpoints: Sequence[Endpoint],
    down: Sequence[str] = (),
) -> list[tuple[Endpoint, ChannelAccount]]:
    """The endpoints to use, in their order: a drill reaches private ones that agreed to drills, and no others.

    Of two accounts of a kind the first one that is not `down` is taken.
    """
    found = []
    ranked = sorted(accounts.values(), key=lambda account: account.name in down)
    for endpoint in sorted(endpoints, key=lambda one: one.priority):
        fit = endpoint.allow_drill and endpoint.audience in DRILL_AUDIENCES
        refused = mode == "drill" and not fit
        serving = (one for one in ranked if serves(one, endpoint.kind) and one.allows(mode))
        account = next(serving, None)
        if account is not None and not refused and endpoint.state in ("ok", "suspect"):
            found.append((endpoint, account))
    return found


def _purpose(run: Run, effect: Notify) -> ConsentPurpose:
    """What somebody must have agreed to for this message, if they said what they agree to."""
    if run.mode == "drill":
        return "drill"
    return "report" if "report" in effect.values else "activation"


def _kind(bundle: Bundle, name: str) -> str:
    """The type of a value: of the parameter of that name, or of a loop over clusters or places."""
    parameter = bundle.flowchart.parameters.get(name)
    if parameter is not None:
        return parameter.type
    return name if name in words.LISTS else "text"


def step_title(bundle: Bundle, step: str, languages: Sequence[str]) -> str:
    """The title of a step in the reader's language."""
    for _, found in walk(bundle.flowchart):
        if found.id == step and found.title:
            return words.title(found.title, *languages)
    return step.replace("_", " ").capitalize()


def reference(seed: str) -> str:
    """Four letters and digits by which people recognise a second copy."""
    return base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:4]
