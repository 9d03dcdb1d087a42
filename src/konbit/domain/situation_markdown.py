"""The situation report as Markdown in English, French or Haitian Creole."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from konbit.definition.codelists import CodeItem
from konbit.domain.matching import BalanceRow
from konbit.domain.observations import NeedsCell
from konbit.domain.situation import ClusterBlock, SituationReport
from konbit.domain.situation_texts import number, text

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def to_markdown(report: SituationReport, language: str) -> str:
    """The report as Markdown. A drill says EXERCISE in its first and in its last line.

    Headings are in `language`, in English where there are none; what people wrote stays in the language they
    wrote it in, and is escaped so that it cannot become markup.
    """
    writer = _Writer(report, language)
    lines = [*writer.header(), *writer.summary(), *writer.response(), *writer.closing()]
    if report.event.mode == "drill":
        banner = f"**{text('exercise', language)}**"
        lines = [banner, "", *lines, "", banner]
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes the blocks of one report in one language."""

    def __init__(self, report: SituationReport, language: str) -> None:
        self.report = report
        self.language = language

    def header(self) -> Iterator[str]:
        """Title, event, times and producer."""
        issue, event = self.report.issue, self.report.event
        hazard, country = self.named("hazards", event.hazard), self.named("countries", event.country)
        yield f"# {self.word('title', number=issue.number)}{self.word('colon')}{escape(event.name)}"
        yield ""
        yield f"- {hazard}, {country}" + (f", GLIDE {escape(event.glide)}" if event.glide else "")
        yield f"- {self.label('as_of')}{moment(issue.as_of)}"
        if issue.period_from:
            yield f"- {self.label('period')}{moment(issue.period_from)} / {moment(issue.as_of)}"
        if issue.next_issue:
            yield f"- {self.label('next_issue')}{moment(issue.next_issue)}"
        else:
            yield f"- {self.word('last_issue')}"
        yield f"- {self.label('producer')}{escape(issue.producer)}"

    def summary(self) -> Iterator[str]:
        """Highlights, key figures and overview."""
        narrative, figures = self.report.narrative, self.report.key_figures
        yield from self.heading("highlights")
        yield from [f"- {escape(line)}" for line in narrative.highlights] or [self.word("not_reported")]
        yield from self.heading("key_figures")
        for key in ("affected", "in_need", "targeted", "reached"):
            yield f"- {self.label(key)}{self.number(getattr(figures, key))}"
        yield from ("", self.word("estimate"))
        yield from self.heading("overview")
        yield escape(narrative.overview) or self.word("not_reported")

    def response(self) -> Iterator[str]:
        """Needs, response, gaps and constraints of each cluster."""
        yield from ("", f"## {self.word('response_block')}")
        for block in self.report.blocks:
            yield from ("", f"### {self.named('clusters', block.cluster)} ({escape(block.cluster)})", "")
            yield from self.cluster(block)
        if self.report.withheld:
            yield from ("", self.word("withheld", count=self.report.withheld))

    def cluster(self, block: ClusterBlock) -> Iterator[str]:
        """The lines of one cluster; one that did not report is printed as such."""
        given, missing, colon = block.input, self.word("not_reported"), self.word("colon")
        if given is not None and given.no_information:
            missing = self.word("no_information")
        gaps = " ".join(line for line in (given.gaps, given.constraints) if line) if given else ""
        confidence = f" ({self.word('confidence')} {given.confidence})" if given and given.confidence else ""
        yield f"**{self.word('needs')}**{confidence}{colon}" + (
            escape(given.needs if given else "") or missing
        )
        yield from self.bullets(self.known(block))
        yield ""
        yield f"**{self.word('response')}**{colon}" + (escape(given.response if given else "") or missing)
        yield ""
        yield f"**{self.word('gaps')}**{colon}" + (escape(gaps) or missing)
        yield from self.bullets(self.shortfall(row) for row in block.shortfalls)
        if given and given.asks:
            yield from ("", f"**{self.word('asks')}**{colon}{escape(given.asks)}")

    def known(self, block: ClusterBlock) -> Iterator[str]:
        """Our figures place by place, then the places we know nothing about."""
        yield from (self.figure(cell) for cell in block.figures)
        if block.no_information:
            places = ", ".join(self.place(place) for place in block.no_information)
            yield f"{self.label('no_information')}{places}"

    def shortfall(self, row: BalanceRow) -> str:
        """What is missing of one item in one place; the unit stands with the item."""
        need = row.need
        words = self.word(
            "shortfall",
            needed=self.number(need.quantity),
            allocated=self.number(need.quantity - row.gap),
            missing=self.number(row.gap),
        )
        item = self.named("relief_items", need.item)
        return f"{item} ({escape(need.unit)}), {self.place(need.place)}{self.word('colon')}{words}"

    def bullets(self, lines: Iterable[str]) -> Iterator[str]:
        """A list after a paragraph, set off by an empty line; nothing for no lines."""
        for position, line in enumerate(lines):
            if position == 0:
                yield ""
            yield f"- {line}"

    def closing(self) -> Iterator[str]:
        """Coordination, funding and the roles to turn to."""
        narrative = self.report.narrative
        yield from self.heading("coordination")
        yield escape(narrative.coordination) or self.word("not_reported")
        yield from self.heading("funding")
        if narrative.funding is None:
            yield self.word("not_reported")
        else:
            for key in ("asked", "pledged", "received", "spent"):
                value = getattr(narrative.funding, key)
                currency = "" if value is None else f" {narrative.funding.currency}"
                yield f"- {self.label(key)}{self.number(value)}{currency}"
        yield from self.heading("contacts")
        yield from [f"- {escape(role)}" for role in narrative.contacts] or [self.word("not_reported")]

    def figure(self, cell: NeedsCell) -> str:
        """The figure of one place with what it rests on."""
        people = self.word("number_unknown") if cell.people is None else self.number(cell.people)
        basis = [f"{self.word('confidence')} {cell.confidence}", f"{self.label('sources')}{cell.sources}"]
        if cell.official:
            basis.insert(0, self.word("official"))
        if cell.ours is not None:
            basis.append(self.word("ours", ours=self.number(cell.ours)))
        return f"{self.place(cell.place)}{self.word('colon')}{people} ({', '.join(basis)})"

    def heading(self, key: str) -> tuple[str, ...]:
        """A second-level heading with the empty lines around it."""
        return ("", f"## {self.word(key)}", "")

    def place(self, code: str) -> str:
        """The name of a place with its code, or the code alone."""
        name = self.named("places", code)
        return name if name == escape(code) else f"{name} ({escape(code)})"

    def named(self, codelist: str, code: str) -> str:
        """The name of a code as the report holds it."""
        names = self.report.names.get(f"{codelist}/{code}")
        return escape(CodeItem(code=code, names=names).name(self.language) if names else code)

    def word(self, key: str, **values: object) -> str:
        """Fixed words in the language of the report."""
        return text(key, self.language, **values)

    def label(self, key: str) -> str:
        """Fixed words with the colon that their language writes."""
        return self.word(key) + self.word("colon")

    def number(self, value: int | None) -> str:
        """A number in the language of the report."""
        return number(value, self.language)


def moment(value: dt.datetime) -> str:
    """A time in UTC, such as 2021-08-16 18:00 UTC."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def escape(value: str) -> str:
    """Text on one line that Markdown leaves as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))
