"""The first draft of a flowchart: small, complete, and with comments that say what to change."""

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from konbit.check.authoring.formatting import formatted
from konbit.check.authoring.phrases import PHRASES
from konbit.definition.base import FlowchartId, RoleName
from konbit.definition.durations import show
from konbit.errors import UserError

Pattern = Literal["drill", "call-down", "assessment", "decision"]
PATTERNS: Final[tuple[Pattern, ...]] = get_args(Pattern)
SHORTEST: Final = dt.timedelta(minutes=10)
"""A shorter deadline leaves no time for a reminder and a second wave."""


class BadDraft(UserError):
    """A flowchart cannot be drafted from these answers."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What an author was asked."""

    id: str
    pattern: Pattern
    titles: Mapping[str, str]
    """By language; one for each of `languages`."""
    owner: str
    within: dt.timedelta
    """The deadline of the step it is about."""
    languages: tuple[str, ...] = ("en",)
    country: str | None = None
    """The country it is for; without it, every run is asked."""


def flowchart_id(text: str) -> str:
    """The text if it can be the id of a flowchart; BadDraft if not."""
    return _accepted(FlowchartId, text)


def _accepted(kind: Any, text: str) -> str:
    try:
        accepted: str = TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        hint = first.get("ctx", {}).get("hint", "")
        raise BadDraft(f"{first['msg']}{f'; {hint}' if hint else ''}") from None
    return accepted


def draft(answers: Answers) -> str:
    """The text of the flowchart, as `konbit format` lays it out; BadDraft if the answers do not go together."""
    _accepted(FlowchartId, answers.id)
    _accepted(RoleName, answers.owner)
    if answers.country is not None and not re.fullmatch("[A-Z]{3}", answers.country):
        raise BadDraft(f"'{answers.country}' is no country; write ISO 3166 alpha-3, such as HTI")
    if answers.within < SHORTEST:
        raise BadDraft(f"a deadline of {show(answers.within)} is too short, give {show(SHORTEST)} or more")
    missing = [language for language in answers.languages if not answers.titles.get(language)]
    if missing:
        raise BadDraft(f"the title is missing in {', '.join(missing)}")
    body = _BODIES[answers.pattern](answers)
    return formatted(f"{_head(answers)}\n{body}", answers.id)


def _head(answers: Answers) -> str:
    titles = "\n".join(f"  {code}: {_quoted(answers.titles[code])}" for code in answers.languages)
    given = f"default: {answers.country}" if answers.country else "required: true"
    parameters = [f"  country: {{type: country, {given}, title: {_text(answers, 'country')}}}"]
    if answers.pattern != "drill":
        parameters += [
            f"  hazard: {{type: hazard, required: true, title: {_text(answers, 'hazard')}}}",
            f"  areas: {{type: places, required: true, title: {_text(answers, 'areas')}}}",
        ]
    if answers.pattern == "decision":
        parameters.append(
            "  level: {type: choice, of: [monitor, standby, partial, full], default: partial, "
            f"title: {_text(answers, 'level')}}}"
        )
    expires = max(dt.timedelta(days=30), answers.within * 4 + dt.timedelta(days=7))
    return f"""# yaml-language-server: $schema=../flowchart.schema.json
flowchart: {answers.id}
title:
{titles}
# Raise the version by one with every change that you publish; runs stay with the version they began with.
version: 1
scope: internal
# Told when a ladder ends in nobody, a step fails or a deadline passes unheard.
owner: {answers.owner}
# Every message that people can be sent must exist in each of these.
languages: [{", ".join(answers.languages)}]

triggers:
  manual: [{answers.owner}]
# Nothing stays open because somebody forgot it.
expires: {{after: {show(dt.timedelta(days=expires.days))}, outcome: expired}}

# What a run is asked when it is started. Expressions and messages use the names.
parameters:
{chr(10).join(parameters)}

steps:
  # A step has one verb. A step that asks people has a deadline and says what happens when nobody answers."""


def _step(answers: Answers, id: str, verb: str, level: str, function: str) -> str:
    """The beginning of the step it is about, up to its deadline."""
    half = show(_part(answers, 2))
    return f"""  - id: {id}
    title: {_text(answers, id)}
{verb}
    actor: {answers.owner}
    level: {level}
    function: {function}
    within: {show(answers.within)}
    # Those who have not answered by then are reminded.
    remind: [{half}]"""


def _call(answers: Answers, message: str) -> str:
    waves = f"""    contact:
      who: [chair, cluster_lead, focal_point]
      message: {message}
      need: {{per_role: 1, critical: [chair]}}
      # Whatever a wave leaves uncovered goes to the next one.
      waves:
        - {{to: primary}}
        - {{to: backup, after: {show(_part(answers, 4))}, message: you_are_next}}"""
    return f"""{_step(answers, "call_down", waves, "global", "information_sharing")}
    on:
      uncovered:
        - inform:
            who: [{answers.owner}]
            message: roles_uncovered
            with: {{uncovered: call_down.uncovered}}"""


def _drill(answers: Answers) -> str:
    return f"""{_call(answers, "drill_call")}

  - id: score
    title: {_text(answers, "score")}
    report:
      kind: drill_score
      inputs: [call_down]
      approve: {{who: {answers.owner}, within: 24h, escalate: [{{to: backup, after: 8h}}]}}
      to: [chair]
      cover: drill_score_cover
    actor: {answers.owner}
    level: global
    function: capacity_exchange
    within: 24h
    on:
      # The report asks for no inputs, so that nobody can leave it without an answer.
      no_answer: []
      not_approved:
        - inform: {{who: [{answers.owner}], message: report_not_approved}}

  - id: thanks
    title: {_text(answers, "thanks")}
    inform: {{who: everyone_contacted, message: drill_thanks}}
    actor: {answers.owner}
    level: global
    function: information_sharing

  - end: scored

{_stand_down("drill_stopped")}"""


def _call_down(answers: Answers) -> str:
    return f"""{_call(answers, "activation_call")}

  - end: called

{_stand_down("stand_down")}"""


def _assessment(answers: Answers) -> str:
    verb = """    assess:
      who: [focal_point, local_partner]
      per: [cluster, adm2]
      # Ends the collection early; the names are asked, answered, declined, silent.
      enough_when: answered >= 5"""
    return f"""{_step(answers, "observe", verb, "residence", "information_sharing")}
    escalate: [{{to: backup, after: {show(_part(answers, 4))}}}]
    on:
      # "No information" is never "no needs".
      no_answer:
        - inform: {{who: [{answers.owner}], message: no_observations}}

  - id: note
    title: {_text(answers, "note")}
    report:
      kind: needs_note
      inputs: [observe]
      approve: {{who: {answers.owner}, within: 6h, escalate: [{{to: backup, after: 2h}}]}}
      to: [cluster_lead, chair]
      cover: needs_note_cover
    actor: {answers.owner}
    level: country
    function: information_sharing
    within: 12h
    on:
      # The report asks for no inputs, so that nobody can leave it without an answer.
      no_answer: []
      not_approved:
        - inform: {{who: [{answers.owner}], message: report_not_approved}}

  - end: noted

{_stand_down("stand_down")}"""


def _decision(answers: Answers) -> str:
    verb = """    ask:
      who: chair
      question: decide_level
      options: [full, partial, standby, monitor]
      form: decision"""
    return f"""{_step(answers, "decide", verb, "global", "joint_initiative")}
    # Asked next when nobody has answered; an answer cancels all of it.
    escalate: [{{to: backup, after: {show(_part(answers, 4))}}}]
    on:
      # What is not named here goes on with the next step.
      monitor:
        - inform: {{who: [{answers.owner}], message: monitoring_notice}}
        - end: monitor
      no_answer:
        - inform: {{who: [{answers.owner}], message: undecided}}
        - end: undecided
      failed:
        - end: undecided

  - end: decided

{_stand_down("stand_down")}"""


_BODIES: Final[Mapping[Pattern, Callable[[Answers], str]]] = {
    "drill": _drill,
    "call-down": _call_down,
    "assessment": _assessment,
    "decision": _decision,
}


def _stand_down(message: str) -> str:
    return f"""# What happens when a run is stood down or expires: those who were told are told.
stand_down:
  - inform: {{who: everyone_contacted, message: {message}}}
"""


def _part(answers: Answers, of: int) -> dt.timedelta:
    """A share of the deadline, in whole minutes."""
    return dt.timedelta(minutes=int(answers.within.total_seconds()) // 60 // of)


def _text(answers: Answers, phrase: str) -> str:
    return "{" + ", ".join(f"{code}: {_quoted(PHRASES[phrase][code])}" for code in answers.languages) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
