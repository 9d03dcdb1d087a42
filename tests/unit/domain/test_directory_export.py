"""Writing a directory back: reading it again gives the same, and no cell is a formula."""

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.channel_traits import audience_of, wider
from konbit.domain.directory import (
    Binding,
    ChannelKind,
    ConsentPurpose,
    Directory,
    Endpoint,
    Membership,
    Organization,
    Person,
)
from konbit.domain.directory_cells import as_written, bad_name, defused, moment, moment_text
from konbit.domain.directory_changes import Change, besides_people, changes, counted
from konbit.domain.directory_csv import parse_directory
from konbit.domain.directory_duplicates import duplicates
from konbit.domain.directory_export import csv_text, table
from konbit.domain.quiet_hours import QuietHours
from konbit.engine.duties import RoleRef
from konbit.errors import UserError

ROLES = ("chair", "cluster_lead", "focal_point")
FILE = Path(__file__).parents[3] / "definitions" / "directories" / "haiti.csv"
ADDRESSES: dict[ChannelKind, tuple[str, ...]] = {
    "mail": ("a@example.org", "-b@example.org", "=c@example.net"),
    "sms": ("+12025550101", "+12025550102"),
    "telegram": ("-1001234567890", "123456789", "@example_channel"),
    "matrix": ("@focal:example.org", "#room:example.org"),
    "webhook": ("https://hooks.example.org/a",),
}
PURPOSES: tuple[list[ConsentPurpose] | None, ...] = (
    None,
    [],
    ["activation"],
    ["activation", "drill", "report"],
)


def plainly(kind: ChannelKind, text: str) -> str:
    """An address as it is; what is not among those above is a mistake of the export."""
    if text not in ADDRESSES[kind]:
        raise UserError("another address")
    return text


def read(directory: Directory) -> Directory:
    """What the written file says."""
    text = csv_text(table(directory))
    found, problems = parse_directory(text, file="f", canonical=plainly, roles=ROLES)
    assert found is not None, [problem.text() for problem in problems]
    return found


def an_address(
    dice: random.Random, person: str, kind: ChannelKind, number: int, place: int, address: str
) -> Endpoint:
    purposes = dice.choice(PURPOSES)
    days = dt.timedelta(days=dice.randrange(400), seconds=dice.choice((0, 0, 3661)))
    return Endpoint(
        id=f"{person}-{kind}" + (f"-{number}" if number > 1 else ""),
        person=person,
        kind=kind,
        address=address,
        priority=place,
        audience=wider(audience_of(kind, address), dice.choice(("private", "private", "room", "public"))),
        allow_drill=dice.random() < 0.7,
        purposes=purposes,
        consent_until=dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + days
        if purposes and dice.random() < 0.5
        else None,
    )


def addresses(dice: random.Random, person: str) -> list[Endpoint]:
    """Some addresses of every kind in any order, numbered as a file numbers them."""
    wanted = [
        (kind, address)
        for kind in dice.sample(list(ADDRESSES), dice.randrange(len(ADDRESSES) + 1))
        for address in dice.sample(ADDRESSES[kind], dice.randint(1, len(ADDRESSES[kind])))
    ]
    dice.shuffle(wanted)
    counts: dict[str, int] = {}
    found = []
    for place, (kind, address) in enumerate(wanted, start=1):
        counts[kind] = counts.get(kind, 0) + 1
        found.append(an_address(dice, person, kind, counts[kind], place, address))
    return found


def a_directory(seed: int) -> Directory:
    """Any directory that a file can say."""
    dice = random.Random(seed)
    organizations = [
        Organization(id=f"o{n}", name=dice.choice(("=1+1", "A, B", "-x", f"Org {n}"))) for n in range(3)
    ]
    people, endpoints, bindings, memberships = [], [], [], []
    for number in range(dice.randint(1, 4)):
        id = f"p{number}"
        own = dice.choice([None, "o0", "o1"])
        people.append(
            Person(
                id=id,
                name=dice.choice(
                    ("@SUM(A1)", "'quoted'", "'=x", 'The "chair"', "Élodie, a", "+1", f"Role {number}")
                ),
                languages=dice.choice((["en"], ["ht", "fr"])),
                zone=dice.choice(("UTC", "America/Port-au-Prince")),
                organization=own,
                function=dice.choice(("", "treasurer")) if own else "",
                status=dice.choice(("active", "paused")),
                quiet_hours=QuietHours.parse(dice.choice(("", "22:00-07:00", "13:00-14:00 22:00-06:30"))),
                night_drills=dice.random() < 0.3,
            )
        )
        endpoints += addresses(dice, id)
        for role in dice.sample(ROLES, dice.randint(1, len(ROLES))):
            of = dice.choice((None, "HEA"))
            bindings.append(Binding(role=role, of=of, country="HTI", person=id, rank=dice.randint(1, 3)))
        if dice.random() < 0.5:
            memberships.append(Membership(person=id, organization="o2", function=dice.choice(("", "chair"))))
    used = {person.organization for person in people} | {one.organization for one in memberships}
    held = {RoleRef(role=one.role, of=one.of) for one in bindings}
    vacant = RoleRef(role="focal_point", of="WSH")
    return Directory(
        people=people,
        organizations=[one for one in organizations if one.id in used],
        memberships=memberships,
        endpoints=endpoints,
        bindings=bindings,
        expected=[] if vacant in held else [vacant],
    )


def by_id(directory: Directory) -> Directory:
    """Organizations in one order: in a file they stand where they are first used."""
    return directory.model_copy(
        update={"organizations": sorted(directory.organizations, key=lambda one: one.id)}
    )


@given(st.integers(0, 10**9))
def test_what_was_exported_is_read_back_exactly(seed: int) -> None:
    directory = a_directory(seed)
    again = read(directory)
    assert by_id(again) == by_id(directory)
    assert counted(changes(directory, again)) == {
        "added": 0,
        "changed": 0,
        "unchanged": len(directory.people),
        "left": 0,
    }
    assert besides_people(directory, again) == ()


@pytest.mark.parametrize("cell", ["=1+1", "+12025550101", "-1001", "@name", "\tx", "\rx", "'=1", "''@x"])
def test_no_cell_is_a_formula_when_a_spreadsheet_opens_the_file(cell: str) -> None:
    assert defused(cell)[0] == "'"
    assert as_written(defused(cell)) == cell


@given(st.text(max_size=12))
def test_defusing_is_taken_back_exactly(text: str) -> None:
    assert as_written(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_every_exported_cell_is_defused() -> None:
    """Group 17 of the failures: a name is data, wherever it is opened."""
    directory = Directory(
        people=[Person(id="p1", name="=HYPERLINK(1)")], bindings=[Binding(role="chair", person="p1")]
    )
    assert "p1,'=HYPERLINK(1),,,en,UTC,chair,,,1" in csv_text(table(directory)).splitlines()


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("Amara\r\nBcc: b@example.org", "U+000D"),
        ("Amara\n", "U+000A"),
        ("A\u202ecilA", "U+202E"),
        ("A\u200blice", "U+200B"),
        ("A\u0000", "U+0000"),
        ("A\u2066", "U+2066"),
        ("A" * 10_240, "at most 100"),
    ],
)
def test_a_name_that_could_break_out_of_a_header_or_hide_is_refused(name: str, sign: str) -> None:
    """Group 17 of the failures, names."""
    wrong = bad_name(name)
    assert wrong is not None
    assert sign in wrong


@pytest.mark.parametrize(
    "name",
    ["{{7*7}}", "{name}", "<script>alert(1)</script>", "<!channel>", "<Say>now</Say>", "[x](https://a.example.org)",
     "O'Brien, Jr.", "José Ñandú", "نام\u200cخانوادگی", "%0d%0aBcc:"],
)  # fmt: skip
def test_a_name_that_is_only_odd_is_kept_as_it_is(name: str) -> None:
    """It is never evaluated: group 17 of the failures is the renderer's there, see tests/unit/notify/test_message.py."""
    assert bad_name(name) is None
    directory = Directory(people=[Person(id="p1", name=name)], bindings=[Binding(role="chair", person="p1")])
    assert [person.name for person in read(directory).people] == [name]


def test_a_day_of_consent_counts_until_its_end() -> None:
    assert moment("2027-01-31") == dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
    assert moment_text(moment("2027-01-31")) == "2027-01-31"
    assert moment("2027-01-31T10:00:00+01:00") == dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC)
    assert moment("2027-01-31T10:00:00") is None
    assert moment("31.01.2027") is None
    assert moment("9999-12-31") is None


def test_an_import_says_what_it_would_change_and_shows_no_name_or_address() -> None:
    before = next(found for seed in range(99) if (found := a_directory(seed)).endpoints and found.expected)
    people = [
        before.people[0].model_copy(update={"name": "Another", "zone": "Asia/Manila"}),
        *before.people[1:],
    ]
    bindings = [one for one in before.bindings if one.person != before.people[0].id]
    theirs = before.endpoints[0].model_copy(update={"person": before.people[0].id})
    endpoints = [*before.endpoints, theirs.model_copy(update={"address": "moved@example.org"})]
    newcomer = Person(id="zz", name="New")
    after = before.model_copy(
        update={"people": [*people, newcomer], "bindings": bindings, "endpoints": endpoints, "expected": []}
    )
    told = changes(before, after)
    assert told[0] == Change("p0", "changed", ("addresses", "name", "roles", "zone"))
    assert told[-1] == Change("zz", "added")
    assert changes(after, before)[-1] == Change("zz", "left")
    assert besides_people(before, after) == ("vacant roles",)


def test_people_who_are_probably_one_are_offered_and_a_room_is_no_proof() -> None:
    def at(person: str, kind: ChannelKind, address: str) -> Endpoint:
        return Endpoint(
            id=f"{person}-{kind}",
            person=person,
            kind=kind,
            address=address,
            audience=audience_of(kind, address),
        )

    directory = Directory(
        people=[
            Person(id="a", name="Jean-Rémi Desir", organization="o"),
            Person(id="b", name="DESIR Jean Remi", organization="o"),
            Person(id="c", name="Health lead"),
            Person(id="d", name="Logistics lead"),
            Person(id="e", name="Health Lead", organization="o", status="left"),
        ],
        endpoints=[
            at("a", "sms", "+12025550101"),
            at("c", "whatsapp", "+12025550101"),
            at("c", "slack", "C0123ABCD"),
            at("d", "slack", "C0123ABCD"),
        ],
    )
    assert [one.text for one in duplicates(directory)] == [
        "a and b: they have the same name, in the same organization",
        "a and c: they share an address",
    ]


def test_the_sample_has_no_duplicates() -> None:
    text = FILE.read_text(encoding="utf-8")
    roles = {line.split(",")[7] for line in text.splitlines()[1:]}
    found, _ = parse_directory(
        text, file="f", canonical=lambda _kind, address: address, roles=roles | {"chair"}
    )
    assert found is None or duplicates(found) == ()
