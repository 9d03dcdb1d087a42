"""The situation report: silence shown, nothing sensitive, EXERCISE at both ends of a drill."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from konbit.definition.codelists import CodeLists
from konbit.domain.matching import Balance, match
from konbit.domain.needs import derive_needs
from konbit.domain.observations import NeedsPicture, Observation, consolidate
from konbit.domain.offers import Offer
from konbit.domain.situation import (
    ClusterInput,
    EventFacts,
    Funding,
    Issue,
    KeyFigures,
    Narrative,
    SituationReport,
    assemble,
)
from konbit.domain.situation_markdown import escape, to_markdown

AS_OF = dt.datetime(2021, 8, 17, 22, tzinfo=dt.UTC)
EVENT = EventFacts(
    name="Earthquake in the South", hazard="EQ", country="HTI", glide="EQ-2021-000116-HTI", mode="actual"
)
ISSUE = Issue(
    number=3,
    as_of=AS_OF,
    period_from=AS_OF - dt.timedelta(days=1),
    next_issue=AS_OF + dt.timedelta(days=1),
    producer="hub",
)


def report(
    codelists: CodeLists, observe: Callable[..., Observation], event: EventFacts = EVENT
) -> SituationReport:
    """An issue with everything in it: figures, an official one, a gap, silence and a sensitive row."""
    observations = [
        observe(id="1", people=1200, basis="seen"),
        observe(id="2", people=1600, source_id="p2"),
        observe(id="3", people=900, place="HT0712", source_id="p3"),
        observe(id="4", people=700, place="HT0712", source_id="authority", basis="official"),
        observe(id="5", cluster="PRO-GBV", people=3, sensitivity="high", what="a case to refer"),
    ]
    picture = consolidate(observations, ["WSH", "HEA"], ["HT0711", "HT0712", "HT0713"])
    water = Offer(
        id="offer-1",
        organization="org-1",
        cluster="WSH",
        item="water",
        quantity=15000,
        unit="litre",
        place="HT07",
        ready_on=AS_OF.date(),
        consignee=True,
    )
    return assemble(
        ISSUE,
        event,
        [
            ClusterInput(
                cluster="WSH",
                needs="Wells are broken.",
                response="Two trucks a day.",
                gaps="Nothing reaches Chantal.",
                constraints="The bridge is closed.",
                asks="A second pump.",
                confidence="B",
            ),
            ClusterInput(cluster="LOG", no_information=True),
        ],
        picture,
        match(derive_needs(picture, codelists["relief_items"]), [water]),
        codelists=codelists,
        clusters=["HEA", "WSH"],
        narrative=Narrative(
            highlights=("The road to Les Cayes is open.", "Water is the first need."),
            overview="Aftershocks go on.",
            coordination="Daily briefing at 18:00 local time.",
            key_figures=KeyFigures(affected=800000, reached=4200),
            funding=Funding(asked=500000, pledged=120000, received=45000),
            contacts=("chair", "cluster lead, water and sanitation"),
        ),
    )


@pytest.mark.parametrize("language", ["en", "fr", "ht"])
def test_the_report_reads_like_the_golden(
    codelists: CodeLists,
    observe: Callable[..., Observation],
    golden: Callable[[str, str], None],
    language: str,
) -> None:
    """The whole text, in each language of the report."""
    golden(f"situation-report.{language}.md", to_markdown(report(codelists, observe), language))


@pytest.mark.parametrize("language", ["en", "fr", "ht", "es"])
def test_a_drill_says_exercise_first_and_last(
    codelists: CodeLists, observe: Callable[..., Observation], language: str
) -> None:
    """Neither half of a torn page can be taken for the real thing; an actual report never says it."""
    drill = report(codelists, observe, EVENT.model_copy(update={"mode": "drill"}))
    lines = to_markdown(drill, language).strip().split("\n")

    assert "EXERCISE" in lines[0]
    assert lines[0] == lines[-1]
    assert "EXERCISE" not in to_markdown(report(codelists, observe), language)


def test_the_mode_defaults_to_drill() -> None:
    """Whoever forgets the mode has made a drill."""
    assert EventFacts(name="Test", hazard="EQ", country="HTI").mode == "drill"


def test_a_language_without_headings_gets_english(
    codelists: CodeLists, observe: Callable[..., Observation]
) -> None:
    """Spanish has names of hazards but no headings yet."""
    text = to_markdown(report(codelists, observe), "es")

    assert "## Highlights" in text
    assert "Terremoto, Haití" in text


def test_a_silent_cluster_is_printed_as_not_reported(codelists: CodeLists) -> None:
    """Silence is shown: cluster by cluster and block by block."""
    empty = assemble(
        Issue(number=1, as_of=AS_OF),
        EVENT,
        [],
        NeedsPicture(cells=()),
        Balance(),
        codelists=codelists,
        clusters=["HEA"],
        narrative=Narrative(),
    )
    text = to_markdown(empty, "en")

    assert "### Health (HEA)\n\n**Needs**: Not reported\n" in text
    assert "People in need: No information" in text
    assert "This is the last issue" in text
    assert ": 0" not in text


def test_sensitive_rows_are_left_out_and_counted(
    codelists: CodeLists, observe: Callable[..., Observation]
) -> None:
    """The row goes, the report stays, and the reader knows that something is missing."""
    made = report(codelists, observe)

    assert made.withheld == 1
    assert "PRO-GBV" not in to_markdown(made, "en")
    assert "PRO-GBV" not in made.model_dump_json()


def test_people_in_need_come_from_the_picture_unless_given(
    codelists: CodeLists, observe: Callable[..., Observation]
) -> None:
    """1,400 by the median in Les Cayes and the official 700 in Torbeck."""
    assert report(codelists, observe).key_figures.in_need == 2100


def test_two_issues_with_the_same_content_are_recognised(
    codelists: CodeLists, observe: Callable[..., Observation]
) -> None:
    """Number and times do not count as news."""
    first = report(codelists, observe)
    second = first.model_copy(update={"issue": ISSUE.model_copy(update={"number": 4})})

    assert second.unchanged_since(first)
    assert not second.model_copy(update={"withheld": 9}).unchanged_since(first)


def test_a_stored_report_reads_back_the_same(
    codelists: CodeLists, observe: Callable[..., Observation]
) -> None:
    """A report is complete in itself: it can be printed years later without the code lists of its day."""
    made = report(codelists, observe)

    assert SituationReport.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize("contact", ["chair@example.org", "+1 202-555-0100"])
def test_a_contact_that_is_not_a_role_is_refused(contact: str) -> None:
    """Reports name roles; addresses and numbers stay in the directory."""
    with pytest.raises(ValidationError):
        Narrative(contacts=(contact,))


def test_more_than_five_highlights_are_refused() -> None:
    """Highlights that are many are none."""
    with pytest.raises(ValidationError):
        Narrative(highlights=tuple("abcdef"))


@given(st.text(max_size=60))
def test_what_people_write_cannot_become_markup(written: str) -> None:
    """Every character that Markdown acts on is escaped, on a single line."""
    escaped = escape(written)

    assert "\n" not in escaped
    for position, character in enumerate(escaped):
        if character in "`*_[]<>|#~":
            assert escaped[position - 1] == "\\"
