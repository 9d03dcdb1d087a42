"""Column types: one meaning on both databases."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from konbit.store.columns import UtcTime, Words

DIALECTS: tuple[sa.Dialect, ...] = tuple(
    sa.make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+psycopg")
)
MOMENTS = st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_time_without_a_zone_is_refused(dialect: sa.Dialect) -> None:
    with pytest.raises(TypeError, match="zone"):
        UtcTime().process_bind_param(dt.datetime(2026, 3, 2), dialect)  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("dialect", DIALECTS)
@given(moment=MOMENTS)
def test_a_time_comes_back_as_the_same_moment_in_utc(dialect: sa.Dialect, moment: dt.datetime) -> None:
    column = UtcTime()
    back = column.process_result_value(column.process_bind_param(moment, dialect), dialect)
    assert back == moment.astimezone(dt.UTC)
    assert back is not None
    assert back.tzinfo is dt.UTC


@given(first=MOMENTS, second=MOMENTS)
def test_on_sqlite_times_sort_as_they_follow_each_other(first: dt.datetime, second: dt.datetime) -> None:
    texts = []
    # Python compares moments of two zones by the clock on the wall where one is ambiguous.
    moments = [first.astimezone(dt.UTC), second.astimezone(dt.UTC)]
    for moment in moments:
        stored = UtcTime().process_bind_param(moment, DIALECTS[0])
        write = UtcTime().impl_instance.bind_processor(DIALECTS[0])
        texts.append(str(stored) if write is None else write(stored))
    assert sorted(texts) == [text for _, text in sorted(zip(moments, texts, strict=True))]


@given(text=st.text(alphabet=st.characters(codec=None, categories=None)))
def test_any_text_becomes_one_that_can_be_stored_and_keeps_its_length(text: str) -> None:
    stored = Words().process_bind_param(text, DIALECTS[0])
    assert stored is not None
    assert "\0" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored
    if "\0" not in text and text.isprintable():
        assert stored == text


def test_nothing_stays_nothing() -> None:
    for column in (UtcTime(), Words()):
        assert column.process_bind_param(None, DIALECTS[0]) is None
    assert UtcTime().process_result_value(None, DIALECTS[0]) is None
