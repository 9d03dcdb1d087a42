"""The bytes that the journal's seal covers."""

from hypothesis import given
from hypothesis import strategies as st

from konbit.engine.events import EVENTS, Signalled
from konbit.store.journal import dump, seal
from tests.contracts.cases import NOW

PLAIN = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)


@given(data=st.dictionaries(PLAIN, JSON, max_size=4))
def test_an_event_comes_back_from_its_bytes_and_gives_the_same_bytes_again(data: dict[str, object]) -> None:
    event = Signalled.model_validate({"at": NOW, "name": "port_open", "data": data})
    text = dump(event)
    back = EVENTS.validate_json(text)
    assert back == event
    assert dump(back) == text
    assert text.isascii()
    assert "\0" not in text


def test_the_seal_covers_the_line_before_the_run_the_sequence_and_the_event() -> None:
    seals = {
        seal("", "run-1", 1, "{}"),
        seal("a", "run-1", 1, "{}"),
        seal("", "run-2", 1, "{}"),
        seal("", "run-1", 2, "{}"),
        seal("", "run-1", 1, "[]"),
    }
    assert len(seals) == 5
    assert all(len(one) == 64 for one in seals)
