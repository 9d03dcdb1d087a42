"""Which question a reply is about: named by its code, quoted, or the only one that is open to the person who wrote."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from konbit.definition.base import Mode
from konbit.domain.replies import Offer, Reply

Trouble = Literal["which_one", "no_such_code", "nothing_asked"]
_REFERENCE = re.compile(r"\b[A-Z2-7]{4}\b")


@dataclass(frozen=True, slots=True)
class Question:
    """One question that was put to a person, as far as a reply to it is concerned."""

    row_id: int
    """The row of the person in the request: what an answer is kept under."""
    run_id: str
    request: str
    person: str
    code: str
    offers: tuple[Offer, ...]
    mode: Mode
    asked_at: dt.datetime
    is_open: bool
    """False once the request has closed or the run has ended: a reply is then late, and kept as late."""
    answered: bool
    references: tuple[str, ...] = ()
    """The short references in the messages that asked."""


def about(
    reply: Reply, questions: Sequence[Question], *, quoted: int | None = None, text: str = ""
) -> Question | Trouble:
    """The question a reply answers, or why that cannot be said.

    `questions` are those put to the people whom the sender's address belongs to, and no others. A code names one among the
    open, else the latest that has closed. `quoted` is the row of the message it quotes, and `text` the whole of a mail.
    """
    if reply.code is not None:
        return _latest([one for one in questions if one.code == reply.code]) or "no_such_code"
    named = [one for one in questions if one.row_id == quoted] or _by_reference(questions, text)
    if len(named) == 1:
        return named[0]
    there = [one for one in questions if one.is_open]
    if not there:
        return _latest(questions) or "nothing_asked"
    unanswered = [one for one in there if not one.answered] or there
    return unanswered[0] if len(unanswered) == 1 else "which_one"


def _by_reference(questions: Sequence[Question], text: str) -> list[Question]:
    found = set(_REFERENCE.findall(text))
    return [one for one in questions if found.intersection(one.references)] if found else []


def _latest(questions: Sequence[Question]) -> Question | None:
    """The open one, else the one that was asked last."""
    return max(questions, key=lambda one: (one.is_open, one.asked_at), default=None)
