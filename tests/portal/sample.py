"""One request after the earthquake in Haiti, its links, and a portal in front of a desk in memory."""

import asyncio
import datetime as dt
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import yaml
from fastapi import FastAPI

from konbit.clock import UTC
from konbit.definition.base import Mode
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists, parse_codelist
from konbit.definition.content import Form, Message, Role
from konbit.definition.flowchart import Flowchart
from konbit.notify.links import Purpose, Signer
from konbit.portal.app import MINIMUM_SECONDS, create_app
from konbit.portal.page import Content
from konbit.portal.ports import Addressee
from konbit.testing.answers import MemoryAnswerDesk

DEFINITIONS = Path(__file__).parents[2] / "definitions"
NOW = dt.datetime(2021, 8, 14, 16, 0, tzinfo=UTC)
UNTIL = NOW + dt.timedelta(hours=2)
ROW = 4_711
UNIT = {"en": "HDERU", "fr": "HDERU", "ht": "HDERU"}

ACTIVATION_CALL = {
    "subject": {
        "en": "Activated: {hazard}, {country}. Can you act?",
        "fr": "Activation : {hazard}, {country}. Pouvez-vous agir ?",
        "ht": "Aktive: {hazard}, {country}. Èske ou ka aji?",
        "es": "Activado: {hazard}, {country}. ¿Puede actuar?",
        "fil": "Pinagana: {hazard}, {country}. Makakakilos ka ba?",
    },
    "body": {
        "en": "{name}, the unit is activated for {areas}.\nSay by {deadline} whether you can act: {link}\nRef: {ref}",
        "fr": "{name}, l'unité est activée pour {areas}.\nDites avant {deadline} si vous pouvez agir : {link}",
        "ht": "{name}, inite a aktive pou {areas}.\nDi anvan {deadline} si ou ka aji: {link}",
        "es": "{name}: la unidad está activada por {areas}.\nDiga antes de {deadline} si puede actuar: {link}",
        "fil": "{name}, pinagana ang yunit para sa {areas}.\nSabihin kung makakakilos ka: {link}",
    },
}
FLOWCHART = {
    "flowchart": "response/activation",
    "title": {"en": "Activate the response unit", "fr": "Activer l'unité d'urgence"},
    "version": 1,
    "owner": "chair",
    "parameters": {"country": {"type": "country"}, "hazard": {"type": "hazard"}, "areas": {"type": "places"}},
    "steps": [{"id": "call", "contact": {"who": "chair", "message": "activation_call"}, "within": "2h"}],
}
REFUSING = {
    "form": "refusing",
    "title": "Can you?",
    "record": "availability",
    "fields": [
        {
            "name": "can",
            "type": "choice",
            "required": True,
            "label": "Can you?",
            "of": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No", "means": "decline"}],
        }
    ],
}


@cache
def codelists() -> CodeLists:
    """The code lists of the repository."""
    files = sorted((DEFINITIONS / "codes").glob("*.yaml"))
    return CodeLists(parse_codelist(yaml.safe_load(file.read_text("utf-8"))) for file in files)


@cache
def bundle() -> Bundle:
    """A plan with every form of the repository."""
    files = sorted((DEFINITIONS / "forms").glob("*.yaml"))
    forms = {file.stem: Form.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files}
    forms["refusing"] = Form.model_validate(REFUSING)
    return Bundle(
        flowchart=Flowchart.model_validate(FLOWCHART),
        forms=forms,
        messages={"activation_call": Message.model_validate(ACTIVATION_CALL)},
        roles={
            "cluster_lead": Role.model_validate(
                {"title": {"en": "Cluster lead", "fr": "Responsable de secteur"}, "per": "cluster"}
            )
        },
    )


def addressee(**changes: object) -> Addressee:
    """The lead for health, asked in a drill whether they can act."""
    given: dict[str, object] = {
        "digest": bundle().digest,
        "mode": "drill",
        "name": "Health lead of the Boston chapter",
        "languages": ["en"],
        "zone": "America/New_York",
        "slot": "cluster_lead.HEA",
        "title": {"en": "Call-down", "fr": "Appel des points focaux"},
        "question": "activation_call",
        "form": "availability",
        "values": {"country": "HTI", "hazard": "EQ", "areas": ["HT07", "HT08"]},
        "closes_at": UNTIL,
    }
    return Addressee.model_validate({**given, **changes})


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> dt.datetime:
        """The moment it was set to."""
        return self.at

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The same moment."""
        return moment

    def advance(self, **lengths: float) -> None:
        """Moves it on."""
        self.at += dt.timedelta(**lengths)


class Browser:
    """Sends single requests to an application, as a browser without scripts would."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def request(
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, str | list[str]] | None = None,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        client: str = "192.0.2.7",
    ) -> httpx.Response:
        """One request; `fields` is a form that was filled in."""
        if fields is not None:
            content = urllib.parse.urlencode(fields, doseq=True).encode()
            headers = {"content-type": "application/x-www-form-urlencoded"} | (headers or {})

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(client, 5000))
            async with httpx.AsyncClient(
                transport=transport, base_url="https://answers.example.org"
            ) as session:
                return await session.request(method, path, content=content, headers=headers)

        return asyncio.run(send())


@dataclass
class Site:
    """A portal, its desk, and a browser without scripts."""

    app: FastAPI
    desk: MemoryAnswerDesk[Addressee]
    clock: SetClock
    signer: Signer
    browser: Browser

    def token(
        self, mode: Mode = "drill", row: int = ROW, purpose: Purpose = Purpose.ANSWER, hours: float = 72
    ) -> str:
        """A link's token."""
        return self.signer.mint(purpose, mode, row, NOW + dt.timedelta(hours=hours))

    def open(self, token: str | None = None, query: str = "") -> str:
        """What the page says."""
        response = self.browser.request("GET", f"/a/{token or self.token()}{query}")
        assert response.status_code == 200
        return response.text

    def answer(
        self,
        token: str | None = None,
        *,
        verdict: str = "accept",
        nonce: str | None = None,
        **fields: str | list[str],
    ) -> httpx.Response:
        """Opens the page, reads it for ten seconds, fills it in and presses a button."""
        link = token or self.token()
        sent = {"nonce": nonce or self.nonce(link), "verdict": verdict, "second_reference": ""}
        return self.browser.request(
            "POST", f"/a/{link}", fields={**sent, **{f"f_{k}": v for k, v in fields.items()}}
        )

    def nonce(self, token: str | None = None) -> str:
        """The nonce of a page opened now, and then read for ten seconds."""
        nonce = nonce_in(self.open(token))
        self.clock.advance(seconds=10)
        return nonce


def site(row: Addressee | None = None, *, minimum_seconds: float = MINIMUM_SECONDS) -> Site:
    """A portal for one request."""
    clock = SetClock()
    signer = Signer({1: b"k" * 32}, 1)
    desk = MemoryAnswerDesk({ROW: row or addressee()})
    content = Content(lambda digest: {bundle().digest: bundle()}[digest], codelists(), UNIT)
    app = create_app(
        desk, signer, clock, content, page_key=b"p" * 32, wall=clock.now, minimum_seconds=minimum_seconds
    )
    return Site(app, desk, clock, signer, Browser(app))


def nonce_in(page: str) -> str:
    """The nonce that the form of a page sends back."""
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found
    return found[1]
