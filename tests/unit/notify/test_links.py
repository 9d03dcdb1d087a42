"""Tokens in links."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.base import Mode
from konbit.errors import InvalidToken
from konbit.notify import links
from konbit.notify.links import Purpose, Signer

NOW = dt.datetime(2026, 3, 2, 14, 0, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=72)
KEYS = {0: links.derive_key("a" * 32, "test", 0), 1: links.derive_key("b" * 40, "test", 1)}
SIGNER = Signer(KEYS, current=1)
ROW = 0x0123456789ABCDEF
MODES: st.SearchStrategy[Mode] = st.sampled_from(["drill", "actual"])
ALPHABET = string.ascii_letters + string.digits + "-_"


def _token(mode: Mode = "actual", purpose: Purpose = Purpose.ANSWER) -> str:
    return SIGNER.mint(purpose, mode, ROW, LATER)


@given(
    st.sampled_from(Purpose),
    MODES,
    st.integers(0, 2**64 - 1),
    st.integers(1_767_225_600, 4_102_444_800).map(
        lambda seconds: dt.datetime.fromtimestamp(seconds + 0.5, dt.UTC)
    ),
)
def test_what_was_minted_is_read_back(purpose: Purpose, mode: Mode, row: int, expires: dt.datetime) -> None:
    token = SIGNER.mint(purpose, mode, row, expires)
    claims = SIGNER.read(
        token, dt.datetime(2026, 1, 1, tzinfo=dt.UTC) - dt.timedelta(days=1), purpose=purpose, mode=mode
    )
    assert (claims.purpose, claims.mode, claims.row_id) == (purpose, mode, row)
    assert dt.timedelta() <= claims.expires_at - expires < dt.timedelta(minutes=1)
    assert len(token) == 35
    assert set(token) <= set(ALPHABET)


@given(st.integers(0, 34), st.sampled_from(ALPHABET))
def test_no_character_can_be_changed(place: int, char: str) -> None:
    token = _token()
    altered = token[:place] + char + token[place + 1 :]
    if altered == token:
        return
    with pytest.raises((links.ForgedToken, links.MalformedToken)):
        SIGNER.read(altered, NOW)


@given(st.text(max_size=60))
def test_any_text_is_refused_with_a_plain_message(text: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        SIGNER.read(text, NOW)
    assert "link" in str(caught.value)


@pytest.mark.parametrize(
    "change", [str.lower, str.upper, str.swapcase, lambda t: t[:-1], lambda t: t + "A", lambda t: "x" + t]
)
def test_a_token_copied_wrongly_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises((links.ForgedToken, links.MalformedToken)):
        SIGNER.read(change(_token()), NOW)


@pytest.mark.parametrize("tail", [".", ",", ")", ">", "!", "...", '".', "\u201d", "\u3002", " ", "\r\n"])
def test_punctuation_that_a_chat_client_appends_does_no_harm(tail: str) -> None:
    assert SIGNER.read(_token() + tail, NOW).row_id == ROW


def test_a_token_expires_at_its_minute_and_still_tells_whose_late_answer_it_is() -> None:
    claims = SIGNER.read(_token(), LATER)
    with pytest.raises(links.ExpiredToken) as caught:
        SIGNER.read(_token(), claims.expires_at)
    assert caught.value.claims == claims


def test_a_token_can_be_read_any_number_of_times() -> None:
    token = _token()
    assert len({SIGNER.read(token, NOW) for _ in range(100)}) == 1


@pytest.mark.parametrize("other", [purpose for purpose in Purpose if purpose is not Purpose.ANSWER])
def test_a_token_for_one_purpose_fails_at_another(other: Purpose) -> None:
    with pytest.raises(links.MisusedToken):
        SIGNER.read(_token(), NOW, purpose=other)


@pytest.mark.parametrize(("mode", "other"), [("drill", "actual"), ("actual", "drill")])
def test_a_token_of_a_drill_fails_on_an_actual_run_and_the_reverse(mode: Mode, other: Mode) -> None:
    assert SIGNER.read(_token(mode), NOW).mode == mode
    with pytest.raises(links.MisusedToken):
        SIGNER.read(_token(mode), NOW, mode=other)


def test_during_a_rotation_the_old_key_still_reads_and_once_removed_no_more() -> None:
    old = Signer(KEYS, current=0).mint(Purpose.VERIFY, "actual", ROW, LATER)
    assert SIGNER.read(old, NOW).purpose is Purpose.VERIFY
    with pytest.raises(links.ForgedToken):
        Signer({1: KEYS[1]}, current=1).read(old, NOW)


def test_another_environment_has_other_keys() -> None:
    elsewhere = Signer({1: links.derive_key("b" * 40, "production", 1)}, current=1)
    with pytest.raises(links.ForgedToken):
        elsewhere.read(_token(), NOW)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(links.WeakSecret):
        links.derive_key("short", "test", 0)
    with pytest.raises(links.WeakSecret):
        Signer({0: b"short"}, current=0)


@pytest.mark.parametrize("keys", [{}, {32: b"k" * 32}, {2: b"k" * 32}])
def test_the_current_key_is_among_32(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key ids"):
        Signer(keys, current=1)


def test_a_signer_does_not_show_its_keys() -> None:
    shown = repr(SIGNER)
    assert shown == "Signer(keys=[0, 1], current=1)"


def test_row_ids_are_random_and_fit_a_signed_column() -> None:
    ids = {links.new_row_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(0 <= row < 2**63 for row in ids)
