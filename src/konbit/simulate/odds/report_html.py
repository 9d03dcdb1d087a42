"""A study as one HTML page: charts with their tables beside them, nothing loaded from elsewhere, made to be printed too."""

from collections.abc import Iterable, Sequence
from html import escape

from konbit.definition.base import pick
from konbit.simulate.chance import TRAITS, Shares
from konbit.simulate.odds import charts, figures
from konbit.simulate.odds.figures import WINDOWS, after, percent
from konbit.simulate.odds.montecarlo import Difference, Study
from konbit.simulate.odds.tally import LOAD_HOURS
from konbit.simulate.scenario import Scenario

STYLE = """\
:root{color-scheme:light}
body{font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:#1a1a1a;background:#fff;max-width:62rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem}
h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-top:2px solid #1a1a1a;padding-top:.6rem}
p{max-width:46rem;margin:.4rem 0}.faint{color:#5a5a5a}
.pair{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:1.5rem;align-items:start}
figure{margin:.5rem 0}svg{width:100%;max-width:44rem;height:auto;font:12px system-ui,sans-serif}
.over{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #d9d9d9;vertical-align:top}
td:first-child{white-space:nowrap}th{border-bottom:2px solid #1a1a1a;font-weight:600}.n{text-align:right;white-space:nowrap}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2.2rem;margin:1rem 0;padding:0}
.facts div{min-width:7rem}.facts dt{color:#5a5a5a;font-size:.85rem}.facts dd{margin:0;font-size:1.35rem;font-weight:600}
@media (max-width:46rem){.pair{grid-template-columns:1fr}}
@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}figure,tr{break-inside:avoid}
.pair{grid-template-columns:3fr 2fr}}
"""
MOST_SHOWN = 15
"""People whose silence is drawn and listed."""
CURVES_UNTIL = 90
"""Minutes that the curves of coverage show."""


ASSUMED = (
    (
        "What is left to chance is what the scenario leaves to it: who is silent, late, declines or is not reached, and how "
        "long answers take. These are assumptions, not measurements: replace them by what your drills show."
    ),
    (
        "Messages reach people as in production: the next channel three minutes after one that fails. The time that sending "
        "takes is left out."
    ),
)


def page(study: Study, scenario: Scenario) -> str:
    """The page."""
    title = pick(scenario.title, "en")
    body = "".join(
        [
            _head(study, scenario, title),
            _coverage(study),
            _steps(study),
            _load(study),
            _silence(study),
            _channels(study),
            _how(study, scenario),
        ]
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width,initial-scale=1"><title>{escape(title)}: what is likely</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _head(study: Study, scenario: Scenario, title: str) -> str:
    ends = figures.outcomes(study)
    minutes = study.tally.ends.minutes
    facts = [
        ("plays", f"{study.tally.runs:,}".replace(",", "\u202f")),
        ("most often ends", f"{ends[0][0]} ({percent(ends[0][1])})" if ends else "never"),
        ("ends after (median)", after(figures.quantile(minutes, 0.5)) if minutes else "never"),
        ("9 of 10 within", after(figures.quantile(minutes, 0.9)) if minutes else "never"),
    ]
    if study.tally.calls:
        facts.append(("every critical role within 1h, of all plays", percent(study.tally.all_covered)))
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    others = ", ".join(f"{outcome} {percent(share)}" for outcome, share in ends)
    return (
        f"<header><h1>{escape(title)}</h1><p class=faint>{escape(scenario.flowchart)}, scenario "
        f"{escape(scenario.scenario)}, seed {study.seed}</p></header><dl class=facts>{listed}</dl>"
        f"<p>Outcomes: {escape(others)}.</p>"
    )


def _coverage(study: Study) -> str:
    found = figures.roles(study)
    if not found:
        return _section(
            "Critical roles", "<p>This flowchart calls nobody down, so there is no coverage to show.</p>"
        )
    several = len(study.tally.calls) > 1
    rows = [
        [f"{one.call}: {one.role}" if several else one.role, *(percent(share) for share in one.shares)]
        for one in found
    ]
    counts = {
        (f"{call}: {slot}" if several else slot): cover
        for (call, slot), cover in sorted(study.tally.roles.items())
    }
    worst = sorted(counts.items(), key=lambda item: item[1].by(60) / max(1, item[1].opened))[
        : len(charts.LINES)
    ]
    shown = dict(sorted(worst))
    figure = charts.curves(
        {name: cover.minutes for name, cover in shown.items()},
        {name: cover.opened for name, cover in shown.items()},
        CURVES_UNTIL,
    )
    few = f" The chart shows the {len(shown)} least covered." if len(shown) < len(counts) else ""
    began = max(cover.opened for cover in study.tally.calls.values()) / study.tally.runs
    text = (
        "How likely somebody has taken each critical role on, counted from the moment the call began. "
        f"The call began in {percent(began)} of the plays.{few}"
    )
    head = ["Role", *(f"{window} min" for window in WINDOWS)]
    return _section("Are the critical roles covered?", _pair(text, figure, _table(head, rows)))


def _steps(study: Study) -> str:
    found = figures.steps(study)
    figure = charts.ranges([(one.step, one.p10, one.p50, one.p90) for one in found])
    rows = [
        [
            one.step,
            percent(one.reached),
            after(one.p10),
            after(one.p50),
            after(one.p90),
            ", ".join(f"{outcome} {percent(share)}" for outcome, share in one.outcomes),
        ]
        for one in found
    ]
    text = (
        "From the start to the end of each step, in the plays that reach it. The bar goes from the tenth to the ninetieth "
        "percentile; the circle is the median, written on the right with the ninetieth percentile in brackets."
    )
    table = _table(["Step", "Reached", "p10", "p50", "p90", "Outcomes"], rows, left=(0, 5))
    return _section("When does each step end?", f"<p>{text}</p><figure>{figure}</figure>{table}")


def _load(study: Study) -> str:
    burden = figures.load(study)
    text = (
        f"Messages that reach one person in the first {LOAD_HOURS} hours, over those who get any: "
        f"{burden.mean:.1f} on average, {burden.p95} or fewer for 95 of 100, at most {burden.most}."
    )
    rows = [[person, f"{mean:.1f}", str(most)] for person, mean, most in figures.burdened(study)]
    figure = charts.columns(study.tally.load, f"messages to one person in {LOAD_HOURS} hours")
    return _section("Whom do we burden?", _pair(text, figure, _table(["Person", "Mean", "Most"], rows)))


def _silence(study: Study) -> str:
    shown = [one for one in study.silence if study.loss(one) > 0][:MOST_SHOWN]
    text = (
        f"Each person in turn never answers, over {study.compared} of the same nights. What is lost is "
        + study.measured
        + f". Less than {percent(study.doubt)} may be chance. Whoever stands on top needs a second person behind them."
    )
    if study.untried:
        text += f" {study.untried} people without a critical role were not tried."
    if not shown:
        return _section(
            "Whose silence hurts most?", f"<p>{text}</p><p>Nobody's: no single silence costs anything.</p>"
        )
    figure = charts.bars(
        [(one.what, study.loss(one)) for one in shown], "What the silence of one person costs"
    )
    return _section("Whose silence hurts most?", _pair(text, figure, _differences("Person", study, shown)))


def _channels(study: Study) -> str:
    if not study.channels:
        return ""
    text = (
        f"Every channel of one kind is dead from the start, over {study.compared} of the same nights. "
        f"What is lost is {study.measured}."
    )
    figure = charts.bars(
        [(one.what, study.loss(one)) for one in study.channels], "What a dead kind of channel costs"
    )
    return _section(
        "What if a kind of channel is dead?",
        _pair(text, figure, _differences("Channel", study, study.channels)),
    )


def _differences(word: str, study: Study, found: Iterable[Difference]) -> str:
    head = [word, "Roles", "Left", "Lost"]
    rows = [
        [one.what, ", ".join(one.roles) or "none", percent(study.left(one)), percent(study.loss(one))]
        for one in found
    ]
    if word == "Channel":
        head, rows = [head[0], *head[2:]], [[row[0], *row[2:]] for row in rows]
    return _table(head, rows, left=(0,) if word == "Channel" else (0, 1))


def _how(study: Study, scenario: Scenario) -> str:
    made = (
        f"{study.tally.runs} plays of the scenario in virtual time, each with a seed of its own that follows from seed "
        f"{study.seed}; the same seed gives the same page."
    )
    parts = [made, *ASSUMED]
    for chance in scenario.chances:
        spread = (
            [f"nine of ten answers within {chance.spread:g} times the usual time"]
            if chance.spread > 1
            else []
        )
        parts.append(f"{chance.who}: {', '.join(_shares(chance) + spread) or 'as written'}.")
    for one in scenario.population:
        made_up = f"{len(one.members())} people made up as {one.prefix}"
        parts.append(f"{made_up}: {', '.join(_shares(one)) or 'as the scenario says'}.")
    return _section("How this was made", "".join(f"<p>{escape(part)}</p>" for part in parts))


def _shares(shares: Shares) -> list[str]:
    """Those that are more than nothing."""
    return [
        f"{name} {percent(getattr(shares, name))}" for name in (*TRAITS, "bounced") if getattr(shares, name)
    ]


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _pair(text: str, figure: str, table: str) -> str:
    return f"<p>{escape(text)}</p><div class=pair><figure>{figure}</figure>{table}</div>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """A table; columns that are not in `left` hold figures."""

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{'' if place in left else ' class=n'}>{escape(value)}</{tag}>"
            for place, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<div class=over><table><thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
