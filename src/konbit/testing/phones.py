"""Fake telephones: they take what an account sends, and write back in the form in which a provider would bring it."""

import dataclasses
import datetime as dt
import itertools
import threading
from collections.abc import Mapping
from typing import Final

from konbit.domain.delivery import Accepted, Delivery, SendResult

ACCEPTED: Final = Accepted()


@dataclasses.dataclass(frozen=True)
class Text:
    """A message that arrived."""

    at: dt.datetime
    address: str
    channel: str
    text: str = dataclasses.field(repr=False)
    delivery: str


class Phones:
    """Every address there is. `fates` says what becomes of messages to some of them; the others take all.

    It is an adapter for the dispatcher: `send` gives what the provider would have said.
    """

    def __init__(self, clock: "Now") -> None:
        self.clock = clock
        self.fates: dict[str, SendResult] = {}
        self.texts: list[Text] = []
        self.sent: dict[str, Delivery] = {}
        """What arrived, by its id, as the sender had it."""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def send(self, account: object, delivery: Delivery) -> SendResult:
        """Takes a message."""
        del account  # every account reaches every telephone
        fate = self.fates.get(delivery.address, ACCEPTED)
        if isinstance(fate, Accepted):
            with self._lock:
                shown = delivery.body if delivery.channel == "sms" else f"{delivery.subject}\n{delivery.body}"
                told = Text(self.clock.now(), delivery.address, delivery.channel, shown, delivery.id)
                self.texts.append(told)
                self.sent[delivery.id] = delivery
        return fate

    def abort(self, delivery_id: str, generation: int) -> None:
        """Nothing hangs here."""

    def at(self, address: str) -> list[str]:
        """What arrived there, in order."""
        return [text.text for text in self.texts if text.address == address]

    def twilio(self, sender: str, text: str) -> Mapping[str, str]:
        """The form by which Twilio brings what somebody wrote."""
        return {
            "MessageSid": f"SM{next(self._numbers):032x}",
            "From": sender,
            "To": "+12025550199",
            "Body": text,
            "NumMedia": "0",
        }


class Now:
    """A clock that stands until it is moved."""

    def __init__(self, time: dt.datetime) -> None:
        self.time = time

    def now(self) -> dt.datetime:
        """The time it was set to."""
        return self.time

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The same moment."""
        return moment

    def move(self, **length: float) -> None:
        """Lets time pass: `minutes=5`."""
        self.time += dt.timedelta(**length)
