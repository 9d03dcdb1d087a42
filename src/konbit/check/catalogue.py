"""All rules and all pages: importing this module fills the registry, each theme from the module of its name."""

from importlib import import_module

from konbit.check.registry import CHANGE_RULES, CHART_RULES, ENTRIES, LIBRARY_RULES, Entry

_MODULES = [
    "known_reading",
    "known_shape",
    "known_blocks",
    "known_expressions",
    "references",
    "answerers",
    "names",
    "codes",
    "parameters",
    "schedules",
    "children",
    "soundness",
    "loops",
    "jumps",
    "locks",
    "marks",
    "decisions",
    "tables",
    "people",
    "ladders",
    "deadlines",
    "expiry",
    "conduct",
    "messages",
    "translations",
    "forms",
    "unused",
    "versions",
]
for _module in _MODULES:
    import_module(f"konbit.check.{_module}")

__all__ = ["CHANGE_RULES", "CHART_RULES", "ENTRIES", "LIBRARY_RULES", "Entry"]
