"""A page is called full only far above the course's other pages of its kind, by two measures."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from random import Random
from statistics import median

import numpy as np
import pytest

from authoring.page_layouts import clutter, measures
from authoring.page_layouts.models import PageLayout
from authoring.versions import drafts, previews
from emotion.streams import stream
from tests.fixtures import factories
from tests.fixtures.users import client_for_person

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
CODES = stream("layout").channels[stream("layout").index("kind")].codes
FEELINGS = re.compile(r"feel|emotion|confus|bor(ed|ing)|frustrat|anxi|stress|distract", re.I)


def make_rows(boxes, *, letters=40, buttons=0):
    """Return rows of a page of so many boxes, of which some are buttons."""
    kinds = ["button"] * buttons + ["text"] * (boxes - buttons)
    rows = [
        [0.1, 0.1, 0.3, 0.1, CODES.index(kind), 1, 1, 1, letters if kind == "text" else 0]
        for kind in kinds
    ]
    return [[0, 0, 1, 1, CODES.index("page"), 1, 1, 1, 0], *rows]


def measure(*args, **options):
    return measures.measure_page(np.array(make_rows(*args, **options), np.float32))


def report(own, others, *, kind="reading", other_kind="reading"):
    units = [{"id": "own", "kind": kind}]
    units += [{"id": f"u{number}", "kind": other_kind} for number in range(len(others))]
    layouts = {
        unit["id"]: PageLayout(unit=unit["id"], measures=each, measured_at=NOW)
        for unit, each in zip(units, [own, *others], strict=True)
        if each is not None
    }
    return clutter.compare_page(layouts, {"units": units}, units[0])


def test_a_page_with_far_more_boxes_than_the_others_is_named_with_both_numbers():
    found = report(measure(41, letters=0), [measure(each, letters=0) for each in (11, 12, 12, 13)])
    assert found.findings[0] == "This page has far more boxes than your others: 41 against 12."
    assert found.enough


@pytest.mark.parametrize("seed", range(30))
def test_only_what_is_twice_the_median_and_three_spreads_above_it_is_named(seed):
    rng = Random(seed)
    others = [rng.randint(2, 40) for _ in range(rng.randint(clutter.FEWEST_OTHERS, 9))]
    own = rng.randint(2, 90)
    found = report(measure(own, letters=0), [measure(each, letters=0) for each in others])
    logs = [math.log1p(each) for each in others]
    usual = median(logs)
    spread = 1.4826 * median(abs(each - usual) for each in logs)
    far = math.log1p(own) - usual > max(3 * spread, math.log(2)) + 1e-5
    assert bool(found.findings) == far


def test_at_most_two_measures_are_named_and_none_with_a_feeling():
    others = [measure(5, letters=20, buttons=1) for _ in range(4)]
    found = report(measure(90, letters=400, buttons=30), others)
    assert len(found.findings) == 2
    assert not FEELINGS.search(" ".join(map(str, clutter.WORDS.values())))


def test_with_too_few_pages_of_the_kind_nothing_is_compared():
    found = report(measure(90), [measure(5) for _ in range(2)])
    assert (found.findings, found.enough, found.missing) == ((), False, 1)
    other_kind = report(measure(90), [measure(5) for _ in range(9)], other_kind="quiz")
    assert (other_kind.others, other_kind.findings) == (0, ())


def test_a_page_that_was_not_seen_has_no_report():
    found = report(None, [measure(5) for _ in range(4)])
    assert (found.measured_at, found.findings, found.others) == (None, (), 4)


def test_the_page_itself_is_no_box():
    assert measure(7)["log_boxes"] == pytest.approx(math.log1p(7))


@pytest.mark.parametrize(
    "sent",
    [
        *("", "{}", "[]", "[[1]]", "[[[1]]]", '[["a"]]', "nonsense", "[[0,0,1,1,0,1,1,1,null]]"),
        json.dumps(make_rows(5, letters=20_000)),
        json.dumps([[0, 0, 2, 1, 0, 1, 1, 1, 0]]),
        json.dumps(make_rows(101)),
    ],
)
def test_what_is_no_layout_is_refused(sent):
    with pytest.raises(measures.BadLayout):
        measures.read_rows(sent)


@pytest.fixture
def course(load, package, small_course, ines, mia):
    found = load(package(small_course)).course
    factories.make_enrolment(ines, found, role="teacher")
    factories.make_enrolment(mia, found)
    return found


def address(course, unit):
    return f"/author/courses/{course.slug}/preview/{unit.code}/"


@pytest.mark.django_db
def test_the_preview_of_a_page_stores_its_layout_once(course, ines):
    shadow = previews.open_preview(course, by=ines, now=NOW)
    unit = shadow.units.get(ref="reading-01")
    client = client_for_person(ines)
    for boxes in (3, 8):
        answer = client.post(address(course, unit), {"rows": json.dumps(make_rows(boxes))})
        assert answer.status_code == 204
    row = PageLayout.objects.get()
    assert (row.course, row.unit) == (course, "reading-01")
    assert row.measures["log_boxes"] == pytest.approx(math.log1p(8))
    assert client.post(address(course, unit), {"rows": "?"}).status_code == 400


@pytest.mark.django_db
def test_no_other_page_and_no_other_person_can_store_one(course, ines, mia):
    shadow = previews.open_preview(course, by=ines, now=NOW)
    sent = {"rows": json.dumps(make_rows(3))}
    published = course.units.get(ref="reading-01")
    assert client_for_person(ines).post(address(course, published), sent).status_code == 404
    unit = shadow.units.get(ref="reading-01")
    assert client_for_person(mia).post(address(course, unit), sent).status_code == 403
    assert not PageLayout.objects.exists()


@pytest.mark.django_db
def test_the_authors_pages_say_it_and_it_blocks_nothing(course, ines):
    package = drafts.working_copy_of(course).package
    reading = next(unit for unit in package["units"] if unit["kind"] == "reading")
    copies = [reading | {"id": f"r-{number}", "title": f"Copy {number}"} for number in range(4)]
    working = drafts.working_copy_of(course)
    whole = package | {"units": [*package["units"], *copies]}
    drafts.save(course, whole, stamp=working.stamp, by=ines, now=NOW)
    client = client_for_person(ines)
    unit = f"/author/courses/{course.slug}/units/{course.units.get(ref=reading['id']).code}/"
    assert "Not measured yet" in client.get(unit).content.decode()
    for ref, boxes in [(reading["id"], 60), *((each["id"], 9) for each in copies[:2])]:
        measures.store_layout(course, ref, np.array(make_rows(boxes), np.float32), now=NOW)
    assert "View 1 more page of this kind" in client.get(unit).content.decode()
    measures.store_layout(course, "r-2", np.array(make_rows(9), np.float32), now=NOW)
    said = "This page has far more boxes than your others: 60 against 9."
    assert said in client.get(unit).content.decode()
    checks = client.get(f"/author/courses/{course.slug}/warnings/").content.decode()
    assert said in checks
    assert 'id="mu"' not in checks  # Nothing must be fixed before publishing.
