"""Places of boxes and arrows: nothing overlaps, arrows bend at right angles and pass no foreign box, always the same."""

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.render.layout import Item, Link, Placed, place
from konbit.render.straightening import isotonic
from konbit.render.svg import picture
from tests.unit.render.shipped import NAMES, plans


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Item], list[Link], int]:
    """Boxes in lanes, and arrows from earlier boxes to later ones."""
    lanes = draw(st.integers(1, 3))
    count = draw(st.integers(1, 14))
    items = [
        Item(
            str(number),
            float(draw(st.integers(60, 200))),
            float(draw(st.integers(20, 90))),
            draw(st.integers(0, lanes - 1)),
        )
        for number in range(count)
    ]
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
                lambda pair: pair[0] < pair[1]
            ),
            max_size=24,
            unique=True,
        )
        if count > 1
        else st.just([])
    )
    links = [
        Link(
            str(source),
            str(target),
            draw(st.integers(0, 3)),
            draw(st.sampled_from([None, (60.0, 15.0)])),
            draw(st.sampled_from(["", "flow"])),
            draw(st.booleans()),
        )
        for source, target in pairs
    ]
    return items, links, lanes


def overlapping(placed: Placed) -> list[tuple[str, str]]:
    """The pairs of boxes that share room."""
    return [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(placed.boxes.items(), 2)
        if a.across < b.across + b.breadth - 0.1
        and b.across < a.across + a.breadth - 0.1
        and a.along < b.along + b.depth - 0.1
        and b.along < a.along + a.depth - 0.1
    ]


def through(placed: Placed, links: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """The arrows that pass through a box which is not theirs."""
    found = []
    for (source, target), route in zip(links, placed.routes, strict=True):
        for id, box in placed.boxes.items():
            if id in (source, target):
                continue
            for (a, b), (c, d) in itertools.pairwise(route):
                low, high = sorted((a, c))
                top, end = sorted((b, d))
                if (
                    low < box.across + box.breadth - 0.5
                    and box.across + 0.5 < high + 0.01
                    and top < box.along + box.depth - 0.5
                    and box.along + 0.5 < end + 0.01
                ):
                    found.append((source, target, id))
    return found


@given(drawings())
def test_boxes_share_no_room_and_stay_in_their_lane(drawing: tuple[list[Item], list[Link], int]) -> None:
    items, links, lanes = drawing
    placed = place(items, links, lanes)
    assert overlapping(placed) == []
    for item in items:
        box, (start, stop) = placed.boxes[item.id], placed.lanes[item.lane]
        assert start <= box.across + 0.01
        assert box.across + box.breadth <= stop + 0.01


@given(drawings())
def test_arrows_bend_at_right_angles_end_at_their_boxes_and_pass_no_other(
    drawing: tuple[list[Item], list[Link], int],
) -> None:
    items, links, lanes = drawing
    placed = place(items, links, lanes)
    for link, route in zip(links, placed.routes, strict=True):
        assert all(abs(a - c) < 1 or abs(b - d) < 1 for (a, b), (c, d) in itertools.pairwise(route)), route
        source, target = placed.boxes[link.source], placed.boxes[link.target]
        assert abs(route[0][1] - (source.along + source.depth)) < 0.2
        assert abs(route[-1][1] - target.along) < 0.2
        assert target.across <= route[-1][0] <= target.across + target.breadth
    assert through(placed, [(link.source, link.target) for link in links]) == []


@given(drawings())
def test_the_same_input_gives_the_same_places(drawing: tuple[list[Item], list[Link], int]) -> None:
    items, links, lanes = drawing
    assert place(items, links, lanes) == place(items, links, lanes)


@pytest.mark.slow
def test_the_same_places_come_out_of_another_process() -> None:
    """Hash seeds differ between processes, positions must not."""
    script = (
        "import hashlib; from konbit.render.svg import svg; from tests.unit.render.shipped import plans; "
        "print(hashlib.sha256(''.join(svg(plan) for _, plan in sorted(plans().items())).encode()).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64


def test_the_way_straight_on_is_straight_and_exits_are_to_the_right() -> None:
    items = [Item(name, 100, 40) for name in ("ask", "told", "silent", "next")]
    links = [
        Link("ask", "told", 1, (50, 15)),
        Link("ask", "silent", 3, (50, 15)),
        Link("ask", "next", main=True, trunk="flow"),
        Link("told", "next", trunk="flow"),
        Link("silent", "next", trunk="flow"),
    ]
    placed = place(items, links)
    straight, told, silent = placed.routes[2], placed.boxes["told"], placed.boxes["silent"]
    assert len(straight) == 2
    assert straight[0][0] < told.across < silent.across


def test_boxes_without_arrows_are_placed_below_each_other() -> None:
    placed = place([Item("a", 50, 20), Item("b", 50, 20)], [])
    assert placed.boxes["a"].along < placed.boxes["b"].along


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 50)), min_size=1, max_size=12))
def test_isotonic_rises_and_keeps_the_weighted_mean(pairs: list[tuple[float, float]]) -> None:
    values, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    fitted = isotonic(values, weights)
    assert all(one <= other + 1e-9 for one, other in itertools.pairwise(fitted))
    before = sum(value * weight for value, weight in pairs)
    after = sum(value * weight for value, weight in zip(fitted, weights, strict=True))
    assert abs(before - after) < 1e-6 * max(1.0, sum(weights) * 1e3)


@pytest.mark.parametrize("by", ["level", "actor", "none"])
@pytest.mark.parametrize("name", NAMES)
def test_shipped_charts_have_no_overlaps_and_no_arrow_through_a_box(name: str, by: str) -> None:
    drawn = picture(plans()[name], by=by)  # type: ignore[arg-type]  # the three values of By
    assert overlapping(drawn.placed) == []
    assert through(drawn.placed, [(arrow.source, arrow.target) for arrow in drawn.drawn.arrows]) == []
    chips = list(drawn.placed.chips.values())
    for one, other in itertools.combinations(chips, 2):
        apart = abs(one.across - other.across) * 2 + 0.5 >= one.breadth + other.breadth
        assert apart or abs(one.along - other.along) * 2 + 0.5 >= one.depth + other.depth
