"""Holding a run: while it is held nothing starts by itself and nobody is asked anew; what people say is kept.

A pause does not move deadlines. A timer that falls due meanwhile fires when the run goes on, in the order of its time, and
after everything that came in before: an operator who extends a deadline during the pause has extended it.
"""

import datetime as dt
from typing import Final

from konbit.engine import requests
from konbit.engine.events import AnyEvent, Paused, Resumed
from konbit.engine.state import RequestFrame, RunState
from konbit.engine.turn import Turn

TAKEN: Final = ("answered", "extended", "resumed", "stood_down")
"""The kinds of events that a run takes while it is held; all others wait until it goes on."""


def pause(turn: Turn, event: Paused) -> None:
    """Holds a run that is under way."""
    if turn.state.status == "active" and turn.state.paused is None:
        turn.change(paused=event.at)


def resume(turn: Turn, event: Resumed) -> None:
    """Lets it go on: what was answered meanwhile counts now."""
    if turn.state.paused is None:
        return
    turn.change(paused=None, resumed=event.at)
    for key in sorted(key for key, frame in turn.live.items() if isinstance(frame, RequestFrame)):
        frame = turn.frame(key, RequestFrame)
        if frame is not None:
            requests.catch_up(turn, frame)


def takes(state: RunState, event: AnyEvent) -> bool:
    """Whether a run in this state takes an event now."""
    return state.paused is None or event.kind in TAKEN


def due_at(state: RunState, at: dt.datetime) -> dt.datetime:
    """When a timer counts as due: not while the run was held."""
    return at if state.resumed is None else max(at, state.resumed)
