"""Shows requests and takes answers. Showing reads only; an answer is stored before the browser is told so."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping

from pydantic import JsonValue
from starlette.responses import RedirectResponse, Response

from konbit.clock import Clock, wall_now
from konbit.definition.bundle import Bundle
from konbit.errors import InvalidToken
from konbit.notify.links import ExpiredToken, Purpose, Signer
from konbit.portal.failures import FailureBuckets
from konbit.portal.nonces import Nonces
from konbit.portal.page import OPENED, Attempt, Content, build, language_of
from konbit.portal.pages import Pages
from konbit.portal.ports import Addressee, AnswerDesk, Verdict
from konbit.portal.questions import sheet
from konbit.portal.reading import Sent, notes, read

CHANNEL = "link"
TRAPS = ("spare", "second_reference")
"""What no person can see and only a machine fills in."""
_SCANNER = re.compile(
    r"bot\b|crawler|spider|preview|scanner|safelinks|proofpoint|mimecast|barracuda|urldefense|facebookexternalhit"
    r"|slackbot|whatsapp/|telegrambot|skypeuripreview|headless",
    re.IGNORECASE,
)
"""Programs that fetch links and say so. Opening changes nothing for anybody; an answer of theirs is in doubt."""
_VERDICTS: Mapping[str, Verdict] = {"accept": "accept", "decline": "decline", "wrong_person": "wrong_person"}


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser: the link, whose it is, and how the page is to be shown."""

    token: str
    client: str | None
    wanted: str | None = None
    """The language asked for by the switch."""
    done: bool = False
    agent: str = ""
    """What the browser calls itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A visit with a valid link."""

    visit: Visit
    row_id: int
    addressee: Addressee
    bundle: Bundle
    now: dt.datetime


class Answering:
    """The two things that a link can do."""

    def __init__(
        self,
        desk: AnswerDesk,
        signer: Signer,
        clock: Clock,
        content: Content,
        pages: Pages,
        nonces: Nonces,
        failures: FailureBuckets,
        wall: Callable[[], dt.datetime] = wall_now,
    ) -> None:
        self._desk = desk
        self._signer = signer
        self._clock = clock
        self._content = content
        self._pages = pages
        self._nonces = nonces
        self._failures = failures
        self._wall = wall

    def show(self, visit: Visit) -> Response:
        """The page of the request; changes nothing, however often and by whom it is opened."""
        case = self._open(visit)
        return case if isinstance(case, Response) else self._page(case, Attempt(done=visit.done))

    def take(self, visit: Visit, sent: Sent) -> Response:
        """Stores the answer and sends the browser to the page that shows it, or shows what is wrong with it.

        An answer to a run that has ended is kept as late like any other, but the response says that it has ended.
        """
        case = self._open(visit)
        if isinstance(case, Response):
            return case
        trouble = self._doubt(case, sent) or self._store(case, sent)
        if case.addressee.state == "ended":
            case = self._open(visit)
            return case if isinstance(case, Response) else self._page(case, Attempt(status=410))
        if trouble is not None:
            return self._page(case, trouble)
        return RedirectResponse(f"?done=1&lang={self._language(case)}", 303)

    def ping(self) -> None:
        """Returns if answers can be stored now."""
        self._desk.ping()

    def _doubt(self, case: Case, sent: Sent) -> Attempt | None:
        """Why this may not have been a person on our page; what was filled in is shown again, and no answer is stored.

        What only a machine does is told to the run: the person has perhaps seen it, and is asked on another channel.
        """
        finding = self._nonces.check(case.visit.token, _first(sent, "nonce"))
        if finding == "forged":
            return Attempt(status=403, sent=sent, notice="press_again")
        if finding == "stale":
            return Attempt(status=422, sent=sent, notice="stale")
        if (
            finding == "hasty"
            or any(_first(sent, trap) for trap in TRAPS)
            or _SCANNER.search(case.visit.agent)
        ):
            self._desk.doubt(case.row_id, at=case.now, wall=self._wall())
            return Attempt(status=422, sent=sent, notice="press_again")
        return None

    def _store(self, case: Case, sent: Sent) -> Attempt | None:
        """Stores the answer; None if it is stored."""
        verdict = _VERDICTS.get(_first(sent, "verdict"))
        language = self._language(case)
        asked = sheet(case.addressee, case.bundle, self._content.codelists, language)
        if verdict is None or (verdict == "decline" and asked.decline is None):
            return Attempt(status=422, sent=sent, notice="press_again")
        data: dict[str, JsonValue] = {}
        if verdict == "accept":
            reading = read(asked.questions, sent, self._content.codelists, language)
            if reading.faults:
                return Attempt(status=422, sent=sent, faults=reading.faults)
            data = {**asked.fixed, **reading.data}
            verdict = asked.verdict(data)
        elif verdict == "decline":
            data = notes(asked.questions, sent)
        nonce, wall = _first(sent, "nonce"), self._wall()
        became = self._desk.accept(
            case.row_id, verdict, data, channel=CHANNEL, at=case.now, nonce=nonce, wall=wall
        )
        return Attempt(status=422, sent=sent, notice="doubted") if became == "suspect" else None

    def _language(self, case: Case) -> str:
        return language_of(case.addressee, case.bundle, case.visit.wanted)[0]

    def _open(self, visit: Visit) -> Case | Response:
        """The request behind a link, or the page that says why there is none."""
        now = self._clock.now()
        try:
            claims = self._signer.read(visit.token, now, purpose=Purpose.ANSWER)
        except ExpiredToken as error:
            # What the token says of its time was a guess: a deadline may have been moved since. The row knows.
            claims = error.claims
        except InvalidToken:
            if self._failures.failed(visit.client):
                return self._pages.notice("too_many", 429, {"Retry-After": "60"})
            return self._pages.notice("invalid", 404)
        addressee = self._desk.addressee(claims.row_id)
        if addressee is None or addressee.mode != claims.mode:
            return self._pages.notice("invalid", 404)
        if addressee.expires_at is not None and now >= addressee.expires_at:
            return self._pages.notice("expired", 410)
        return Case(visit, claims.row_id, addressee, self._content.bundle(addressee.digest), now)

    def _page(self, case: Case, attempt: Attempt = OPENED) -> Response:
        page = build(self._content, case.addressee, case.bundle, case.visit.wanted, attempt)
        return self._pages.request(page, self._nonces.make(case.visit.token), attempt.status)


def _first(sent: Sent, name: str) -> str:
    return next(iter(sent.get(name, [])), "")
