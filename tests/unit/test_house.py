"""The rules of the house, as far as a machine can see them: sizes, names, imports, errors, addresses."""

import ast
import functools
import ipaddress
import os
import re
import statistics
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("house")
"""One process parses every module, once."""
ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 400
LONGEST_MEDIAN = 150
LONGEST_FUNCTION = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "types", "common", "misc"}
"""Names that say nothing of what is inside."""
GENERATED = ("src/konbit/store/migrations/versions",)
"""Migrations are written once and never shortened."""
RESERVED = ("example", "invalid", "test", "localhost")
"""Top-level names that belong to nobody (RFC 2606)."""
RESERVED_DOMAINS = ("example.org", "example.net", "example.com")
ABOUT_ADDRESSES = ("tests/unit/notify/test_address.py",)
"""Tests that say which hosts are refused must name some; nothing is sent."""

ADDRESS = re.compile(r"[\w.+'-]+@([\w-]+(?:\.[\w-]+)+)")
LINK = re.compile(r"\b(?:https?|ftp|mailtos?|jsons?|forms?|smtps?)://(?:[^\s/@\"'<>]*@)?(\[[^\]]+\]|[\w.-]+)")


def relative(path: Path) -> str:
    """The path as one would say it in this repository."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product, parsed."""
    files = [file for folder in ("src", "flows", "tasks") for file in sorted((ROOT / folder).rglob("*.py"))]
    return {
        relative(file): ast.parse(file.read_text(encoding="utf-8"), relative(file))
        for file in files
        if not relative(file).startswith(GENERATED)
    }


def length(file: str) -> int:
    """Lines of a file."""
    return len((ROOT / file).read_text(encoding="utf-8").splitlines())


def listed(findings: list[str]) -> str:
    """What is wrong, one a line, for the message of a failure."""
    return "\n" + "\n".join(findings)


def nodes(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of that kind, with the file it is in."""
    for file, tree in modules().items():
        yield from ((file, node) for node in ast.walk(tree) if isinstance(node, kind))


def test_modules_stay_short() -> None:
    """A module that needs more than 400 lines holds two things."""
    long = [f"{file}: {length(file)} lines" for file in modules() if length(file) > LONGEST_MODULE]

    assert not long, listed(long)


def test_modules_are_short_as_a_rule() -> None:
    """Half of the modules have at most 150 lines."""
    assert statistics.median(length(file) for file in modules()) <= LONGEST_MEDIAN


def test_functions_fit_on_a_screen() -> None:
    """At most 40 lines, decorators and docstring included."""
    long = []
    for file, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef)):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > LONGEST_FUNCTION:
            long.append(f"{file}:{node.lineno}: {node.name} has {lines} lines")

    assert not long, listed(long)


def test_imports_are_absolute() -> None:
    """A relative import gives a module two identities when Prefect loads it by file."""
    found = [
        f"{file}:{node.lineno}: from {'.' * node.level}{node.module or ''}"
        for file, node in nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert not found, listed(found)


def test_names_of_modules_say_what_is_inside() -> None:
    """No drawer for everything."""
    found = [file for file in modules() if EMPTY_NAMES & {*Path(file).with_suffix("").parts}]

    assert not found, listed(found)


def test_every_package_is_a_regular_one() -> None:
    """A folder with modules has an `__init__.py`: else the wheel leaves it out and the arrows are not checked."""
    folders = {Path(file).parent for file in modules()}
    found = [folder.as_posix() for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()]

    assert not found, listed(found)


def test_nothing_is_left_to_be_done_later() -> None:
    """What is not done is an issue, not a comment; a function that does nothing is not there."""
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError|pragma: no cover)\b")
    found = [
        f"{file}:{number}: {line.strip()}"
        for file in modules()
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]

    assert not found, listed(found)


def test_what_a_type_checker_is_told_to_ignore_has_a_reason() -> None:
    """`# type: ignore[code]  # why`, and likewise `# noqa: CODE why`."""
    ignore = re.compile(r"#\s*type:\s*ignore(\[[\w, -]+\])?(?P<reason>.*)")
    found = []
    for file in modules():
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1):
            told = ignore.search(line)
            if told and (told.group(1) is None or len(told.group("reason").strip(" #-:")) < len("a reason")):
                found.append(f"{file}:{number}: {line.strip()}")

    assert not found, listed(found)


@functools.cache
def errors() -> dict[str, tuple[str, ast.ClassDef, tuple[str, ...]]]:
    """Every error class by name: its file, its node, the names of its bases."""
    classes = {
        node.name: (file, node, tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases))
        for file, node in nodes(ast.ClassDef)
        if isinstance(node, ast.ClassDef)
    }

    def is_error(name: str, seen: tuple[str, ...] = ()) -> bool:
        if name in seen:
            return False
        if name in classes:
            return any(is_error(base, (*seen, name)) for base in classes[name][2])
        known = getattr(__import__("builtins"), name, None)
        return isinstance(known, type) and issubclass(known, BaseException)

    return {name: found for name, found in classes.items() if is_error(name)}


def test_every_error_says_in_its_docstring_what_went_wrong() -> None:
    """The docstring is the default message."""
    silent = [
        f"{file}:{node.lineno}: {name}"
        for name, (file, node, _) in errors().items()
        if not ast.get_docstring(node)
    ]

    assert not silent, listed(silent)


def test_errors_have_one_root() -> None:
    """Whoever calls us can catch everything of ours with `KonbitError`; what is private to a module never leaves it."""

    def rooted(name: str) -> bool:
        return name == "KonbitError" or (name in errors() and any(rooted(base) for base in errors()[name][2]))

    stray = [
        f"{file}:{node.lineno}: {name}({', '.join(bases)})"
        for name, (file, node, bases) in errors().items()
        if not name.startswith("_") and not rooted(name)
    ]

    assert len(errors()) > 1
    assert not stray, listed(stray)


def test_the_lock_names_no_place_on_the_network() -> None:
    """It installs from whatever registry a machine is set up with; the hashes say that it is the same."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index-url" not in lock


def documents() -> list[Path]:
    """What is written by hand and could name somebody: definitions, tests, documentation, deployment."""
    kinds = {".yaml", ".yml", ".csv", ".py", ".md", ".json", ".txt", ".html", ".example", ".service"}
    return [
        file
        for folder in ("definitions", "tests", "docs", "deploy")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.is_file() and file.suffix in kinds and file != Path(__file__)
        if relative(file) not in ABOUT_ADDRESSES
    ]


def belongs_to_nobody(host: str) -> bool:
    """Whether a host is reserved for examples, or an address of this machine, a private network or a documentation range."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        pass
    if "." not in host:
        return True
    return host.rpartition(".")[2] in RESERVED or any(
        host == domain or host.endswith(f".{domain}") for domain in RESERVED_DOMAINS
    )


NAMED_ON_PURPOSE = {
    "www.omg.org": "the namespaces of BPMN",
    "www.w3.org": "the namespace of SVG",
    "json-schema.org": "the dialect of a JSON Schema",
    "0x7f.1": "a spelling of this machine",
    "0177.0.0.1": "a spelling of this machine",
    "[64:ff9b::7f00:1]": "a spelling of this machine",
    "router.lan": "a name of a home network",
}
"""Hosts that are names of formats or of this machine: nothing is sent to them."""


def test_nobody_real_can_be_reached_from_an_example() -> None:
    """Mail addresses are of example.org, example.net or of this machine, and so are links in definitions and tests.

    Documents may link to what they speak of.
    """
    found = []
    for file in documents():
        sent = relative(file).startswith(("definitions/", "tests/"))
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            hosts = [*ADDRESS.findall(line), *(LINK.findall(line) if sent else ())]
            found += [
                f"{relative(file)}:{number}: {host}"
                for host in hosts
                if not belongs_to_nobody(host) and host not in NAMED_ON_PURPOSE
            ]

    assert not found, listed(found)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, id=f"{relative(file)}:{number}")
        for file in sorted((ROOT / "definitions").rglob("*.csv"))
        for number in re.findall(r"\+\d[\d ()-]{6,}\d", file.read_text(encoding="utf-8"))
    ],
)
def test_phone_numbers_are_fictional(number: str) -> None:
    """Of ranges that regulators keep for films and examples: NANP 555-01xx, Ofcom's and Arcep's drama numbers."""
    digits = re.sub(r"\D", "", number)
    ranges = (
        r"1\d{3}55501\d\d",
        r"4420794603?\d{3,4}",
        r"44770090\d{4}",
        r"331990[01]\d{4}",
        r"336399[89]\d{4}",
    )

    assert any(re.fullmatch(one, digits) for one in ranges), number


@pytest.mark.parametrize("script", ["run", "tiers"])
def test_the_scripts_of_ci_can_be_run(script: str) -> None:
    """They are executable, stop at what they do not expect, and name no place on the network."""
    file = ROOT / ".ci" / script
    text = file.read_text(encoding="utf-8")

    assert os.access(file, os.X_OK)
    assert "set -euo pipefail" in text
    assert not re.search(r"https?://", text)
    assert subprocess.run(["bash", "-n", str(file)], check=False).returncode == 0


def test_every_marker_has_a_tier() -> None:
    """What `make test` leaves out is run by `.ci/tiers`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    markers = [line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]]
    tiers = (ROOT / ".ci" / "tiers").read_text(encoding="utf-8")
    left_out = re.search(r'-m "([^"]+)"', (ROOT / "Makefile").read_text(encoding="utf-8"))

    assert left_out is not None
    for marker in markers:
        assert f"not {marker}" in left_out[1]
        assert re.search(f"(tier|aside) {marker} ", tiers)
