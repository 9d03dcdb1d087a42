"""The nine mistakes that no other checker finds all of (reference/engines.md, 1c): each at its line and column.

Two cannot be written in a language of blocks: an exclusive split into a join that waits for all ways, and a parallel
split into a merge that runs its tail twice. In their place stand the nearest shapes that can be written: a join that waits
for more ways than there are, and a lane that leads out to steps which every lane would then run.
"""

from pathlib import Path

import pytest

from tests.unit.check import samples

SAY = "inform: {who: [chair], message: notice}"
MISTAKES = {
    "a node with no way in": (f"- {SAY}\n- end: done\n- {SAY}\n", ("unreachable-step", 3, 3)),
    "an unreachable cycle": (
        f"- end: done\n- id: b\n  {SAY}\n- wait: 1h\n- goto: {{step: b, at_most: 3}}\n",
        ("unreachable-step", 3, 3),
    ),
    "a target that does not exist": (
        f"- id: a\n  {SAY}\n- goto: {{step: b, at_most: 3}}\n",
        ("unknown-step", 3, 16),
    ),
    "a join that waits for what never comes": (
        f"- lanes:\n    wait: 3\n    x: [{{{SAY}}}]\n    y: [{{{SAY}}}]\n",
        ("join-too-large", 2, 11),
    ),
    "a tail that would run twice": (
        f"- id: a\n  {SAY}\n- lanes:\n    x: [{{goto: {{step: a, at_most: 1}}}}]\n    y: [{{{SAY}}}]\n",
        ("goto-outside-list", 4, 23),
    ),
    "no way fits and there is no default": (
        f"parameters:\n  n: {{type: number, default: 0}}\nsteps:\n- choose:\n  - {{when: n > 3, steps: [{{{SAY}}}]}}\n",
        ("choose-not-exhaustive", 4, 3),
    ),
    "an undefined variable": (
        f"- choose:\n  - {{when: peopel > 3, steps: [{{{SAY}}}]}}\n  - otherwise: []\n",
        ("undefined-name", 2, 12),
    ),
    "a broken expression": (
        f"- choose:\n  - {{when: 3 >, steps: [{{{SAY}}}]}}\n  - otherwise: []\n",
        ("expression-syntax", 2, 14),
    ),
    "an endless loop": (f"- id: a\n  {SAY}\n- goto: {{step: a}}\n", ("missing-key", 3, 9)),
    "an endless loop of charts": (
        "- run: {flowchart: response/example}\n  within: 1d\n",
        ("child-cycle", 1, 20),
    ),
    "a typo in a key": (f"- {SAY}\n  lvel: country\n", ("unknown-key", 2, 3)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_found_at_its_place(mistake: str, tmp_path: Path) -> None:
    text, expected = MISTAKES[mistake]
    found = [
        (one.code, one.where.line, one.where.column)
        for one in samples.problems("\n" * text.startswith("- ") + text, tmp_path)
    ]
    code, line, column = expected
    assert (code, line + text.startswith("- "), column) in found
