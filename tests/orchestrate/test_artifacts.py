"""What operators see: keys that Prefect takes, Mermaid and tables that their content cannot break, no persons."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.calldown import Tally
from konbit.domain.desk import ReportDocument
from konbit.domain.matching import Balance, BalanceRow
from konbit.domain.needs import Need
from konbit.orchestrate import artifacts
from konbit.orchestrate.exhibits import Silence, Vacancy

pytestmark = pytest.mark.prefect

ALLOWED = set(string.ascii_lowercase + string.digits + "-")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    kept: dict[str, str] = {}
    monkeypatch.setattr(
        artifacts, "create_markdown_artifact", lambda text, key, _: kept.__setitem__(key, text)
    )
    return kept


@given(st.text(), st.text())
def test_a_key_has_only_what_prefect_allows(run: str, part: str) -> None:
    assert set(artifacts.key(run, part)) <= ALLOWED


@given(st.text(alphabet="`~ab\n"))
def test_a_fence_is_longer_than_any_in_its_content(text: str) -> None:
    first, *_ = artifacts.fenced(text).splitlines()
    fence = first.removesuffix("mermaid")
    assert set(fence) == {"`"}
    assert fence not in text


@given(st.text())
def test_a_cell_of_a_table_stays_in_its_cell(text: str) -> None:
    row = artifacts.table(["head"], [[text]]).splitlines()[2]
    assert len(row.replace(r"\|", "").split("|")) == 3


def test_a_long_table_says_how_many_rows_it_leaves_out() -> None:
    assert artifacts.table(["n"], [[n] for n in range(203)]).endswith("and 3 more.\n")


def test_critical_roles_stand_first_among_the_silent(written: dict[str, str]) -> None:
    artifacts.silent(
        "run-1",
        [
            Silence("call_down", "focal_point", "1 of 2", "12:00"),
            Silence("call_down", "chair", "2 of 2", "12:00", critical=True),
        ],
    )
    text = written["run-1-silent"]
    assert text.startswith("# Silent: 2")
    assert text.index("chair") < text.index("focal")


def test_needs_with_a_gap_stand_first_and_a_need_that_is_met_shows_none(written: dict[str, str]) -> None:
    met = Need(cluster="HEA", place="HT07", item="kit", quantity=5, unit="piece")
    open_ = Need(cluster="WSH", place="HT08", item="jerrycan", quantity=9, unit="piece")
    balance = Balance(
        rows=(BalanceRow(need=met, allocations=(), gap=0), BalanceRow(need=open_, allocations=(), gap=4))
    )
    artifacts.needs_against_offers("run-1", balance.model_dump(mode="json"))
    text = written["run-1-needs-and-offers"]
    assert "2 needs, 1 with a gap" in text
    assert text.index("WSH") < text.index("HEA")
    assert "| WSH | HT08 | jerrycan | 9 | piece | 4 |" in text


def test_a_report_says_how_many_rows_are_held_back(written: dict[str, str]) -> None:
    document = ReportDocument("r", "situation_report", 3, "Situation report", "# Facts", quarantined=2)
    artifacts.situation("run-1", document)
    assert written["run-1-report-situation-report"] == (
        "2 rows are held back until somebody corrects them.\n\n# Facts"
    )


def test_a_roster_shows_sizes_and_no_persons(written: dict[str, str]) -> None:
    artifacts.roster("run-1", "call_down", [("chair", 1, [1, 2], True), ("focal_point.HEA", 1, [], False)])
    text = written["run-1-asked-call-down"]
    assert "2 roles, 1 without anybody" in text
    assert "| chair | 1 | 1 / 2 | yes |" in text
    assert "nobody" in text


def test_an_artifact_that_cannot_be_written_does_not_undo_the_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_args: object) -> None:
        raise ConnectionError("secret.example.org")

    monkeypatch.setattr(artifacts, "create_markdown_artifact", refuse)
    monkeypatch.setattr(artifacts, "create_progress_artifact", refuse)
    artifacts.chart("run-1", "x")
    artifacts.progress("run-1", 1, 2)
    assert "ConnectionError" in caplog.text
    assert "secret" not in caplog.text


def test_outside_of_a_flow_nothing_is_written(written: dict[str, str]) -> None:
    assert artifacts.current_run() == ""
    artifacts.chart(artifacts.current_run(), "x")
    assert written == {}


def test_a_vacant_role_stands_apart_from_those_who_are_silent(written: dict[str, str]) -> None:
    artifacts.silent(
        "run-1", [], [Vacancy("call_down", "cluster_lead.WSH"), Vacancy("verify", "chair", critical=True)]
    )
    text = written["run-1-silent"]
    assert "Everybody who was asked has answered." in text
    assert "# Vacant: 2" in text
    assert text.index("chair") < text.index("cluster")


def test_a_call_down_shows_counts_and_reach(written: dict[str, str]) -> None:
    tally = Tally("call_down", 40, 38, 20, 12, 3, 23, 2, [(30, 4), (36, 9), (38, 12), (38, 15)])
    artifacts.calldown("run-1", [tally])
    text = written["run-1-call-down"]
    assert "| call\\_down | 40 | 38 | 20 | 12 | 3 | 23 | 2 |" in text
    assert "| call\\_down | 30 / 4 of 40 | 36 / 9 of 40 | 38 / 12 of 40 | 38 / 15 of 40 |" in text
