"""The page: one file, readable without script and network, usable by keyboard."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from konbit.render.html import html
from konbit.render.live import Live
from konbit.render.svg import COLOURS
from tests.unit.render.charts import HOSTILE
from tests.unit.render.shipped import NAMES, plans

CHROMIUM = Path("/usr/bin/chromium")


class Reader(HTMLParser):
    """Collects ids, references and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.languages: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps what the tests ask for."""
        found = dict(attrs)
        self.tags.append(tag)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        for name in ("href", "src", "for", "aria-labelledby"):
            if found.get(name):
                self.references += [f"#{part.lstrip('#')}" for part in (found[name] or "").split()]
        if tag == "section":
            self.languages.append(found.get("lang") or "")

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_the_page_refers_to_nothing_outside_itself(name: str) -> None:
    text = html(plans()[name])
    read = Reader(text)
    assert len(read.ids) == len(set(read.ids))
    assert {reference.lstrip("#") for reference in read.references} <= set(read.ids)
    assert not {"img", "link", "iframe", "object"} & set(read.tags)
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text


def test_every_step_is_in_the_table_and_is_linked_from_the_picture() -> None:
    read = Reader(html(plans()["recovery/deactivation"], language="en", languages=[]))
    rows = [id for id in read.ids if re.fullmatch(r"k-en-row-\d+", id)]
    assert len(rows) == 11
    assert {f"#{row}" for row in rows} <= set(read.references)


def test_the_languages_of_the_chart_can_be_chosen_and_the_wanted_one_comes_first() -> None:
    read = Reader(html(plans()["response/activation"], language="fr"))
    assert read.languages == ["fr", "en", "ht"]
    assert "Kreyòl ayisyen" in read.text


def test_no_text_becomes_markup() -> None:
    read = Reader(html(plans()["everything"]))
    assert "b" not in read.tags
    assert HOSTILE in read.text


def test_the_state_of_a_run_is_in_the_table_and_the_legend() -> None:
    live = Live({"verify": "confirmed"}, {"decide": "waiting for the chair"})
    read = Reader(html(plans()["response/activation"], live=live, languages=[]))
    assert "Now: waiting for the chair" in read.text
    assert "Done: confirmed" in read.text


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", sorted({*COLOURS.values(), "#48525a", "#59636b", "#0b3d66", "#111111"}))
@pytest.mark.parametrize("ground", ["#ffffff", "#f6f8fa", "#eef1f4"])
def test_texts_have_the_contrast_of_wcag_aa(colour: str, ground: str) -> None:
    assert (luminance(ground) + 0.05) / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium")
def test_the_page_is_usable_by_keyboard_and_has_no_findings_of_axe(tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only where there is a browser
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    file = tmp_path / "chart.html"
    file.write_text(html(plans()["response/activation"]), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(file.as_uri())
        first = page.locator("section[lang=en] svg a").first
        first.focus()
        page.keyboard.press("ArrowDown")
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert name
        assert not name.startswith("1.")
        page.keyboard.press("Enter")
        panel = page.locator("section[lang=en] .details")
        assert panel.is_visible()
        assert panel.inner_text().strip()
        page.keyboard.press("Escape")
        assert panel.is_hidden()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name
        found = Axe().run(page)
        assert [one["id"] for one in found.response["violations"]] == []
        page.locator("label[for=language-fr]").click()
        assert page.locator("section[lang=fr]").is_visible()
        assert page.locator("section[lang=en]").is_hidden()
        assert errors == []
        browser.close()
