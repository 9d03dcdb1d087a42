"""An operator records what somebody said: the same form and the same checks as on the answer page."""

import uuid
from collections.abc import Mapping

from pydantic import JsonValue

from konbit.errors import KonbitError, RunFinished, UserError
from konbit.orchestrate.wiring import Wiring
from konbit.portal.desk import StoreDesk
from konbit.portal.questions import ANSWER, Question, sheet
from konbit.portal.reading import read
from konbit.portal.words import word
from konbit.store.records import Acceptance, Request, Run, Verdict

CHANNEL = "operator"
LANGUAGE = "en"


class InvalidAnswer(UserError):
    """The answer does not fit what is asked."""


def answer_for(
    parts: Wiring, run: Run, step: str, person: str, given: Mapping[str, str], actor: str, *, decline: bool
) -> Acceptance:
    """Keeps the answer of a person to the step, with the operator as its actor and a line in the audit.

    RunFinished if the run has ended; InvalidAnswer if the step asks nothing, or not this person, or for other data.
    """
    if run.status == "ended":
        raise RunFinished(f"run {run.id} has ended ({run.outcome}); it takes no more answers")
    request, row_id = _asked(parts, run, step, person)
    verdict: Verdict = "decline"
    data: dict[str, JsonValue] = {}
    if not decline:
        verdict, data = _checked(parts, row_id, given)
    elif given:
        raise InvalidAnswer("a decline holds no data; leave --set out")
    now = parts.clock.now()
    with parts.store.begin() as tx:
        became = tx.accept_answer(row_id, verdict, data, CHANNEL, now, f"operator:{uuid.uuid4().hex}", actor)
        details: dict[str, JsonValue] = {"request": request.key, "person": person, "verdict": verdict}
        tx.audit.add(
            now, actor, "answer-for", run_id=run.id, reason="recorded by an operator", details=details
        )
    return became


def _asked(parts: Wiring, run: Run, step: str, person: str) -> tuple[Request, int]:
    """The open request of the step, and the row of the person in it."""
    with parts.store.read() as tx:
        found = tx.requests.list_open(run.id)
        fitting = [one for one in found if one.key == step] or [one for one in found if one.step == step]
        if not fitting:
            there = ", ".join(one.key for one in found) or "none"
            raise InvalidAnswer(f"no open request belongs to step '{step}'; open are: {there}")
        asked = [(one, row) for one in fitting for row in tx.requests.asked(run.id, one.key)]
    mine = [(one, row.row_id) for one, row in asked if row.person == person]
    if not mine:
        there = ", ".join(sorted({row.person for _, row in asked})) or "nobody"
        raise InvalidAnswer(f"'{person}' was not asked in '{step}'; asked were: {there}")
    if len(mine) > 1:
        raise InvalidAnswer(
            f"'{step}' asks {person} more than once: {', '.join(one.key for one, _ in mine)}; name one"
        )
    return mine[0]


def _checked(parts: Wiring, row_id: int, given: Mapping[str, str]) -> tuple[Verdict, dict[str, JsonValue]]:
    desk = StoreDesk(parts.store)
    addressee = desk.addressee(row_id)
    if addressee is None:
        raise KonbitError("the request is gone")
    asked = sheet(addressee, desk.bundle(addressee.digest), parts.library.codes, LANGUAGE)
    known = {question.name: question for question in asked.questions}
    named = {ANSWER if name == "option" else name: value for name, value in given.items()}
    unknown = [name for name in named if name not in known]
    if unknown:
        there = ", ".join("option" if name == ANSWER else name for name in known) or "no fields"
        raise InvalidAnswer(f"the form has no field '{unknown[0]}'; it has: {there}")
    sent = {known[name].id: _sent(known[name], value) for name, value in named.items()}
    reading = read(asked.questions, sent, parts.library.codes, LANGUAGE)
    if reading.faults:
        name, fault = next(iter(reading.faults.items()))
        raise InvalidAnswer(_fault(known[name], word(fault.key, LANGUAGE, **fault.values)))
    data: dict[str, JsonValue] = {**asked.fixed, **reading.data}
    return asked.verdict(data), data


def _sent(question: Question, value: str) -> list[str]:
    if question.type == "choices":
        return [part.strip() for part in value.split(",")]
    if question.type == "truth":
        return [{"true": "yes", "false": "no"}.get(value.lower(), value)]
    return [value]


def _fault(question: Question, text: str) -> str:
    name = "option" if question.name == ANSWER else question.name
    allowed = ", ".join(option.value for option in question.options)
    return f"'{name}': {text.rstrip('.')}{f'; allowed: {allowed}' if allowed else ''}"
