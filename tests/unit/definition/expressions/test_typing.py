"""What the checker accepts, with which kind, and what it reports, at which characters."""

import pytest

from konbit.definition.expressions import Expression, Finding, Kind, compile_expression
from konbit.definition.expressions.kinds import (
    DURATION,
    DYNAMIC,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Choice,
    ListOf,
    Record,
)

LEVEL = Choice(("monitor", "standby", "partial", "full"))
CLUSTER = Choice(("WSH", "HEA", "LOG"))
NEED = Record({"cluster": CLUSTER, "people": NUMBER, "gap": NUMBER, "places": ListOf(TEXT)})
SCOPE: dict[str, Kind] = {
    "people": NUMBER,
    "severity": NUMBER,
    "country": TEXT,
    "confirmed": TRUTH,
    "level": LEVEL,
    "hazard": Choice(("EQ", "TC")),
    "clusters": ListOf(CLUSTER),
    "needs": ListOf(NEED),
    "call": Record({"outcome": Choice(("covered", "uncovered")), "answered": NUMBER}),
    "now": MOMENT,
    "started": MOMENT,
    "waited": DURATION,
    "output": DYNAMIC,
}


def findings(text: str, expect: Kind | None = None) -> tuple[Finding, ...]:
    """The findings of an expression that must have some."""
    compiled = compile_expression(text, SCOPE, expect)
    assert isinstance(compiled, tuple), f"{text} was accepted"
    return compiled


def compiled(text: str, expect: Kind | None = None) -> Expression:
    """The expression, which must have no findings."""
    result = compile_expression(text, SCOPE, expect)
    assert isinstance(result, Expression), result
    return result


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("people", NUMBER),
        ("people > 1 and confirmed", TRUTH),
        ("not confirmed", TRUTH),
        ("-people + 2 * severity / 3", NUMBER),
        ("1 < severity <= 5", TRUTH),
        ("level == 'full'", TRUTH),
        ("level in ['full', 'partial']", TRUTH),
        ("'WSH' not in clusters", TRUTH),
        ("needs[0].cluster", CLUSTER),
        ("call['answered']", NUMBER),
        ("now - started", DURATION),
        ("started + hours(2)", MOMENT),
        ("hours(2) + started", MOMENT),
        ("waited - minutes(15)", DURATION),
        ("now - started > days(3)", TRUTH),
        ("'a' if confirmed else 'b'", TEXT),
        ("level if confirmed else country", TEXT),
        ("[people, 3]", ListOf(NUMBER)),
        ("[level, hazard]", ListOf(Choice((*LEVEL.options, "EQ", "TC")))),
        ("[[1], [people]]", ListOf(ListOf(NUMBER))),
        ("[[], [people]]", ListOf(ListOf(DYNAMIC))),
        ("severity > -5", TRUTH),
        ("output in ['x', country]", TRUTH),
        ("output in clusters", TRUTH),
        ("['x', level]", ListOf(TEXT)),
        ("size(country) + size(needs) + count(clusters)", NUMBER),
        ("min(people, 3)", NUMBER),
        ("max([now, started])", MOMENT),
        ("max(n.people for n in needs)", NUMBER),
        ("sum(n.gap for n in needs if n.cluster == 'WSH')", NUMBER),
        ("any('Jacmel' in n.places for n in needs)", TRUTH),
        ("all(any(p == country for p in n.places) for n in needs)", TRUTH),
        ("lower(level)", TEXT),
        ("contains(country, 'a') or starts_with(country, 'H')", TRUTH),
        ("has(call.outcome) and is_known(people / severity)", TRUTH),
        ("output.reports[0].people + 1", NUMBER),
        ("output - now", DURATION),
        ("now - output", DYNAMIC),
        ("output and confirmed", TRUTH),
        ("output == output.other", TRUTH),
        ("people\n  > 1\tand\n  confirmed\n", TRUTH),
        ("true", TRUTH),
    ],
)
def test_sound_expressions_have_a_kind(text: str, kind: Kind) -> None:
    """Every operator and function gives the kind that the reference page promises."""
    assert compiled(text).kind == kind


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("peopel > 3", "undefined-name", "peopel"),
        ("lenn(needs) > 3", "undefined-name", "lenn"),
        ("call.anwered > 3", "undefined-field", "call.anwered"),
        ("any(n.peple > 1 for n in needs)", "undefined-field", "n.peple"),
        ("people > '3'", "wrong-type", "people > '3'"),
        ("people and confirmed", "wrong-type", "people"),
        ("not people", "wrong-type", "people"),
        ("confirmed == 1", "wrong-type", "confirmed == 1"),
        ("confirmed + 1", "wrong-type", "confirmed + 1"),
        ("country + 'x'", "wrong-type", "country + 'x'"),
        ("country * 3", "wrong-type", "country * 3"),
        ("clusters * 3", "wrong-type", "clusters * 3"),
        ("now + 3", "wrong-type", "now + 3"),
        ("now + started", "wrong-type", "now + started"),
        ("waited * 2", "wrong-type", "waited * 2"),
        ("now > waited", "wrong-type", "now > waited"),
        ("level > 'standby'", "wrong-type", "level > 'standby'"),
        ("confirmed > false", "wrong-type", "confirmed > false"),
        ("'a' in country", "wrong-type", "country"),
        ("1 in clusters", "wrong-type", "1 in clusters"),
        ("clusters == ['WSH']", "wrong-type", "clusters"),
        ("needs.gap > 1", "wrong-type", "needs.gap"),
        ("people[0]", "wrong-type", "people[0]"),
        ("[1, 'a']", "wrong-type", "'a'"),
        ("1 if confirmed else 'a'", "wrong-type", "1 if confirmed else 'a'"),
        ("sum(clusters)", "wrong-type", "clusters"),
        ("size(people)", "wrong-type", "people"),
        ("max(country, 'a')", "wrong-type", "country"),
        ("size()", "wrong-type", "size()"),
        ("count(country)", "wrong-type", "country"),
        ("max(people, now)", "wrong-type", "now"),
        ("people == [1]", "wrong-type", "[1]"),
        ("needs[0] == call", "wrong-type", "needs[0]"),
        ("call in needs", "wrong-type", "call in needs"),
        ("'outcome' in call", "wrong-type", "call"),
        ("country.name", "wrong-type", "country.name"),
        ("call or confirmed", "wrong-type", "call"),
        ("lower([[1]])", "wrong-type", "[[1]]"),
        ("[[1], ['a']]", "wrong-type", "['a']"),
        ("any(n.people for n in needs)", "wrong-type", "n.people"),
        ("any(n > 0 for n in people)", "wrong-type", "people"),
        ("level == 'ful'", "never-true", "'ful'"),
        ("'ful' == level", "never-true", "'ful'"),
        ("level in ['full', 'ful']", "never-true", "'ful'"),
        ("'WASH' in clusters", "never-true", "'WASH'"),
        ("level == hazard", "never-true", "hazard"),
        ("people in []", "never-true", "people in []"),
        ("people < people", "never-true", "people < people"),
        ("people >= people", "always-true", "people >= people"),
        ("people > 1 or peopel + 1 > 2", "undefined-name", "peopel"),
        ("1 in peopel", "undefined-name", "peopel"),
        ("size(peopel) > 1", "undefined-name", "peopel"),
        ("confirmed and 1 > 2", "never-true", "1 > 2"),
        ("confirmed and false", "never-true", "false"),
        ("level != 'ful'", "always-true", "'ful'"),
        ("'WASH' not in clusters", "always-true", "'WASH'"),
        ("confirmed or true", "always-true", "true"),
        ("3 > 2", "always-true", "3 > 2"),
        ("1 + 1 == 2", "always-true", "1 + 1 == 2"),
        ("1 if 'a' == 'a' else 2", "always-true", "'a' == 'a'"),
        ("people ** 2", "expression-not-allowed", "**"),
        ("people = 2", "expression-not-allowed", "="),
        ("people == None", "expression-not-allowed", "None"),
        ("people is 2", "expression-not-allowed", "people is 2"),
        ("confirmed && confirmed", "expression-not-allowed", "&&"),
        ("confirmed AND confirmed", "expression-not-allowed", "AND"),
        (
            "level == \N{LEFT SINGLE QUOTATION MARK}full'",
            "expression-not-allowed",
            "\N{LEFT SINGLE QUOTATION MARK}",
        ),
        ("people > 1 # note", "expression-not-allowed", "#"),
        ("{people} > 1", "expression-not-allowed", "{"),
        ("f'x' == country", "expression-not-allowed", "f"),
        ("country.lower()", "expression-not-allowed", "country.lower()"),
        ("needs[people]", "expression-not-allowed", "people"),
        ("needs[-1]", "expression-not-allowed", "-1"),
        ("[n for n in needs]", "expression-not-allowed", "[n for n in needs]"),
        ("(n for n in needs)", "expression-not-allowed", "(n for n in needs)"),
        ("any(people > 1 for people in needs)", "expression-not-allowed", "people"),
        ("any(a == b for a in clusters for b in clusters)", "expression-not-allowed", None),
        ("count(n.gap for n in needs)", "expression-not-allowed", "n.gap"),
        ("any(n.gap > 1 for n in needs if confirmed if confirmed)", "expression-not-allowed", None),
        ("any(n > 1 for n, m in needs)", "expression-not-allowed", "n, m"),
        ("people << 2", "expression-not-allowed", "people << 2"),
        ("country.title()", "expression-not-allowed", "country.title()"),
        ("[1](2)", "expression-not-allowed", "[1](2)"),
        ("has(peopel)", "undefined-name", "peopel"),
        ("people @ 2", "expression-syntax", "@"),
        ("size(n for n in needs)", "expression-not-allowed", "size(n for n in needs)"),
        ("has(people + 1)", "expression-not-allowed", "has(people + 1)"),
        ("waited > hours(people)", "expression-not-allowed", "hours(people)"),
        ("1, 2", "expression-not-allowed", "1, 2"),
        ("people > 1000000000000001", "expression-not-allowed", "1000000000000001"),
        ("waited > days(40000)", "expression-not-allowed", "days(40000)"),
        ("1 < people in [2]", "expression-not-allowed", "1 < people in [2]"),
        ("+people", "expression-not-allowed", "+people"),
        ("await people", "expression-not-allowed", "await people"),
        ("any(*clusters)", "expression-not-allowed", "*clusters"),
        ("people > 2h", "expression-syntax", "2h"),
        ("people > 10,000", "expression-syntax", "000"),
        ("people >", "expression-syntax", ">"),
        ("people 3", "expression-syntax", "3"),
        ("(people", "expression-syntax", "("),
        ("people]", "expression-syntax", "]"),
        ("country == 'x", "expression-syntax", "'"),
        ("level in ['full' 'partial']", "expression-syntax", "'partial'"),
        ("people > 1 if confirmed", "expression-syntax", None),
        ("", "expression-syntax", ""),
        (" \n", "expression-syntax", None),
    ],
)
def test_each_mistake_is_found_where_it_stands(text: str, code: str, words: str | None) -> None:
    """The first finding has the code, and its offset and width cut the mistaken words out of the text."""
    first = findings(text)[0]

    assert first.code == code
    if words is not None:
        assert text[first.offset : first.offset + first.width] == words


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("peopel > 3", "did you mean `people`?"),
        ("level == 'ful'", "did you mean `full`?"),
        ("level == partial", "a text stands in quotes: 'partial'"),
        ("call.Outcome == 'covered'", "did you mean `outcome`?"),
        ("waited > 90min", "write minutes(90)"),
        ("waited > 2h", "write hours(2)"),
        ("severity > '3'", "write 3 without quotes"),
        ("country == 509", "write '509' in quotes"),
        ("now + 3", "give the number a unit: minutes(15), hours(2) or days(3)"),
        ("len(needs) > 1", "use size(...)"),
        ("now() > started", "the language has no clock: write the name `now` where it is given"),
        ("country.startswith('H')", "use starts_with(text, beginning)"),
        ("country.lower() == 'x'", "write lower(country)"),
        ("contains(clusters, 'WSH')", "write ... in clusters"),
        ("people == null", "ask with has(x), or not has(x)"),
        ("confirmed || confirmed", "use `or`"),
        ("people > 10,000", "write numbers without commas and without zeros before them: 10000"),
        ("'a' in country", "use contains(country, ...) to look inside a text"),
        ("size > 3", "`size` is a function: write size(...)"),
    ],
)
def test_the_hint_says_what_to_write_instead(text: str, hint: str) -> None:
    """The common slips each have a way out."""
    assert findings(text)[0].hint == hint


def test_all_findings_come_at_once_and_in_order() -> None:
    """One mistake does not hide the next, and none is reported twice."""
    found = findings("peopel > 3 and level == 'ful' or call.nothing and severity > 'x'")

    assert [finding.code for finding in found] == [
        "undefined-name",
        "never-true",
        "undefined-field",
        "wrong-type",
    ]


def test_a_finding_lists_what_is_allowed() -> None:
    """Names, fields, values of a choice and functions are offered in full."""
    assert findings("peopel > 3")[0].allowed == tuple(sorted(SCOPE))
    assert findings("call.nothing")[0].allowed == ("answered", "outcome")
    assert findings("level == 'x'")[0].allowed == LEVEL.options
    assert "size" in findings("length(needs)")[0].allowed


def test_wrong_type_says_both_kinds() -> None:
    """A mismatch names what was found on either side."""
    message = findings("people > 'many'")[0].message

    assert "`people` is a number" in message
    assert "`'many'` is a text" in message


def test_offsets_count_characters_not_bytes() -> None:
    """Letters beyond ASCII, leading space and line ends do not move a finding."""
    text = " \n country == 'Ayiti, péyi ékriti' and\n\tpeopel > 3"
    first = findings(text)[0]

    assert text[first.offset : first.offset + first.width] == "peopel"


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("people", NUMBER),
        ("level", TEXT),
        ("level", Choice((*LEVEL.options, "more"))),
        ("'full'", LEVEL),
        ("'full' if confirmed else 'monitor'", LEVEL),
        ("['WSH', 'LOG']", ListOf(CLUSTER)),
        ("[]", ListOf(NUMBER)),
        ("output.x", NUMBER),
        ("call", Record({"answered": NUMBER})),
        ("people", DYNAMIC),
    ],
)
def test_an_expression_fits_the_kind_that_is_expected(text: str, expect: Kind) -> None:
    """A narrower kind, a text out of the choice, and a dynamic value are taken."""
    assert compiled(text, expect).text == text


@pytest.mark.parametrize(
    ("text", "expect", "code"),
    [
        ("people", TRUTH, "wrong-type"),
        ("people", TEXT, "wrong-type"),
        ("'ful'", LEVEL, "wrong-type"),
        ("['WSH', 'WASH']", ListOf(CLUSTER), "wrong-type"),
        ("country", LEVEL, "wrong-type"),
        ("true", TRUTH, "always-true"),
        ("false", TRUTH, "never-true"),
        ("starts_with('abc', 'b')", TRUTH, "never-true"),
    ],
)
def test_an_expression_of_another_kind_is_a_finding(text: str, expect: Kind, code: str) -> None:
    """The place decides the kind; a condition must also be open."""
    assert [finding.code for finding in findings(text, expect)] == [code]


def test_names_and_paths_of_an_expression() -> None:
    """What it reads is told; the variable of a quantifier is not a name of the scope."""
    expression = compiled("people > 1 and call.outcome == 'covered' and any(n.gap > people for n in needs)")

    assert expression.names == {"people", "call", "needs"}
    assert expression.paths == {"people", "call.outcome", "needs"}
    assert compiled("call['outcome'] == 'covered' or needs[0].gap > 1").paths == {"call.outcome", "needs"}
