"""The page on which somebody confirms that an address is theirs, or that all that is written about them is right.

It follows the rules of the answer page: opening it changes nothing, a press must come from our own page, not too fast and
not through a trap.
"""

from collections.abc import Mapping
from typing import Literal

from starlette.responses import RedirectResponse, Response

from konbit.clock import Clock
from konbit.definition.base import LANGUAGES
from konbit.errors import InvalidToken
from konbit.notify.links import ExpiredToken, Purpose, Signer
from konbit.portal.answering import TRAPS, Visit
from konbit.portal.failures import FailureBuckets
from konbit.portal.nonces import Nonces
from konbit.portal.pages import Pages
from konbit.portal.ports import ConfirmationDesk, Entry
from konbit.portal.reading import Sent
from konbit.portal.words import best_language

_OUTCOMES: Mapping[str, Literal["confirmed", "incorrect", "wrong_person"]] = {
    "confirmed": "confirmed",
    "incorrect": "incorrect",
    "wrong_person": "wrong_person",
}


class Confirming:
    """Shows what is asked, and keeps what is said."""

    def __init__(
        self, desk: ConfirmationDesk, signer: Signer, clock: Clock, pages: Pages, nonces: Nonces
    ) -> None:
        self._desk, self._signer, self._clock = desk, signer, clock
        self._pages, self._nonces = pages, nonces
        self._failures = FailureBuckets()

    def show(self, visit: Visit) -> Response:
        """The page; changes nothing, however often and by whom it is opened."""
        found = self._open(visit)
        return found if isinstance(found, Response) else self._page(visit, found[1])

    def take(self, visit: Visit, sent: Sent) -> Response:
        """Keeps what was said and sends the browser to the page that shows it."""
        found = self._open(visit)
        if isinstance(found, Response):
            return found
        row_id, entry = found
        first = {name: next(iter(values), "") for name, values in sent.items()}
        finding = self._nonces.check(visit.token, first.get("nonce", ""))
        outcome = _OUTCOMES.get(first.get("outcome", ""))
        if finding != "good" or outcome is None or any(first.get(trap) for trap in TRAPS):
            return self._page(visit, entry, "stale" if finding == "stale" else "press_again", 422)
        self._desk.confirm(row_id, outcome, self._clock.now())
        return RedirectResponse(f"?lang={_language(visit, entry)}", 303)

    def _open(self, visit: Visit) -> tuple[int, Entry] | Response:
        try:
            claims = self._signer.read(visit.token, self._clock.now(), purpose=Purpose.VERIFY, mode="actual")
        except ExpiredToken:
            return self._pages.notice("expired", 410)
        except InvalidToken:
            if self._failures.failed(visit.client):
                return self._pages.notice("too_many", 429, {"Retry-After": "60"})
            return self._pages.notice("invalid", 404)
        entry = self._desk.entry(claims.row_id)
        if entry is None:
            return self._pages.notice("invalid", 404)
        return claims.row_id, entry

    def _page(self, visit: Visit, entry: Entry, notice: str = "", status: int = 200) -> Response:
        nonce = self._nonces.make(visit.token)
        return self._pages.confirmation(entry, _language(visit, entry), nonce, notice, status)


def _language(visit: Visit, entry: Entry) -> str:
    return best_language([visit.wanted or "", *entry.languages], LANGUAGES)
