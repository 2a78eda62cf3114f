"""No URL gives a Learner what an Author wrote for a unit before it opens, by date or condition.

The date may be that of the class or of the Learner's group.

Every URL of the site is requested, with each unit, question and file of a course, so new URLs are
included automatically. URLs that serve content once the unit is open have to be listed.
"""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from courses import completion
from courses.models import (
    Attempt,
    CaptionTrack,
    Completion,
    GroupDates,
    Hint,
    LearnerGroup,
    Question,
    Reading,
    Unit,
    Video,
)
from tests.fixtures import factories
from tests.fixtures.exams import make_test
from tests.fixtures.site.address_samples import samples
from tests.fixtures.users import client_for_person, read_body
from tests.site.pages.test_permission_matrix import TABLE, address_of, send

pytestmark = pytest.mark.django_db
WORD = "ornithorhynchus"
FILES = ("lecture.mp4", "lecture.png", "lecture.en.vtt", "balance.png")
# URLs that serve a unit's content once it is open.
CONTENT = {
    "/api/v1/questions/<uuid:code>/",
    "/api/v1/questions/<uuid:code>/answers/",
    "/api/v1/units/<uuid:code>/",
    "/api/v1/units/<uuid:code>/questions/",
    "/media/<uuid:code>/<str:name>",
    "/media/units/<uuid:code>/<str:name>",
    "/units/<uuid:code>/",
}
# Starts an Attempt at a test, which shows no question yet.
BEGIN = "/units/<uuid:code>/begin/"


@pytest.fixture
def world(mia, noah, ines, settings, tmp_path, now):
    """Return a course with each kind of unit, with the word in every text and file."""
    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path
    return samples(mia, noah, ines, tmp_path, now)


@pytest.fixture
def course(world, tmp_path):
    unit = Unit.objects.get(kind="video", course__slug="algebra")
    factories.make_question(unit, time_s=10.0)
    make_test(course=unit.course)
    for name in FILES:
        (tmp_path / str(unit.course.code) / name).write_text(f"WEBVTT {WORD}")
    picture = f'{WORD} <img src="/media/{unit.course.code}/balance.png" alt="">'
    Reading.objects.update(source=WORD, html=f"<p>{picture}</p>")
    Question.objects.update(
        stem=WORD, stem_html=picture, prompt=WORD, prompt_html=WORD, linear=WORD,
        explanation=WORD, explanation_html=WORD, answer_html=WORD,
    )  # fmt: skip
    Hint.objects.update(text=WORD, html=WORD, linear=WORD)
    Video.objects.update(chapters=[{"start": 0, "end": 100, "title": WORD}])
    CaptionTrack.objects.update(cues=[{"start": 1.0, "end": 4.0, "text": WORD}])
    return unit.course


@pytest.fixture
def needed(course):
    """Return a unit of the course that the others can wait for; it shows no word of theirs."""
    return factories.make_reading_unit(course)


def units_to_open(course, needed):
    """Return all its units, except the one whose Attempt already runs."""
    units = course.units.exclude(attempts__isnull=False).exclude(pk=needed.pk)
    assert {unit.kind for unit in units} == {"video", "reading", "quiz"}
    return units


def by_date(mia, units, needed, *, opened):
    units.update(opens_at=timezone.now() + timedelta(days=-1 if opened else 1))


def by_group_date(mia, units, needed, *, opened):
    """Open the units for the group of mia alone, or for all others alone."""
    group = LearnerGroup.objects.filter(enrolments__user=mia).first()
    group = group or factories.make_group(needed.course, mia, name="Thursday")
    now, day = timezone.now(), timedelta(days=1)
    units.update(opens_at=now + day if opened else now - day)
    for unit in units:
        factories.set_group_dates(group, unit, opens_at=now - day if opened else now + day)


def by_condition(mia, units, needed, *, opened):
    units.update(opens_after=needed)
    Completion.objects.filter(learner=mia, unit__in=units).delete()
    if opened:
        completion.mark_done(mia, needed, now=timezone.now())


WAYS = {"date": by_date, "group": by_group_date, "condition": by_condition}


@pytest.fixture
def serve(mia, course, needed):
    """Return a function that opens or closes the units in one of the ways, and returns them."""

    def set_open(way, *, opened):
        units = units_to_open(course, needed)
        units.update(opens_at=None, opens_after=None)
        GroupDates.objects.all().delete()
        WAYS[way](mia, units, needed, opened=opened)
        return list(units)

    return set_open


def filled(address, sample, codes):
    """Yield the URL with every code and every file filled in."""
    gaps = re.findall(r"<\w+:(\w+)>", address)
    given = sample.get("in", {})
    ways = [
        codes if gap == "code" else FILES if gap == "name" else [given.get(gap)] for gap in gaps
    ]
    for values in itertools.product(*ways):
        yield address_of(address, {address: {"in": dict(zip(gaps, values, strict=True))}})


def ask(client, method, url, sent):
    """Return the status, the body and the number of Attempts, and undo the effects."""
    with transaction.atomic():
        response = send(client, method, url, sent)
        begun = Attempt.objects.count()
        transaction.set_rollback(True)
    return response.status_code, read_body(response), begun


def requests_of(mia, course, world, units, of=None):
    """Yield each address, or only those in `of`, with the answer to each of its requests."""
    client = client_for_person(mia)
    questions = Question.objects.filter(course=course, unit__in=units, sibling=None)
    asked = {unit: unit.questions.first() for unit in units}
    codes = [unit.code for unit in units] + [course.code]
    codes += [question.code for question in asked.values() if question]
    at_a_question = ["", *(f"?question={each.code}" for each in questions[:2])]
    for (method, address), row in TABLE.items():
        if row["mia"] not in ("in", "404") or address.startswith(("/accounts/", "/my-data/erase")):
            continue
        if of is not None and address not in of:
            continue
        sample = world.get(address, {})
        sent = dict(sample.get("post", {}))
        for url in filled(address, sample, codes):
            for query in at_a_question if address == "/units/<uuid:code>/" else [""]:
                yield method, address, url + query, ask(client, method, url + query, sent)


def addresses_with_the_word(answers):
    """Return the URLs that showed the word, and the most Attempts after a request."""
    seen = {address for _, address, _, (_, body, _) in answers if WORD.encode() in body}
    return seen, max(begun for *_, (_, _, begun) in answers)


def statuses(answers):
    """Return the status of each request that names a unit, a question or a file."""
    return {
        (method, url): status for method, address, url, (status, _, _) in answers if "<" in address
    }


def test_no_url_serves_content_of_an_unopened_unit(mia, course, world, serve):
    """A unit closed by a group or a condition is answered as one closed by date."""
    before = Attempt.objects.count()
    shown, answered = {}, {}
    for way in WAYS:
        answers = list(requests_of(mia, course, world, serve(way, opened=False)))
        shown[way], answered[way] = addresses_with_the_word(answers), statuses(answers)
    assert shown == dict.fromkeys(WAYS, (set(), before))
    assert 403 in answered["date"].values()
    assert answered["group"] == answered["date"]
    assert answered["condition"] == answered["date"]


def test_every_url_that_serves_content_is_listed(mia, course, world, serve):
    units = serve("date", opened=True)
    before = Attempt.objects.count()
    answers = list(requests_of(mia, course, world, units))
    assert addresses_with_the_word(answers) == (CONTENT, before + 1)


@pytest.mark.parametrize("way", ["group", "condition"])
def test_each_listed_url_serves_a_unit_that_opened(mia, course, world, serve, way):
    units = serve(way, opened=True)
    before = Attempt.objects.count()
    answers = list(requests_of(mia, course, world, units, of={*CONTENT, BEGIN}))
    assert addresses_with_the_word(answers) == (CONTENT, before + 1)


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_shared_with_an_open_unit_is_served(mia, course, world, serve, way):
    serve(way, opened=False)
    client = client_for_person(mia)
    address = f"/media/{course.code}/balance.png"
    assert client.get(address).status_code == 403
    reading = Unit.objects.filter(kind="reading", course=course)
    reading.update(opens_at=None, opens_after=None)
    GroupDates.objects.filter(unit__in=reading).delete()
    assert client.get(address).status_code == 200
