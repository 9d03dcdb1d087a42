"""Templates to responses."""

import base64
import hashlib
from collections.abc import Callable
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from konbit.definition.base import LANGUAGES
from konbit.portal.page import Page
from konbit.portal.ports import Entry
from konbit.portal.words import table, word


class Pages:
    """Renders every page of the portal; holds nothing about anybody."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("konbit.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = resources.files("konbit.portal").joinpath("style.css").read_text("utf-8")

    @property
    def style_hash(self) -> str:
        """The one style sheet that the content security policy allows."""
        return "sha256-" + base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()

    def request(self, page: Page, nonce: str, status: int = 200) -> HTMLResponse:
        """The page of a request."""
        content = self._environment.get_template("request.html").render(
            page=page,
            language=page.language,
            nonce=nonce,
            names=table()["language_name"],
            w=_words(page.language),
            style=Markup(self._style),  # noqa: S704 - our own file, and the policy allows no other
        )
        return HTMLResponse(content, status)

    def confirmation(self, entry: Entry, language: str, nonce: str, notice: str, status: int) -> HTMLResponse:
        """The page on which somebody confirms their address or their entry."""
        content = self._environment.get_template("confirmation.html").render(
            entry=entry,
            language=language,
            languages=LANGUAGES,
            nonce=nonce,
            notice=notice,
            names=table()["language_name"],
            w=_words(language),
            style=Markup(self._style),  # noqa: S704 - our own file, and the policy allows no other
        )
        return HTMLResponse(content, status)

    def notice(self, name: str, status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
        """A page that says one thing in every language, for readers whose language is not known."""
        content = self._environment.get_template("notice.html").render(
            language=LANGUAGES[0],
            texts={language: word(f"notice_{name}", language) for language in LANGUAGES},
            style=Markup(self._style),  # noqa: S704 - our own file, and the policy allows no other
        )
        return HTMLResponse(content, status, headers)


def _words(language: str) -> Callable[..., str]:
    def words(key: str, **values: object) -> str:
        return word(key, language, **values)

    return words
