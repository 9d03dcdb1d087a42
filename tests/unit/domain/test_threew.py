"""3W rows: exact tags, no contacts, sensitive places blurred, drills marked, and nothing dropped."""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from konbit.definition.codelists import CodeLists
from konbit.domain.threew import COLUMNS, ThreeW, export
from konbit.domain.threew_checks import canonical_number
from konbit.domain.threew_row import Activity

TAGS = (
    "#date+reported,#event+id,#org+impl+name,#org+funding+name,#org+type,#sector+cluster+name,#sector+cluster+code,"
    "#activity+name,#status,#date+start,#date+end,#country+code+v_iso3,#adm1+code+v_pcodes,#adm1+name,"
    "#adm2+code+v_pcodes,#adm2+name,#beneficiary+type,#targeted+ind,#reached+ind,#value+c_usd,#modality,"
    "#meta+sensitivity,#meta+pathway"
)


def row(name: str = "1", **changes: object) -> Activity:
    """A full streamlined row of an actual emergency."""
    values: dict[str, object] = {
        "id": name,
        "mode": "actual",
        "date_reported": "2021-08-20",
        "event": "EQ-2021-000116-HTI",
        "implementer": "Konbit Sid",
        "funder": "Diaspora Relief Fund",
        "organization_type": "diaspora",
        "cluster": "WSH",
        "activity": "Water trucking",
        "status": "ongoing",
        "date_start": "2021-08-16",
        "date_end": "2021-09-30",
        "adm1": "HT07",
        "adm2": "HT0711",
        "beneficiary_type": "Affected households",
        "targeted": "1,250",
        "reached": "400",
        "value_usd": "12000.50",
        "modality": "in_kind",
    }
    return Activity.model_validate(values | changes)


def table(made: ThreeW) -> list[dict[str, str]]:
    """The data rows of an export, by tag."""
    lines = list(csv.reader(io.StringIO(made.csv)))
    return [dict(zip(lines[1], line, strict=True)) for line in lines[2:]]


def asked(made: ThreeW) -> str:
    """The English question about the only quarantined row."""
    (kept,) = made.quarantined
    return kept.question.texts["en"]


def test_the_export_reads_like_the_golden(codelists: CodeLists, golden: Callable[[str, str], None]) -> None:
    """A full row, a sensitive one and an ad hoc one of four fields."""
    ad_hoc = Activity(
        id="3",
        mode="actual",
        pathway="ad_hoc",
        implementer="Église de la Grâce",
        cluster="FSC",
        adm1="HT08",
        date_start="2021-08",
        date_reported="2021-09-01",
    )
    golden("threew.csv", export([row(), row("2", sensitivity="high", adm2="HT0731"), ad_hoc], codelists).csv)


def test_the_tag_row_is_exact_and_stands_under_the_headings(codelists: CodeLists) -> None:
    """HXL: the hashtags sit directly below the header row, and nothing in them is a contact."""
    lines = export([row()], codelists).csv.split("\n")

    assert lines[1] == TAGS
    assert "contact" not in lines[1]
    assert len(lines[0].split(",")) == len(COLUMNS)


def test_an_export_of_nothing_is_still_a_valid_file(codelists: CodeLists) -> None:
    """Two header rows and no data; without rows it counts as a drill."""
    assert export([], codelists).csv.split("\n")[1] == f"{TAGS},#meta+status"


def test_a_contact_column_cannot_be_given() -> None:
    """The row has no place for one."""
    with pytest.raises(ValidationError):
        Activity.model_validate({"id": "1", "contact_email": "someone@example.org"})


@pytest.mark.parametrize(
    "text", ["Call +1 202-555-0100", "write someone@example.org", "tel 3712 3456", "(0)20 7946 0123"]
)
def test_text_that_holds_a_contact_is_asked_about(codelists: CodeLists, text: str) -> None:
    """An address in the name of an activity would be published; the question does not repeat it."""
    made = export([row(activity=text)], codelists)

    assert (
        asked(made) == "activity seems to hold an address or a phone number. What should it say without them?"
    )
    assert text not in made.quarantined[0].question.model_dump_json()


def test_a_date_in_the_text_is_not_a_phone_number(codelists: CodeLists) -> None:
    """Two ISO dates are sixteen digits."""
    assert len(export([row(activity="Distribution 2021-08-20 to 2021-08-22")], codelists).accepted) == 1


def test_high_sensitivity_leaves_adm1_only(codelists: CodeLists) -> None:
    """The department is exported, the commune is not, not even by name."""
    (line,) = table(export([row(sensitivity="high")], codelists))

    assert (line["#adm1+code+v_pcodes"], line["#adm1+name"]) == ("HT07", "South")
    assert (line["#adm2+code+v_pcodes"], line["#adm2+name"]) == ("", "")


def test_severe_sensitivity_is_asked_about_first(codelists: CodeLists) -> None:
    """Strictly confidential rows leave only with a yes."""
    assert "strictly confidential" in asked(export([row(sensitivity="severe")], codelists))


def test_adm1_is_derived_from_adm2(codelists: CodeLists) -> None:
    """The sender need not say the same twice."""
    (line,) = table(export([row(adm1="")], codelists))

    assert (line["#adm1+code+v_pcodes"], line["#country+code+v_iso3"]) == ("HT07", "HTI")


def test_diaspora_is_exported_as_the_standard_type(codelists: CodeLists) -> None:
    """The standard has no diaspora type; the local one maps to it."""
    (line,) = table(export([row()], codelists))

    assert line["#org+type"] == "International NGO"


def test_rows_of_a_drill_carry_the_exercise_marker(codelists: CodeLists) -> None:
    """Every row, in a column of its own; an actual export has no such column."""
    made = export([row(mode="drill"), row("2", mode="drill", cluster="HEA")], codelists)

    assert [line["#meta+status"] for line in table(made)] == ["Exercise", "Exercise"]
    assert "#meta+status" not in export([row()], codelists).csv
    assert Activity(id="1").mode == "drill"


def test_a_drill_row_among_actual_ones_is_quarantined(codelists: CodeLists) -> None:
    """An exercise never travels in a real file."""
    made = export([row(), row("2", mode="drill")], codelists)

    assert [kept.id for kept in made.accepted] == ["1"]
    assert "comes from a drill" in asked(made)


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"implementer": ""}, "What is the implementer?"),
        ({"activity": ""}, "What is the activity?"),
        ({"adm1": "", "adm2": ""}, "What is the adm1?"),
        ({"cluster": "WASH"}, "cluster 'WASH' is not known. Which is it: CCM, ERY,"),
        ({"organization_type": "999"}, "organization_type '999' is not known. Which is it: 431 Academic"),
        ({"status": "soon"}, "Which is it: planned, ongoing, completed, cancelled?"),
        ({"event": "EQ HTI"}, "event 'EQ HTI' is not known"),
        ({"adm2": "HT0799"}, "Which place is meant? 'HT0799' is not one of the places of HT07"),
        ({"adm1": "HT0711"}, "'HT0711' is not an adm1."),
        ({"adm2": "HT0811"}, "adm2 HT0811 is not in adm1 HT07."),
        (
            {"date_start": "16/08/2021"},
            "date_start '16/08/2021' is not a date. Which day is it, as YYYY-MM-DD?",
        ),
        ({"date_start": "2021-02-30"}, "is not a date"),
        ({"date_start": "2021-08"}, "is not a date"),
        ({"date_end": "2021-08-15"}, "The end 2021-08-15 is before the start."),
        ({"targeted": "_"}, "targeted '_' cannot be read as a number."),
        ({"targeted": "1.250"}, "targeted '1.250' cannot be read as a number."),
        ({"reached": "-5"}, "reached '-5' cannot be read as a number."),
        ({"value_usd": "about 500"}, "value_usd 'about 500' cannot be read as a number."),
    ],
)
def test_a_wrong_row_is_quarantined_with_one_question(
    codelists: CodeLists, changes: dict[str, object], question: str
) -> None:
    """One question, in English, French and Haitian Creole; the row is kept whole."""
    wrong = row().model_copy(update=changes)
    made = export([wrong], codelists)

    assert question in asked(made)
    assert set(made.quarantined[0].question.texts) == {"en", "fr", "ht"}
    assert made.quarantined[0].row == wrong


def test_an_ad_hoc_row_needs_only_who_what_where_and_month(codelists: CodeLists) -> None:
    """Ad hoc actors are captured with four fields, and the end of a month may be a day in it."""
    ad_hoc = row(
        pathway="ad_hoc", activity="", date_start="2021-08", date_end="2021-08-20", adm2="", targeted=""
    )

    assert len(export([ad_hoc], codelists).accepted) == 1


def test_the_same_row_twice_is_a_question_not_a_second_activity(codelists: CodeLists) -> None:
    """Two forms about one distribution would count it twice."""
    made = export([row(), row("2")], codelists)

    assert "says the same as row 1" in asked(made)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@SUM(A1)"])
def test_text_cannot_become_a_formula(codelists: CodeLists, text: str) -> None:
    """Spreadsheets would run it; a leading apostrophe makes it text."""
    (line,) = table(export([row(funder=text)], codelists))

    assert line["#org+funding+name"] == f"'{text}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("400", "400"),
        ("1,250", "1250"),
        ("1 250 000", "1250000"),
        ("1\u202f250", "1250"),
        ("12,000.50", "12000.50"),
        ("0", "0"),
        ("12,50", None),
        ("1e3", None),
        ("", None),
        ("٣", None),
    ],
)
def test_a_number_is_read_only_where_it_is_plain(written: str, read: str | None) -> None:
    """Thousands separators are removed; what could mean two things is not guessed."""
    assert canonical_number(written) == read


messy = st.one_of(
    st.just(""), st.text(max_size=12), st.sampled_from(["WSH", "HT07", "HT0711", "2021-08-16", "12"])
)
rows = st.lists(
    st.builds(
        Activity,
        id=st.text(min_size=1, max_size=3),
        mode=st.sampled_from(["drill", "actual"]),
        pathway=st.sampled_from(["streamlined", "ad_hoc"]),
        sensitivity=st.sampled_from(["low", "high", "severe"]),
        date_reported=st.sampled_from(["2021-08-20", "", "20.8."]),
        implementer=st.sampled_from(["Konbit Sid", "=x", ""]),
        cluster=st.sampled_from(["WSH", "HEA", "WASH"]),
        activity=messy,
        date_start=st.sampled_from(["2021-08-16", "2021-08", "x"]),
        adm1=st.sampled_from(["HT07", "HT08", "", "XX"]),
        adm2=st.sampled_from(["HT0711", "", "HT0799"]),
        targeted=messy,
        funder=messy,
    ),
    max_size=8,
)


@given(rows)
def test_no_row_is_lost(codelists: CodeLists, given_rows: list[Activity]) -> None:
    """Rows in = accepted + quarantined, accepted = data lines of the file, and the file has one shape."""
    made = export(given_rows, codelists)
    lines = list(csv.reader(io.StringIO(made.csv)))

    assert len(made.accepted) + len(made.quarantined) == len(given_rows)
    assert len(lines) == 2 + len(made.accepted)
    assert {len(line) for line in lines} == {len(lines[0])}
    assert sorted(map(repr, [*made.accepted, *(kept.row for kept in made.quarantined)])) == sorted(
        map(repr, given_rows)
    )
