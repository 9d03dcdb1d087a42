"""`konbit new`: the first draft of a flowchart, out of a few questions."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from konbit.check.authoring.skeleton import PATTERNS, Answers, Pattern, draft, flowchart_id
from konbit.check.checker import check as find_problems
from konbit.check.formats import render
from konbit.cli.definitions import definitions_option, read_library
from konbit.definition.base import LANGUAGES
from konbit.definition.durations import parse
from konbit.definition.problems import Severity
from konbit.errors import UserError

ROLE = "humanitarian_hub"
DEADLINES = {"drill": "60m", "call-down": "60m", "assessment": "48h", "decision": "2h"}
"""What is proposed for each pattern."""


class CannotWrite(UserError):
    """The flowchart cannot be written there."""


@click.command()
@click.argument("id", metavar="ID")
@click.option("--pattern", type=click.Choice(PATTERNS), help="What happens in it.")
@click.option(
    "--title", "titles", multiple=True, metavar="[LANGUAGE=]TEXT", help="Its title, once a language."
)
@click.option("--owner", metavar="ROLE", help="The role that is told when something fails.")
@click.option("--country", metavar="CODE", help="The country it is for; without it, every run is asked.")
@click.option("--within", metavar="DURATION", help="The deadline of the step it is about, such as 2h.")
@click.option("--languages", metavar="LIST", help=f"Its languages, out of {', '.join(LANGUAGES)}.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given takes its default.")
@definitions_option
def new(
    id: str,
    pattern: Pattern | None,
    titles: Sequence[str],
    owner: str | None,
    country: str | None,
    within: str | None,
    languages: str | None,
    folders: Sequence[Path],
    *,
    yes: bool,
) -> None:
    """Draft a flowchart that passes `konbit check`, with comments that say what to change.

    ID is a phase and a name, such as response/flood-watch. The file is written into the folder of definitions that is given,
    or into ./definitions.

    \b
    konbit new preparedness/night-drill
    konbit new response/flood-watch --pattern decision --title "Flood watch" --yes
    """  # noqa: D301 - \b is how click is told to keep lines
    path = _root(folders) / f"{flowchart_id(id)}.yaml"
    if path.exists():
        raise CannotWrite(f"{path} is there already")
    ask = _Ask(silent=yes)
    kind = ask("What happens in it?", pattern, "call-down", click.Choice(PATTERNS))
    chosen = _languages(ask("Languages, separated by commas", languages, "en"))
    answers = Answers(
        id=id,
        pattern=next(one for one in PATTERNS if one == kind),
        titles=_titles(id, chosen, titles, ask),
        owner=ask("Which role is told when something fails?", owner, ROLE),
        country=ask("Country, as ISO 3166 alpha-3 (empty: every run is asked)", country, "") or None,
        within=_duration(ask("Deadline", within, DEADLINES[kind])),
        languages=chosen,
    )
    _keep(path, draft(answers))


class _Ask:
    """Asks what was not given; without a person, the default is taken."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent

    def __call__(
        self, question: str, given: str | None, default: str, kind: click.Choice[str] | None = None
    ) -> str:
        if given is not None or self.silent:
            return given if given is not None else default
        answer: str = click.prompt(question, default=default, type=kind, show_default=bool(default))
        return answer


def _root(folders: Sequence[Path]) -> Path:
    """The folder of definitions to write into."""
    root = next((folder for folder in folders if str(folder)), Path("definitions"))
    if not (root / "roles.yaml").is_file():
        raise CannotWrite(f"there are no definitions in {root}; name their folder with --definitions")
    return root


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [code for code in codes if code not in LANGUAGES]
    if unknown or not codes:
        found = unknown[0] if unknown else ""
        raise click.BadParameter(f"'{found}' is none of {', '.join(LANGUAGES)}", param_hint="--languages")
    return codes


def _titles(id: str, codes: tuple[str, ...], texts: Sequence[str], ask: _Ask) -> dict[str, str]:
    """The title in each language; for the first one the name is proposed."""
    given = dict(_title(text, codes[0]) for text in texts)
    name = id.partition("/")[2].replace("-", " ").capitalize()
    return {code: ask(f"Title ({code})", given.get(code), name if code == codes[0] else "") for code in codes}


def _title(text: str, first: str) -> tuple[str, str]:
    code, sign, rest = text.partition("=")
    return (code, rest) if sign and code in LANGUAGES else (first, text)


def _duration(text: str) -> dt.timedelta:
    try:
        return parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}; write 30m, 2h or 7d", param_hint="--within") from None


def _keep(path: Path, text: str) -> None:
    """Writes the draft and prints what the check finds in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    library = read_library([path.parent.parent])
    found = [problem for problem in find_problems(library) if problem.where.file == str(path)]
    click.echo(render(found, library.sources, "text"), nl=False)
    if any(problem.severity is Severity.ERROR for problem in found):
        click.get_current_context().exit(2)
    click.echo(f"{path}: written; `konbit render {path}` draws it")
