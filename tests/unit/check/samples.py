"""Fragments of YAML, completed and checked: the examples of the registry and the files in tests/broken.

A fragment is a list of steps, or some keys of a chart; what a chart needs beside them is added below it, so that its own
lines keep their numbers. `# in: PATH` begins the part of another file, `# where: SIGN is 'text' * N` says what a sign stands
for, `# encoding: NAME` how the file is saved. A path that ends in `/` becomes a folder; one below `before/` is of the version
before.
"""

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from konbit.check.checker import check
from konbit.definition.codelists import CodeLists
from konbit.definition.library import Library, load
from konbit.definition.problems import Problem, Severity

EXAMPLE = "response/example.yaml"
BEFORE = "before/"
HEADER = {
    "flowchart": "response/example",
    "title": "Example",
    "version": "1",
    "owner": "chair",
    "expires": "{after: 30d}",
    "steps": "[{end: done}]",
}
BASE = {
    "roles.yaml": """
chair: {title: Chair, deputy: deputy_chair}
deputy_chair: {title: Deputy chair}
members: {title: Members}
cluster_lead: {title: Cluster lead, per: cluster, deputy: chair}
ocha_desk: {title: OCHA desk, party: humanitarian}
""",
    "messages/base.yaml": """
alarm: {kind: alarm, subject: "{step}", body: "{reason}"}
reminder: {kind: reminder, subject: "{step}", body: "{link}"}
question: {kind: question, subject: A question, body: "{link}"}
call: {kind: alert, subject: A call, body: "{link}"}
observation_call: {kind: question, subject: Observations, body: "{link}"}
needs_list: {kind: question, subject: Needs, body: "{link}"}
input_call: {kind: question, subject: Inputs, body: "{link}"}
approval_call: {kind: question, subject: Approval, body: "{link}"}
report_cover: {kind: report, subject: Report, body: Enclosed.}
notice: {subject: News, body: There is news.}
bilingual: {subject: {en: News, fr: Nouvelles}, body: {en: There is news., fr: Il y a du nouveau.}}
""",
    "forms/availability.yaml": "form: availability\ntitle: A\nrecord: availability\nfields: [{name: note, label: Note}]\n",
    "forms/decision.yaml": "form: decision\ntitle: D\nrecord: decision\nfields: [{name: reason, label: Reason}]\n",
    "forms/observation.yaml": "form: observation\ntitle: O\nrecord: observation\nfields: [{name: text, label: What}]\n",
    "forms/offer.yaml": "form: offer\ntitle: O\nrecord: offer\nfields: [{name: text, label: What}]\n",
    "forms/cluster_input.yaml": "form: cluster_input\ntitle: C\nrecord: cluster_input\nfields: [{name: a, label: A}]\n",
    "response/child.yaml": """
flowchart: response/child
title: Child
version: 1
owner: chair
triggers: {child: true}
expires: {after: 3d}
parameters:
  country: {type: country, required: true}
  notice: {type: text}
steps:
  - choose:
      - {when: has(notice), steps: [{inform: {who: [chair], message: notice}}]}
      - otherwise: []
""",
    "response/endless.yaml": """
flowchart: response/endless
title: Endless
version: 1
owner: chair
triggers: {child: true}
steps: [{end: done}]
""",
    "response/standalone.yaml": """
flowchart: response/standalone
title: Standalone
version: 1
owner: chair
expires: {after: 3d}
steps: [{end: done}]
""",
}
_IN = re.compile(r"# in: (\S+)")
_WHERE = re.compile(r"# where: (\S) is ('.*')(?: \* (\d+))?")
_ENCODING = re.compile(r"# encoding: (\S+)")


def parts(text: str) -> dict[str, str]:
    """The files of a fragment; the lines of each keep the numbers they have in the fragment."""
    signs = {found[1]: ast.literal_eval(found[2]) * int(found[3] or 1) for found in _WHERE.finditer(text)}
    files: dict[str, list[str]] = {}
    path = EXAMPLE
    for number, line in enumerate(text.split("\n")):
        begins = _IN.fullmatch(line)
        if begins:
            path = begins[1]
            files[path] = [""] * (number + 1)
            continue
        comment = line.startswith("# ")
        kept = "#" if comment else "".join(signs.get(char, char) for char in line)
        files.setdefault(path, []).append(kept)
    if BEFORE + EXAMPLE in files:
        files[BEFORE + EXAMPLE] = _completed(files[BEFORE + EXAMPLE])
    if EXAMPLE in files and any(not one.startswith("#") and one for one in files[EXAMPLE]):
        files[EXAMPLE] = _completed(files[EXAMPLE])
    elif len(files) > 1:
        files.pop(EXAMPLE, None)
    return {path: "\n".join(lines) + "\n" for path, lines in files.items()}


def _completed(lines: list[str]) -> list[str]:
    """A chart out of steps, or out of some of its keys."""
    first = next(index for index, line in enumerate(lines) if line and not line.startswith("#"))
    keys = {line.partition(":")[0] for line in lines}
    if lines[first].startswith("- "):
        keys.add("steps")
        # The line above the first step is empty or a comment: the key may stand in it.
        lines = [*lines[: first - 1], "steps:", *lines[first:]] if first else ["steps:", *lines]
    complete = {"flowchart", "title", "version", "owner", "steps"} <= keys
    missing = [] if complete else [f"{key}: {value}" for key, value in HEADER.items() if key not in keys]
    cut = next((index for index, line in enumerate(lines) if line == "---"), len(lines))
    while cut and not lines[cut - 1]:
        cut -= 1
    return [*lines[:cut], *missing, *lines[cut:]]


@cache
def codes() -> CodeLists:
    """The shipped code lists, read once."""
    return load().codes


def library(text: str, folder: Path, below: str = "") -> Library:
    """The library that a fragment makes together with a few roles, messages, forms and charts."""
    encoding = _ENCODING.search(text)
    written = {
        path.removeprefix(below): content
        for path, content in parts(text).items()
        if path.startswith(BEFORE) == (below == BEFORE)
    }
    for path, content in {**BASE, **written}.items():
        file = folder / below / path
        if path.endswith("/"):
            file.mkdir(parents=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode(encoding[1] if encoding else "utf-8"))
    found = load([folder / below])
    return found if found.codes else replace(found, codes=codes())


def problems(text: str, folder: Path) -> list[Problem]:
    """What the check finds in a fragment, without what is only unused, and without what is known of the rest."""
    own = {str(folder / path).rstrip("/") for path in parts(text)}
    before = library(text, folder, BEFORE) if f"# in: {BEFORE}" in text else None
    return [one for one in check(library(text, folder), against=before) if one.where.file in own]


def serious(found: list[Problem]) -> list[Problem]:
    """Without notes."""
    return [one for one in found if one.severity != Severity.NOTE]
