"""One layout for every file: the same data, every comment, and the same again the second time."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.check.authoring.flows import WIDTH, CannotFormat
from konbit.check.authoring.formatting import formatted
from konbit.errors import InvalidDefinition
from tests.unit.check.authoring.charts import PATHS, ROOT, badly_written, data

ALL = sorted((ROOT / "definitions").rglob("*.yaml"))
NOTES = re.compile(r"# note \d+$", re.MULTILINE)


def laid_out(text: str) -> str:
    return formatted(text, "example.yaml")


def names(chart: object) -> list[str]:
    """The names of the parameters in their order, which is the author's."""
    assert isinstance(chart, dict)
    return list(chart["parameters"])


def chart(steps: str) -> str:
    return f"flowchart: response/x\ntitle: X\nversion: 1\nowner: chair\nsteps:\n{steps}"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_shipped_file_says_the_same_and_stays_the_second_time(path: Path) -> None:
    text = path.read_text("utf-8")
    once = laid_out(text)
    assert data(once) == data(text)
    assert laid_out(once) == once
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    kept = [line.strip() for line in once.splitlines() if line.strip().startswith("#")]
    assert sorted(kept) == sorted(comments)


@pytest.mark.slow
@given(path=st.sampled_from(PATHS), seed=st.integers(0, 10**9))
def test_however_a_chart_is_written_it_says_the_same_keeps_every_comment_and_is_laid_out_once(
    path: Path, seed: int
) -> None:
    text = badly_written(path.read_text("utf-8"), seed)
    assert data(text) == data(path.read_text("utf-8"))
    once = laid_out(text)
    assert data(once) == data(text)
    assert names(data(once)) == names(data(text))
    assert sorted(NOTES.findall(once)) == sorted(NOTES.findall(text))
    assert laid_out(once) == once


def test_keys_of_a_step_stand_in_order() -> None:
    text = chart("""
  - on: {no_answer: []}
    within: 2h
    mark: T0
    level: global
    ask: {question: verify_event, who: chair}
    remind: [1h]
    actor: chair
    title: T
    id: verify
""")
    assert laid_out(text) == chart("""  - id: verify
    title: T
    ask: {who: chair, question: verify_event}
    actor: chair
    level: global
    within: 2h
    remind: [1h]
    mark: T0
    on: {no_answer: []}
""")


def test_a_comment_moves_with_the_key_it_stands_above() -> None:
    text = chart("""  # of the step
  - within: 2h  # behind
    # of the verb
    ask: {who: chair, question: verify_event}
    # of the id
    id: verify
      # hangs below the id
  # at the end of the steps
# at the end of the file
""")
    assert laid_out(text) == chart("""  # of the step
  # of the id
  - id: verify
    # hangs below the id
    # of the verb
    ask: {who: chair, question: verify_event}
    within: 2h  # behind
  # at the end of the steps
# at the end of the file
""")


def test_texts_are_untouched() -> None:
    text = chart("""
    - summary: 1
""").replace(
        "title: X",
        "title:\n    en: |-\n        Line one\n\n\n          deeper # no comment\n    fr: >-\n        folded\n        text\n"
        '    ht: "quoted\n        over lines"\n    es: plain\n        over lines',
    )
    once = laid_out(text)
    assert data(once) == data(text)
    assert "  en: |-\n      Line one\n\n\n        deeper # no comment\n" in once


def test_a_collection_that_fits_stays_on_its_line_and_one_that_does_not_becomes_a_block() -> None:
    roles = ", ".join(f"role_number_{number}" for number in range(7))
    text = chart(f"  - inform: {{who: [{roles}], message: a_message}}  # everybody\n")
    once = laid_out(text)
    assert "    who: [" in once
    assert "# everybody" in once
    assert all(len(line) <= WIDTH for line in once.splitlines())
    short = chart("  - inform: {who: [chair], message: notice}\n")
    assert laid_out(short) == short


def test_a_file_with_anchors_keeps_the_order_of_its_keys() -> None:
    text = chart("  - within: &time 2h\n    ask: {question: verify_event, who: chair}\n    remind: [*time]\n")
    assert laid_out(text) == text


def test_other_files_keep_the_order_of_their_keys() -> None:
    text = "verify_event:\n    body: B\n    subject: S\n"
    assert laid_out(text) == "verify_event:\n  body: B\n  subject: S\n"


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "\ta: 1\n"])
def test_a_file_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidDefinition, match=r"example\.yaml:\d"):
        laid_out(text)


@pytest.mark.parametrize("text", ["? a\n: 1\nb: 2\n", "a:\n- - 1\n  - 2\n"])
def test_a_way_of_writing_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(CannotFormat):
        laid_out(text)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "[1, 2]\n", "{a: 1}\n"])
def test_a_file_without_keys_on_lines_of_their_own_stays_as_it_is(text: str) -> None:
    assert laid_out(text) == text


@given(text=st.text(alphabet="ab:-#|>&*{}[]'\" \n,?!", max_size=60))
def test_any_text_is_laid_out_without_loss_or_refused(text: str) -> None:
    try:
        once = laid_out(text)
    except (InvalidDefinition, CannotFormat):
        return
    assert data(once) == data(text)
