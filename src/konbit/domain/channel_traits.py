"""What kinds of channels are like: which wake people, and which are read by more than one."""

from collections.abc import Mapping
from typing import Literal

from konbit.domain.directory import ChannelKind

Audience = Literal["private", "room", "public"]

LOUD: frozenset[ChannelKind] = frozenset({"sms", "voice"})
"""These ring at night; mail and chat wait until somebody looks."""
PHONE: frozenset[ChannelKind] = frozenset({"sms", "voice", "whatsapp", "signal"})
"""Their address is a phone number."""
_ROOMS: frozenset[ChannelKind] = frozenset({"teams", "discord"})
_BY_BEGINNING: Mapping[ChannelKind, Mapping[str, Audience]] = {
    "telegram": {"-": "room", "@": "public"},
    "slack": {"C": "room", "G": "room"},
    "matrix": {"!": "room", "#": "room"},
}
_ORDER: tuple[Audience, ...] = ("private", "room", "public")


def is_loud(kind: ChannelKind) -> bool:
    """Whether a message on this channel may wake somebody."""
    return kind in LOUD


def audience_of(kind: ChannelKind, address: str) -> Audience:
    """Who reads what is sent to a canonical address, as far as its shape says: nobody else, a room, or everybody."""
    if kind in _ROOMS:
        return "room"
    return _BY_BEGINNING.get(kind, {}).get(address[:1], "private")


def wider(one: Audience, other: Audience) -> Audience:
    """The one that more people read."""
    return max(one, other, key=_ORDER.index)
