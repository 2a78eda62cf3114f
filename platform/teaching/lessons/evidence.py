"""What is known of one part of a lesson from each source, and whether it differs from usual (pure).

A cell shows a figure only where it differs from what is usual in the lesson. Every other cell with
enough people reads "as usual", so it says nothing about a count below the floor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from teaching.class_picture.published_summary import FEW, RANGE, UNSURE, EstimatedRange
from teaching.class_picture.typical_range import is_unusual
from teaching.lessons.ranking import SOURCE_LEVEL, PartCount, share_range, usual_by_kind


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source at one part.

    `state` is more, usual, few or unsure. `count` of `n` people; for confusion, `low` and `high` in
    percent over at least `people`. `usual` is a range in people of `n`, or in percent.
    """

    source: str
    state: str
    count: int = 0
    n: int = 0
    low: int = 0
    high: int = 0
    people: str = ""
    usual: tuple[int, int] | None = None


def compare_counts(
    source: str, counts: Sequence[PartCount], floor: int, driven: Collection[str] = ()
) -> Mapping[str, Evidence]:
    """Compare the counts of one source with those of the same kind of part, by key.

    `driven`: parts that are harder than usual because of this source, together with others.
    """
    enough = [each for each in counts if each.n >= max(1, floor)]
    ranges = {each.key: share_range(each, floor) for each in enough}
    usual = usual_by_kind(enough, ranges)
    found = {each.key: Evidence(source, FEW) for each in counts}
    for each in enough:
        known = usual.get(each.kind)
        low, _ = share_range(each, floor, level=SOURCE_LEVEL)
        is_above = known is not None and low > known[1]
        is_more = each.count >= floor and (is_above or each.key in driven)
        evidence = Evidence(source, "more" if is_more else "usual", each.count, each.n)
        if known is not None:
            people = (round(each.n * known[0]), round(each.n * known[1]))
            evidence = replace(evidence, usual=people)
        # A count that is not shown is not kept either.
        found[each.key] = evidence if is_more else replace(evidence, count=0)
    return found


def compare_estimate(found: EstimatedRange | None, usual: tuple[int, int] | None) -> Evidence:
    """Compare the published confusion of a chapter with what is usual in the course."""
    if found is None or found.kind == FEW:
        return Evidence("confusion", FEW)
    if found.kind == UNSURE:
        return Evidence("confusion", UNSURE)
    is_more = found.kind == RANGE and is_unusual((found.low, found.high), usual)
    is_more = is_more and usual is not None and found.low > usual[1]
    return Evidence(
        "confusion",
        "more" if is_more else "usual",
        low=found.low,
        high=found.high,
        people=found.people,
        usual=usual,
    )
