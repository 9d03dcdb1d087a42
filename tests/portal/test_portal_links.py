"""Links that do not work, what surrounds every response, and what is logged."""

import io
import logging
import logging.config

import pytest

from konbit.definition.base import LANGUAGES
from konbit.notify.links import Purpose, Signer
from konbit.portal.app import same_origin
from konbit.portal.logs import log_config, without_token
from konbit.portal.words import word
from tests.portal.sample import NOW, ROW, addressee, site

METHODS = ["GET", "POST"]
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "token", ["x", "A" * 35, "%00", "%F0%9F%92%A9", "a" * 3000, "..%2f..%2fetc", "{token}"]
)
def test_malformed_link_is_one_page_in_every_language(method: str, token: str) -> None:
    response = site().browser.request(method, f"/a/{token}", headers=FORM)
    assert response.status_code == 404
    if "%2f" not in token:
        assert all(word("notice_invalid", language) in response.text for language in LANGUAGES)


def test_forged_misused_and_unknown_links_cannot_be_told_apart() -> None:
    at = site()
    forged = Signer({1: b"f" * 32}, 1).mint(Purpose.ANSWER, "drill", ROW, NOW.replace(year=2030))
    misused = at.token(purpose=Purpose.UNSUBSCRIBE)
    responses = [
        at.browser.request("GET", f"/a/{token}")
        for token in (forged, misused, at.token(row=1), at.token("actual"))
    ]
    assert {response.status_code for response in responses} == {404}
    assert len({response.text for response in responses}) == 1


@pytest.mark.parametrize("method", METHODS)
def test_expired_link_says_so(method: str) -> None:
    at = site(addressee(expires_at=NOW))
    response = at.browser.request(method, f"/a/{at.token()}", headers=FORM)
    assert response.status_code == 410
    assert "This link has expired." in response.text
    assert at.desk.replies == []


def test_a_link_works_as_long_as_its_run_whatever_its_token_says() -> None:
    at = site()
    assert at.browser.request("GET", f"/a/{at.token(hours=-1)}").status_code == 200


def test_punctuation_after_a_link_in_a_sentence_does_no_harm() -> None:
    at = site()
    assert at.browser.request("GET", f"/a/{at.token()}.").status_code == 200


def test_too_many_bad_links_from_a_network_are_turned_away_and_good_ones_are_not() -> None:
    at = site()
    answers = [at.browser.request("GET", "/a/bad").status_code for _ in range(12)]
    assert answers == [404] * 10 + [429] * 2
    assert at.browser.request("GET", "/a/bad", client="198.51.100.4").status_code == 404
    assert at.browser.request("GET", f"/a/{at.token()}").status_code == 200
    assert at.browser.request("GET", "/a/bad").headers["retry-after"] == "60"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/a/bad", 404),
        ("PUT", "/a/bad", 405),
        ("DELETE", "/", 405),
        ("OPTIONS", "/a/bad", 204),
    ],
)
def test_every_response_carries_the_safe_headers(method: str, path: str, status: int) -> None:
    response = site().browser.request(method, path)
    assert response.status_code == status
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-robots-tag"].startswith("noindex")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"


def test_page_fetches_nothing_and_runs_no_script() -> None:
    page = site().open()
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page


def test_page_does_not_repeat_its_own_link() -> None:
    """The link is in the address bar and nowhere in the page, so that a saved page or a screenshot gives nothing away."""
    at = site()
    token = at.token()
    assert token not in at.open(token)
    assert token not in at.answer(token, available_within="2h").headers["location"]


def test_store_that_does_not_answer_is_a_page_and_not_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    at = site()
    nonce = at.nonce()
    at.desk.down = True
    for response in (
        at.browser.request("GET", f"/a/{at.token()}"),
        at.answer(nonce=nonce, available_within="2h", note="secret words"),
    ):
        assert response.status_code == 503
        assert "Something failed here." in response.text
        assert response.headers["referrer-policy"] == "no-referrer"
    assert at.browser.request("GET", "/healthz").status_code == 503
    assert at.token() not in caplog.text
    assert "secret words" not in caplog.text
    assert "ServiceUnavailable at" in caplog.text


def test_defect_is_logged_by_type_and_place_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    at = site(addressee(digest="0" * 64))
    response = at.browser.request("GET", f"/a/{at.token()}")
    assert response.status_code == 500
    assert "Something failed here." in response.text
    assert "Traceback" not in response.text
    assert "KeyError at" in caplog.text
    assert "000000" not in caplog.text


def test_access_log_has_neither_link_nor_address() -> None:
    at = site()
    lines = io.StringIO()
    logging.config.dictConfig(log_config())
    handler = logging.getLogger("uvicorn.access").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    path = f"/a/{at.token()}?lang=fr"
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "192.0.2.7:1", "GET", path, "1.1", 200
    )
    logging.getLogger("konbit.portal").error("failed: %s", path)
    assert at.token() not in lines.getvalue()
    assert "192.0.2.7" not in lines.getvalue()
    assert '"GET /a/... HTTP/1.1" 200' in lines.getvalue()
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "konbit.portal"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def test_query_is_cut_from_the_log() -> None:
    assert without_token("/a/abc?done=1&x=/a/def") == "/a/..."
    assert without_token("/healthz?probe=1") == "/healthz"


def test_origin_is_compared_with_the_host_that_was_asked() -> None:
    assert same_origin({"origin": "http://10.0.0.1:8000", "host": "10.0.0.1:8000"})
    assert not same_origin({"origin": "http://10.0.0.1:8001", "host": "10.0.0.1:8000"})
    assert not same_origin({"origin": "", "host": "10.0.0.1"})
