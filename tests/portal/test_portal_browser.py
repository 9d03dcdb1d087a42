"""The page in a real browser: a small phone, no scripts, a keyboard, and an accessibility check."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, ViewportSize, sync_playwright

from konbit.definition.base import LANGUAGES
from tests.portal.sample import ROW, Site, addressee, site

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 360, "height": 640}
PERSON = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
"""A browser without a screen says so, and its presses are doubted; people have a phone."""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def at() -> Iterator[tuple[Site, str]]:
    """A portal on loopback, and its address."""
    portal = site(minimum_seconds=0)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(portal.app, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield portal, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()


def open_page(
    chromium: Browser,
    url: str,
    *,
    scripts: bool = False,
    scheme: Literal["light", "dark"] = "light",
) -> Page:
    """The page on a phone; scripts run only for the checker, which then needs to get past our policy."""
    context = chromium.new_context(
        viewport=PHONE,
        user_agent=PERSON,
        java_script_enabled=scripts,
        color_scheme=scheme,
        bypass_csp=scripts,
    )
    page = context.new_page()
    page.goto(url)
    return page


def test_keyboard_alone_answers_without_scripts(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}")
    for _ in range(5):  # four other languages, then the first choice
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("by phone")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"done=1"))
    assert "Thank you. Your answer is recorded." in page.content()
    (reply,) = portal.desk.replies
    assert reply.verdict == "accept"
    assert reply.data["note"] == "by phone"
    assert reply.data["available_within"] in ("2h", "6h")
    page.context.close()


def test_focus_can_be_seen(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}", scripts=True)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.context.close()


def test_traps_are_out_of_sight_and_out_of_the_way(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}")
    assert not page.locator("[name=spare]").is_visible()
    assert not page.locator("[name=second_reference]").is_visible()
    assert page.get_by_role("button").count() == 3
    page.context.close()


def test_refusal_needs_no_field(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}?lang=ht")
    page.get_by_role("button", name="Mwen pa kapab").click()
    page.wait_for_url(re.compile(r"done=1&lang=ht"))
    assert portal.desk.replies[0].verdict == "decline"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("changes", "language"),
    [
        ({}, "en"),
        ({"form": "observation"}, "fr"),
        ({"form": "offer", "mode": "actual"}, "fil"),
        ({"form": "decision", "options": ["full", "monitor"]}, "es"),
        ({"state": "closed"}, "ht"),
        ({"state": "ended"}, "en"),
    ],
)
def test_page_has_no_accessibility_violation_and_fits_a_phone(
    chromium: Browser,
    at: tuple[Site, str],
    changes: dict[str, object],
    language: str,
    scheme: Literal["light", "dark"],
) -> None:
    portal, base = at
    portal.desk.rows[ROW] = row = addressee(**changes, languages=[language])
    page = open_page(chromium, f"{base}/a/{portal.token(row.mode)}", scripts=True, scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()


def test_the_thanks_are_announced_and_accessible(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}", scripts=True)
    page.get_by_role("button", name="I cannot").click()
    page.wait_for_url(re.compile(r"done=1"))
    assert page.get_by_role("status").get_by_role("heading").is_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.context.close()


def test_errors_are_announced_linked_and_accessible(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}", scripts=True)
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="I can act").click()
    alert = page.get_by_role("alert")
    assert "Please answer this question." in alert.inner_text()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    alert.get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "f_available_within"
    assert portal.desk.replies == []
    page.context.close()


def opened(page: Page, url: str) -> list[int]:
    """Bytes of the body of each request that a page makes."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  playwright wraps no built-in
    with page.expect_event("requestfinished"):
        page.goto(url, wait_until="networkidle")
    return [request.sizes()["responseBodySize"] for request in requests]


def test_one_request_of_less_than_thirty_kilobytes_is_all(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    portal.desk.rows[ROW] = addressee(form="observation", values={"country": "HTI"})
    context = chromium.new_context(viewport=PHONE, user_agent=PERSON)
    page = context.new_page()
    weights = opened(page, f"{base}/a/{portal.token()}")
    assert len(weights) == 1
    assert weights[0] < 30_000
    context.close()


def test_tap_targets_are_large(chromium: Browser, at: tuple[Site, str]) -> None:
    portal, base = at
    page = open_page(chromium, f"{base}/a/{portal.token()}", scripts=True)
    for target in page.locator(
        "nav a, main label.pick, main button:visible, main input[type=text]:visible"
    ).all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_policy_allows_the_style_of_the_page(chromium: Browser, at: tuple[Site, str], language: str) -> None:
    portal, base = at
    context = chromium.new_context(viewport=PHONE, user_agent=PERSON)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{base}/a/{portal.token()}?lang={language}")
    drill = page.locator("header .drill")
    assert drill.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(255, 212, 0)"
    assert complaints == []
    context.close()


@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-scripts"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_answered_with_and_without_scripts_on_a_light_page(
    chromium: Browser, at: tuple[Site, str], language: str, *, scripts: bool
) -> None:
    """The whole way in a language: opened in one small request, answered by its buttons, thanked."""
    portal, base = at
    portal.desk.rows[ROW] = addressee(languages=[language])
    context = chromium.new_context(viewport=PHONE, user_agent=PERSON, java_script_enabled=scripts)
    page = context.new_page()
    weights = opened(page, f"{base}/a/{portal.token()}")
    assert page.locator("html").get_attribute("lang") == language
    assert len(weights) == 1
    assert weights[0] < 30_000
    page.locator("label.pick").first.click()
    page.locator("button[value=accept]").click()
    page.wait_for_url(re.compile(r"done=1"))
    assert portal.desk.replies[0].verdict == "accept"
    context.close()
