"""The directory as a spreadsheet: what it says, every mistake with its place, and what is missing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.problems import Severity
from konbit.domain.csv_cells import rows
from konbit.domain.directory import ChannelKind, Directory
from konbit.domain.directory_csv import parse_directory
from konbit.domain.directory_gaps import findings
from konbit.engine.duties import RoleRef
from konbit.errors import UserError
from konbit.notify.address import canonical

FILE = Path(__file__).parents[3] / "definitions" / "directories" / "haiti.csv"
ROLES = ("chair", "cluster_lead", "focal_point", "hub")
HEADER = (
    "person,name,organization,organization_name,organization_type,languages,zone,"
    "role,of,country,rank,mail,webhook,sms,allow_drill"
)
GOOD = f"""\
{HEADER}
#contact+id,#contact+name,#org+id,#org+name,#org+type,,,#role,,#country,,#contact+email,,,
c-a,The chair,u,The unit,438,en ht,America/Toronto,chair,,HTI,1,c-a@example.org,https://h.example.org/a,+1 202-555-0102,true
hea-a,"Lead, health",u,,,fr,Europe/Paris,cluster_lead,HEA,HTI,,hea-a@example.org,,,false
c-a,,,,,,,cluster_lead,HEA,HTI,2,,,,
,,,,,,,cluster_lead,WSH,HTI,,,,,
,,,,,,,cluster_lead,HEA,HTI,,,,,
"""


def plainly(kind: ChannelKind, text: str) -> str:
    """An address as it is, unless it says that it is bad."""
    if "bad" in text:
        raise UserError(f"not good for {kind}")
    return text


def parsed(text: str) -> Directory:
    """The directory; it must be one."""
    directory, problems = parse_directory(text, file="people.csv", canonical=canonical, roles=ROLES)
    assert directory is not None, [problem.text() for problem in problems]
    return directory


def problems_of(text: str) -> list[str]:
    """What is wrong, one line each."""
    directory, problems = parse_directory(text, file="people.csv", canonical=plainly, roles=ROLES)
    assert (directory is None) == any(problem.severity is Severity.ERROR for problem in problems)
    return [problem.text().removeprefix("people.csv:") for problem in problems]


def test_a_row_is_a_role_that_a_person_holds() -> None:
    directory = parsed(GOOD)

    assert [(person.id, person.name, person.languages, person.zone) for person in directory.people] == [
        ("c-a", "The chair", ["en", "ht"], "America/Toronto"),
        ("hea-a", "Lead, health", ["fr"], "Europe/Paris"),
    ]
    assert [(one.role, one.of, one.country, one.person, one.rank) for one in directory.bindings] == [
        ("chair", None, "HTI", "c-a", 1),
        ("cluster_lead", "HEA", "HTI", "hea-a", 1),
        ("cluster_lead", "HEA", "HTI", "c-a", 2),
    ]
    assert [(one.id, one.name, one.type) for one in directory.organizations] == [("u", "The unit", "438")]


def test_channels_are_tried_in_the_order_of_their_columns() -> None:
    ends = parsed(GOOD).endpoints

    assert [(end.person, end.kind, end.address, end.priority, end.allow_drill) for end in ends] == [
        ("c-a", "mail", "c-a@example.org", 1, True),
        ("c-a", "webhook", "https://h.example.org/a", 2, True),
        ("c-a", "sms", "+12025550102", 3, True),
        ("hea-a", "mail", "hea-a@example.org", 1, False),
    ]
    first = parsed("person,name,role,sms,mail\na,A,chair,+12025550103,a@example.org\n").endpoints
    assert [end.kind for end in first] == ["sms", "mail"]


def test_a_row_without_a_person_is_a_role_that_is_expected_and_vacant() -> None:
    """Unless somebody holds it on another row."""
    assert parsed(GOOD).expected == [RoleRef(role="cluster_lead", of="WSH")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["1:1: error[empty-file]: the file has no header row"]),
        (
            "person,name,rolle,role,role\n",
            [
                "1:13: error[unknown-column]: there is no column 'rolle'",
                "1:24: error[duplicate-column]: the column 'role' is there twice",
            ],
        ),
        ("person,name\nx,X\n", ["1:1: error[missing-column]: there is no column 'role'"]),
        ("person,name,role\na,A,chiar\n", ["2:5: error[unknown-role]: there is no role 'chiar'"]),
        ("person,name,role\na,A,\n", ["2:5: error[missing-role]: the row names no role"]),
        (
            "person,name,role\na b,A,chair\n",
            [
                "2:1: error[bad-person]: 'a b' in the column 'person' is not letters, digits, dots, hyphens and underscores"
            ],
        ),
        ("person,name,role\na,,chair\n", ["2:3: error[missing-name]: 'a' has no name"]),
        (
            "person,name,role\n,A,chair\n",
            ["2:2: error[missing-person]: the column 'name' is filled, but the row has no person"],
        ),
        (
            "person,name,role,mail,sms\na,A,chair,bad@example.org,bad\n",
            ["2:11: error[bad-mail]: not good for mail", "2:27: error[bad-sms]: not good for sms"],
        ),
        (
            "person,name,role,zone\na,A,chair,Europe/Pari\n",
            ["2:11: error[bad-zone]: there is no time zone 'Europe/Pari'"],
        ),
        (
            "person,name,role,zone\na,A,chair,../etc/passwd\n",
            ["2:11: error[bad-zone]: there is no time zone '../etc/passwd'"],
        ),
        (
            "person,name,role,rank\na,A,chair,0\n",
            [
                "2:11: error[bad-rank]: '0' in the column 'rank' is not 1 for the holder, 2 and more for who stands in"
            ],
        ),
        (
            "person,name,role,country\na,A,chair,Haiti\n",
            [
                "2:11: error[bad-country]: 'Haiti' in the column 'country' is not a country as ISO 3166 alpha-3, such as HTI"
            ],
        ),
        (
            "person,name,role,languages\na,A,chair,en French\n",
            ["2:11: error[bad-language]: 'French' is not a language tag such as en, fr or ht"],
        ),
        (
            "person,name,role,allow_drill\na,A,chair,maybe\n",
            ["2:11: error[bad-allow-drill]: 'maybe' is neither true nor false"],
        ),
        (
            "person,name,role\na,A,chair\na,B,hub\n",
            ["3:3: error[two-answers]: 'a' has another name on an earlier row"],
        ),
        (
            "person,name,role,organization,organization_name\na,A,chair,u,Unit\nb,B,hub,u,Union\n",
            ["3:11: error[two-answers]: the organization 'u' has another name on an earlier row"],
        ),
        (
            "person,name,role\na,A,chair\na,,chair\n",
            ["3:4: error[duplicate-binding]: 'a' holds chair already"],
        ),
        (
            "person,name,role\na,A,chair,,extra\n",
            ["2:12: error[too-many-cells]: this cell has no column: there are more cells than in the header"],
        ),
        (
            "person,name,role,rank\na,A,chair,1\nb,B,chair,1\n",
            ["3:11: warning[two-holders]: chair has two holders of rank 1; both are asked first"],
        ),
        (
            "person,name,role,mail\na,A,chair,x@example.org\nb,B,hub,x@example.org\n",
            ["3:9: warning[shared-address]: this address is also that of 'a'"],
        ),
    ],
)
def test_every_mistake_has_its_place(text: str, found: list[str]) -> None:
    assert problems_of(text) == found


def test_a_name_that_was_probably_meant_is_offered() -> None:
    _, problems = parse_directory(
        "person,name,role,zone\na,A,chiar,America/Port_au_Prince\n", file="f", canonical=plainly, roles=ROLES
    )

    assert [problem.hint for problem in problems] == [
        "did you mean 'chair'?",
        "did you mean 'America/Port-au-Prince'?",
    ]


def test_problems_do_not_repeat_addresses() -> None:
    """They end up in terminals and logs."""
    _, problems = parse_directory(
        "person,name,role,mail,sms\na,A,chair,who@example.org@example.net,555-0102\n",
        file="f",
        canonical=canonical,
        roles=ROLES,
    )

    assert len(problems) == 2
    assert not any("who@" in problem.text() or "555" in problem.text() for problem in problems)


def test_spreadsheets_write_semicolons_and_marks_too() -> None:
    directory = parsed("\ufeffperson;name;role;mail\r\na;Äna;chair;a@example.org\r\n")

    assert directory.people[0].name == "Äna"


def test_the_place_of_a_cell_is_right_behind_quotes_and_line_breaks() -> None:
    text = 'a,"b ""x"", y",c\n"two\nlines",d\n\n,,\n"open'
    found = [[(cell.text, cell.where.line, cell.where.column) for cell in row] for row in rows(text, "f")]

    assert found == [
        [("a", 1, 1), ('b "x", y', 1, 3), ("c", 1, 16)],
        [("two\nlines", 2, 1), ("d", 3, 8)],
        [("open", 6, 1)],
    ]


@given(st.text(alphabet=st.sampled_from('ab",;\n\r\t#\u0000é'), max_size=60))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    directory, problems = parse_directory(text, file="f", canonical=plainly, roles=ROLES)

    assert directory is not None or problems


def test_the_shipped_directory_can_be_read_and_its_gaps_are_known() -> None:
    roles = {
        "chair",
        "chair_deputy",
        *(line.split(",")[7] for line in FILE.read_text(encoding="utf-8").splitlines()[1:]),
    }
    directory, problems = parse_directory(
        FILE.read_text(encoding="utf-8"), file=FILE.name, canonical=canonical, roles=roles - {""}
    )

    assert problems == ()
    assert directory is not None
    assert {"cluster_lead.WSH: nobody holds it"} <= {gap.text for gap in findings(directory)}


def test_what_is_missing_is_found() -> None:
    directory = parsed(GOOD)
    gone = directory.model_copy(
        update={
            "people": [directory.people[0], directory.people[1].model_copy(update={"status": "left"})],
            "endpoints": [
                end.model_copy(update={"state": "ok" if end.kind == "mail" else "bounced"})
                for end in directory.endpoints
            ],
        }
    )

    assert [gap.text for gap in findings(directory)] == [
        "cluster_lead.WSH: nobody holds it",
        "chair: one person holds it, nobody stands in",
        "hea-a: one working channel only",
    ]
    assert [gap.text for gap in findings(gone)] == [
        "cluster_lead.WSH: nobody holds it",
        "chair: one person holds it, nobody stands in",
        "cluster_lead.HEA: one person holds it, nobody stands in",
        "c-a: one working channel only",
    ]
    both_mail = [
        end.model_copy(update={"kind": "mail", "address": f"{end.id}@example.org"})
        for end in directory.endpoints
    ]
    alike = directory.model_copy(update={"endpoints": both_mail})
    assert "c-a: channels of one kind only, which fail together" in [gap.text for gap in findings(alike)]
    silent = gone.model_copy(update={"endpoints": []})
    assert findings(silent)[-1].text == "c-a: no working channel"
