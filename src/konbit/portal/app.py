"""The web application of the answer page: routes, limits, and what a request must look like to be an answer."""

import dataclasses
import datetime as dt
import urllib.parse
from collections.abc import Callable, Mapping
from functools import lru_cache

import uvicorn
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from konbit.clock import Clock, wall_now
from konbit.definition.library import load
from konbit.errors import ServiceUnavailable, UserError
from konbit.notify.links import CURRENT_KEY, Signer, derive_key, signer_of
from konbit.portal.answering import Answering, Visit
from konbit.portal.confirming import Confirming
from konbit.portal.desk import StoreDesk
from konbit.portal.doors import Doors, add_doors
from konbit.portal.failures import FailureBuckets
from konbit.portal.logs import log_config
from konbit.portal.nonces import Nonces
from konbit.portal.page import Content
from konbit.portal.pages import Pages
from konbit.portal.ports import AnswerDesk, ConfirmationDesk
from konbit.portal.shield import Shield, safe_headers
from konbit.settings import Settings
from konbit.store.database import Store

MAX_BODY = 64 * 1024
MAX_FIELDS = 200
MINIMUM_SECONDS = 1.5
FORM = "application/x-www-form-urlencoded"


class TooLarge(UserError):
    """This answer is longer than any answer needs to be."""


def create_app(
    desk: AnswerDesk,
    signer: Signer,
    clock: Clock,
    content: Content,
    *,
    page_key: bytes,
    minimum_seconds: float = MINIMUM_SECONDS,
    wall: Callable[[], dt.datetime] = wall_now,
    confirmations: ConfirmationDesk | None = None,
    doors: Doors | None = None,
) -> FastAPI:
    """The portal.

    `page_key` signs the nonces of pages: 32 bytes or more, the same in every portal of a stack. `minimum_seconds` is how
    fast no person can answer; set it to 0 where scripted people play. A plan is looked up once and kept: it never changes.
    """
    pages = Pages()
    answering = Answering(
        desk,
        signer,
        clock,
        dataclasses.replace(content, bundle=lru_cache(maxsize=64)(content.bundle)),
        pages,
        Nonces(page_key, wall, minimum_seconds),
        FailureBuckets(),
        wall,
    )
    app = FastAPI(
        title="Konbit answer page", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    _add_answer_routes(app, answering, pages)
    _add_plain_routes(app, answering, pages)
    if confirmations is not None:
        nonces = Nonces(page_key, wall, minimum_seconds)
        _add_confirmation_routes(app, Confirming(confirmations, signer, clock, pages, nonces), pages)
    if doors is not None:
        add_doors(app, doors)
    _add_shield(app, pages)
    return app


def _add_shield(app: FastAPI, pages: Pages) -> None:
    @app.exception_handler(HTTPException)
    def no_such_page(_: Request, error: HTTPException) -> Response:
        return pages.notice("not_found", error.status_code, dict(error.headers or {}))

    app.add_middleware(
        Shield,
        headers=safe_headers(pages.style_hash),
        broken=lambda status: pages.notice("broken", status, {"Retry-After": "60"}),
    )


def from_settings(settings: Settings) -> FastAPI:
    """The portal of an installation; its database must be there already."""
    secret = settings.link_secret()
    desk = StoreDesk(Store(settings.database, keys=settings.vault_keys()))
    return create_app(
        desk,
        signer_of(secret, settings.previous_link_secret, settings.environment),
        settings.clock(),
        Content(desk.bundle, load(settings.folders).codes),
        page_key=derive_key(secret, f"{settings.environment}|pages", CURRENT_KEY),
        minimum_seconds=settings.minimum_seconds,
        confirmations=desk,
        doors=_doors(settings, desk, settings.clock()),
    )


def _doors(settings: Settings, desk: StoreDesk, clock: Clock) -> Doors:
    """What providers bring, checked with the secrets of this installation."""
    given = (settings.twilio_auth_token, settings.inbound_secret, settings.telegram_secret)
    twilio, generic, telegram = (secret.get_secret_value() if secret else None for secret in given)
    url = settings.portal_url.rstrip("/")
    return Doors(desk.keep, desk.receipt, clock, url, twilio, generic, telegram, desk.called, desk.complaint)


def from_environment() -> FastAPI:
    """The portal as the environment says: `uvicorn --factory konbit.portal.app:from_environment`."""
    return from_settings(Settings())


def serve(host: str, port: int) -> None:
    """Serves the portal of this installation until it is told to end."""
    uvicorn.run(
        from_environment(),
        host=host,
        port=port,
        log_config=log_config(),
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _add_answer_routes(app: FastAPI, answering: Answering, pages: Pages) -> None:
    @app.api_route("/a/{token}", methods=["GET", "HEAD"], response_model=None)
    def show(request: Request, token: str) -> Response:
        return answering.show(_visit(request, token))

    @app.options("/a/{token}", response_model=None)
    def allowed(token: str) -> Response:  # noqa: ARG001 - the same for every link
        return Response(status_code=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})

    @app.post("/a/{token}", response_model=None)
    async def take(request: Request, token: str) -> Response:
        try:
            sent = _fields(request, await _body(request))
        except (TooLarge, ValueError):
            return pages.notice("too_large", 413)
        if sent is None or not same_origin(request.headers):
            return pages.notice("refused", 415 if sent is None else 403)
        return await run_in_threadpool(answering.take, _visit(request, token), sent)


def _add_confirmation_routes(app: FastAPI, confirming: Confirming, pages: Pages) -> None:
    @app.api_route("/v/{token}", methods=["GET", "HEAD"], response_model=None)
    def show(request: Request, token: str) -> Response:
        return confirming.show(_visit(request, token))

    @app.post("/v/{token}", response_model=None)
    async def take(request: Request, token: str) -> Response:
        try:
            sent = _fields(request, await _body(request))
        except (TooLarge, ValueError):
            return pages.notice("too_large", 413)
        if sent is None or not same_origin(request.headers):
            return pages.notice("refused", 415 if sent is None else 403)
        return await run_in_threadpool(confirming.take, _visit(request, token), sent)


def _add_plain_routes(app: FastAPI, answering: Answering, pages: Pages) -> None:
    @app.api_route("/", methods=["GET", "HEAD"], response_model=None)
    def home() -> Response:
        return pages.notice("home", 200)

    @app.api_route("/healthz", methods=["GET", "HEAD"], response_model=None)
    def health() -> Response:
        try:
            answering.ping()
        except ServiceUnavailable:
            return PlainTextResponse("the store does not answer\n", 503)
        return PlainTextResponse("ok\n")


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that the form was on our own page.

    `Sec-Fetch-Site` decides where it is sent. `Origin: null` says nothing: browsers send it from our own pages, because
    their referrer policy is no-referrer. The nonce is what refuses the rest.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin", "null")
    return origin == "null" or urllib.parse.urlsplit(origin).netloc == headers.get("host")


def _visit(request: Request, token: str) -> Visit:
    query = request.query_params
    return Visit(
        token,
        request.client.host if request.client else None,
        query.get("lang"),
        query.get("done") == "1",
        request.headers.get("user-agent", "")[:300],
    )


async def _body(request: Request) -> bytes:
    """The body; raises `TooLarge` as soon as it is, without reading on."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise TooLarge
    return bytes(body)


def _fields(request: Request, body: bytes) -> dict[str, list[str]] | None:
    """The fields of a form, or None if it is something else; ValueError if there are too many."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return None
    return urllib.parse.parse_qs(
        body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"
    )
