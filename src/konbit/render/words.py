"""The few words of a drawing, in every language Konbit ships, and how roles and times are said in it."""

import datetime as dt
from collections.abc import Iterable, Mapping

from konbit.definition.base import pick
from konbit.definition.durations import show
from konbit.engine.plan import Plan, Who

WORDS: Mapping[str, Mapping[str, str]] = {
    "within": {
        "en": "within {0}",
        "fr": "sous {0}",
        "ht": "nan {0}",
        "es": "en {0}",
        "fil": "sa loob ng {0}",
    },
    "no_answer": {
        "en": "no answer",
        "fr": "sans réponse",
        "ht": "pa gen repons",
        "es": "sin respuesta",
        "fil": "walang sagot",
    },
    "otherwise": {"en": "otherwise", "fr": "sinon", "ht": "sinon", "es": "si no", "fil": "kung hindi"},
    "unknown": {
        "en": "not known",
        "fr": "inconnu",
        "ht": "yo pa konnen",
        "es": "no se sabe",
        "fil": "hindi alam",
    },
    "start": {"en": "Start", "fr": "Début", "ht": "Kòmansman", "es": "Inicio", "fil": "Simula"},
    "end": {"en": "End: {0}", "fr": "Fin : {0}", "ht": "Fen: {0}", "es": "Fin: {0}", "fil": "Wakas: {0}"},
    "tell": {
        "en": "Tell {0}",
        "fr": "Informer {0}",
        "ht": "Di {0}",
        "es": "Avisar a {0}",
        "fil": "Sabihan: {0}",
    },
    "everyone_contacted": {
        "en": "everyone who was contacted",
        "fr": "toutes les personnes contactées",
        "ht": "tout moun yo te kontakte",
        "es": "todos los contactados",
        "fil": "lahat ng nakontak",
    },
    "then": {
        "en": "then {0} after {1}",
        "fr": "puis {0} après {1}",
        "ht": "apre sa {0} apre {1}",
        "es": "luego {0} tras {1}",
        "fil": "saka {0} pagkaraan ng {1}",
    },
    "anew": {
        "en": "starts over {0} after the last, {1} at most",
        "fr": "recommence {0} après le dernier, {1} fois au plus",
        "ht": "rekòmanse {0} apre dènye a, {1} fwa omaksimòm",
        "es": "vuelve a empezar {0} después del último, {1} veces como máximo",
        "fil": "uulit {0} pagkatapos ng huli, hanggang {1} beses",
    },
    "backup": {
        "en": "the backup",
        "fr": "le suppléant",
        "ht": "ranplasan an",
        "es": "el suplente",
        "fil": "ang kahalili",
    },
    "for_each": {
        "en": "for each {0}",
        "fr": "pour chaque {0}",
        "ht": "pou chak {0}",
        "es": "para cada {0}",
        "fil": "para sa bawat {0}",
    },
    "every": {
        "en": "every {0}",
        "fr": "toutes les {0}",
        "ht": "chak {0}",
        "es": "cada {0}",
        "fil": "bawat {0}",
    },
    "again": {"en": "again", "fr": "encore", "ht": "ankò", "es": "otra vez", "fil": "ulit"},
    "until": {
        "en": "until {0}",
        "fr": "jusqu'à {0}",
        "ht": "jiskaske {0}",
        "es": "hasta {0}",
        "fil": "hanggang {0}",
    },
    "at_most": {
        "en": "at most {0} times",
        "fr": "{0} fois au plus",
        "ht": "{0} fwa omaksimòm",
        "es": "{0} veces como máximo",
        "fil": "hanggang {0} ulit",
    },
    "wait_for": {
        "en": "wait {0}",
        "fr": "attendre {0}",
        "ht": "tann {0}",
        "es": "esperar {0}",
        "fil": "maghintay {0}",
    },
    "stood_down": {
        "en": "When stood down or expired",
        "fr": "Si désactivé ou expiré",
        "ht": "Si yo kanpe l oswa li ekspire",
        "es": "Si se desactiva o caduca",
        "fil": "Kapag itinigil o nag-expire",
    },
    "all": {"en": "all", "fr": "tous", "ht": "tout", "es": "todos", "fil": "lahat"},
    "first": {"en": "the first", "fr": "le premier", "ht": "premye a", "es": "el primero", "fil": "ang una"},
    "none": {
        "en": "goes on at once",
        "fr": "continue aussitôt",
        "ht": "kontinye touswit",
        "es": "sigue de inmediato",
        "fil": "tuloy agad",
    },
}
MOST_ROLES = 4
"""Roles named in one box; more are counted."""


def word(name: str, language: str, *values: object) -> str:
    """A word of the drawing; one that is not known stands for itself, without its underscores."""
    texts = WORDS.get(name)
    return pick(dict(texts), language).format(*values) if texts else name.replace("_", " ")


def outcome(name: str, language: str) -> str:
    """What an exit is called."""
    return word(name, language) if name in ("no_answer", "otherwise", "unknown") else name.replace("_", " ")


def role(plan: Plan, name: str, language: str) -> str:
    """The title of a role, with what it is of."""
    base, _, of = name.partition(".")
    known = plan.bundle.roles.get(base)
    title = pick(dict(known.title), language) if known else word(base, language)
    return f"{title} {of}" if of else title


def roles(plan: Plan, who: Iterable[Who], language: str) -> str:
    """The titles of the roles addressed."""
    names = list(dict.fromkeys(role(plan, one.role, language) for one in who))
    more = [f"+{len(names) - MOST_ROLES}"] if len(names) > MOST_ROLES else []
    return ", ".join(names[:MOST_ROLES] + more)


def within(length: dt.timedelta | None, due: tuple[str, dt.timedelta] | None, language: str) -> str:
    """The deadline of a step, empty without one."""
    parts = [word("within", language, show(length))] if length is not None else []
    if due is not None:
        parts.append(f"{due[0]}+{show(due[1])}")
    return ", ".join(parts)
