"""The page on which people confirm an address or their entry, in a real browser: a small phone, with and without scripts."""

import datetime as dt
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from konbit.definition.base import LANGUAGES
from konbit.domain.directory import Verification
from konbit.notify.links import Purpose
from konbit.portal.app import create_app
from konbit.portal.desk import StoreDesk
from konbit.portal.page import Content
from konbit.store.confirmations import ConfirmationKind
from konbit.store.database import Store
from tests import tables
from tests.portal.sample import NOW, UNIT, SetClock, codelists
from tests.portal.test_portal_browser import CHROMIUM, PERSON, PHONE, chromium, open_page, opened
from tests.portal.test_portal_confirm import DIRECTORY, MAIL, SIGNER

__all__ = ["chromium"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]
Link = Callable[[ConfirmationKind], str]
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of what the tests see, for people to look at."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one person who has two addresses."""
    found = Store(tables.sqlite_with_tables(tmp_path), durability="normal")
    with found.begin() as tx:
        tx.directory.replace_country(DIRECTORY, "HTI")
    yield found
    found.close()


@pytest.fixture
def link(store: Store) -> Iterator[Link]:
    """A portal on loopback; gives a new link to it."""
    clock, desk = SetClock(), StoreDesk(store)
    content = Content(desk.bundle, codelists(), UNIT)
    app = create_app(
        desk,
        SIGNER,
        clock,
        content,
        page_key=b"p" * 32,
        wall=clock.now,
        confirmations=desk,
        minimum_seconds=0,
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    until = NOW + dt.timedelta(hours=72)

    def made(kind: ConfirmationKind) -> str:
        with store.begin() as tx:
            row = tx.confirmations.ask(MAIL, kind, NOW, until)
        port = listener.getsockname()[1]
        return f"http://127.0.0.1:{port}/v/{SIGNER.mint(Purpose.VERIFY, 'actual', row, until)}"

    yield made
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()


def verified(store: Store) -> Verification:
    with store.read() as tx:
        return next(one.verification for one in tx.directory.endpoints_of(["p1"]) if one.id == "p1-mail")


@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-scripts"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_confirmed_with_and_without_scripts_on_a_light_page(
    chromium: Browser, link: Link, store: Store, language: str, *, scripts: bool
) -> None:
    context = chromium.new_context(viewport=PHONE, user_agent=PERSON, java_script_enabled=scripts)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    weights = opened(page, f"{link('address')}?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    assert len(weights) == 1
    assert weights[0] < 30_000
    assert verified(store) == "unverified", "opening it says nothing"
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/confirm-{language}.png", full_page=True)
    page.locator("button[value=confirmed]").click()
    page.wait_for_load_state()
    assert page.get_by_role("status").is_visible()
    assert page.locator("html").get_attribute("lang") == language
    assert verified(store) == "verified"
    assert complaints == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/confirmed-{language}.png", full_page=True)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("kind", "press", "language"),
    [
        ("address", None, "en"),
        ("entry", None, "fr"),
        ("address", "confirmed", "ht"),
        ("address", "wrong_person", "es"),
        ("entry", "incorrect", "fil"),
    ],
)
def test_the_page_has_no_accessibility_violation_and_fits_a_phone(
    chromium: Browser,
    link: Link,
    kind: ConfirmationKind,
    press: str | None,
    language: str,
    scheme: Literal["light", "dark"],
) -> None:
    page = open_page(chromium, f"{link(kind)}?lang={language}", scripts=True, scheme=scheme)
    if press:
        page.locator(f"button[value={press}]").click()
        page.wait_for_load_state()
        assert page.get_by_role("status").is_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for target in page.locator("nav a, main button:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{kind}-{press or 'open'}-{language}-{scheme}.png", full_page=True)
    page.context.close()


def test_keyboard_alone_confirms_an_entry_without_scripts(
    chromium: Browser, link: Link, store: Store
) -> None:
    page = open_page(chromium, link("entry"))
    for _ in range(5):  # four other languages, then the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"lang=fr"))
    assert page.get_by_role("status").is_visible()
    with store.read() as tx:
        assert tx.directory.people_by_ids(["p1"])["p1"].confirmed_at is not None
    page.context.close()


def test_traps_are_out_of_sight_and_the_address_is_masked(chromium: Browser, link: Link) -> None:
    page = open_page(chromium, link("entry"))
    assert not page.locator("[name=spare]").is_visible()
    assert not page.locator("[name=second_reference]").is_visible()
    assert page.get_by_role("button").count() == 3
    assert "lead@example.org" not in page.content()
    page.context.close()
