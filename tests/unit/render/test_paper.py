"""The printed sheets: every step with its blanks, every message with boxes to fill in, in five languages."""

import re
import subprocess
from pathlib import Path

import pytest

from konbit.definition.base import LANGUAGES, pick
from konbit.render.paper import blanks, css_text, paper
from konbit.render.rows import rows
from tests.unit.render.charts import HOSTILE
from tests.unit.render.shipped import NAMES, plans
from tests.unit.render.test_html import Reader

CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_step_has_a_row_in_the_chosen_language(name: str, language: str) -> None:
    plan = plans()[name]
    read = Reader(paper(plan, language=language))
    table = rows(plan, language)
    assert read.tags.count("tr") == len(table) + 1
    for row in table:
        assert row.title in read.text
        assert row.who in read.text


def test_a_row_says_who_by_when_and_what_happens_on_silence() -> None:
    verify = rows(plans()["response/activation"], "en")[0]
    assert (verify.title, verify.who, verify.by_when) == (
        "Verify the event",
        "Country facilitator",
        "within 2h",
    )
    assert verify.next_asked == ("45m: backup",)
    assert verify.silent == "Tell Chair of the response unit, Humanitarian hub"
    assert verify.others == (
        ("contradicted", "Tell Chair of the response unit, Humanitarian hub, End: monitor"),
    )
    assert "verify_event" in verify.messages
    assert "feed_alone" in verify.messages


def test_rows_say_under_which_condition_they_happen() -> None:
    found = {row.id: row.context for row in rows(plans()["response/activation"], "en")}
    assert found["verify"] == ""
    assert found["confirm_full"] == "Only if: decide.answer == 'full'"
    assert found["interim"] == "5: uncovered"
    assert found["link"] == "for each cluster"
    assert found["assessment"] == "At the same time: needs"


def test_conditions_and_lanes_are_written_as_they_are() -> None:
    found = {row.id: dict(row.others) for row in rows(plans()["response/activation"], "en")}
    assert found["which_notice"]["decide.answer == 'full' and confirm_full.outcome == 'confirmed'"] == "→ 10"
    assert found["first_hours"]["notices"] == "→ 8, → 9"


def test_the_head_has_title_version_digest_and_blanks() -> None:
    plan = plans()["response/activation"]
    text = Reader(paper(plan, language="ht")).text
    for said in (
        pick(dict(plan.bundle.flowchart.title), "ht"),
        plan.digest[:12],
        "Vèsyon 1",
        "Dat",
        "egzèsis",
    ):
        assert said in text


def test_every_message_that_can_be_sent_is_written_out_with_blanks() -> None:
    plan = plans()["response/activation"]
    text = paper(plan, language="fr")
    used = {name for row in rows(plan, "fr") for name in row.messages}
    assert {"activation_call", "stand_down"} <= used | {"stand_down"}
    for name in used:
        assert name in text
    assert '<span class="blank">' in text
    assert not re.search(r"\{[a-z_]+\}</p>", text)


def test_placeholders_become_boxes_and_markup_stays_text() -> None:
    assert blanks("<i>{country_name}</i>") == '&lt;i&gt;<span class="blank">country name</span>&lt;/i&gt;'
    assert blanks("{not a name}") == "{not a name}"


def test_no_text_ends_the_style_it_stands_in() -> None:
    assert css_text('a"</style>\\') == '"a\\22 \\3c \\2f style\\3e \\5c "'
    read = Reader(paper(plans()["everything"]))
    assert "b" not in read.tags
    assert HOSTILE in read.text


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium")
def test_the_sheets_print_on_a4_with_page_numbers(tmp_path: Path) -> None:
    source, target = tmp_path / "sheet.html", tmp_path / "sheet.pdf"
    source.write_text(paper(plans()["response/activation"]), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(
        [
            str(CHROMIUM),
            *arguments,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    pdf = target.read_bytes()
    assert pdf.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert box is not None
    assert (round(float(box[1])), round(float(box[2]))) == (842, 595)
