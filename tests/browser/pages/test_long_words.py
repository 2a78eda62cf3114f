"""A name, a title or a word of 150 letters without a space makes no page wider than a phone."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from courses.models import Question, Reading, Video
from discussion.posts import post_store
from tests.browser.pages.test_whole_site import of, opened_pages, whole  # noqa: F401
from tests.fixtures.site.address_samples import DISCUSSION
from tests.fixtures.users import rename
from tests.site.pages.test_permission_matrix import PEOPLE

WORD = "Donaudampfschifffahrt" * 7 + "Wxy"
WIDTH = 360
TOO_WIDE = """() => [...document.querySelectorAll("main *, header *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.innerText)
    .map((each) => each.tagName + "." + each.className).slice(-4)"""
# Plain-text columns with user input or imported text, by table.
TYPED = {
    "courses.Course": "title description level licence_name attribution",
    "courses.Unit": "title",
    "courses.Skill": "name description description_html",
    "courses.Misconception": "description",
    "courses.Question": "stem stem_html prompt prompt_html linear explanation explanation_html",
    "courses.Hint": "title text html linear",
    "courses.CaptionTrack": "label",
    "courses.Reading": "source html",
    "authoring.Arrival": "name title",
    "authoring.Version": "note",
    "research.Study": "title approval",
}


def lengthen(site, world):
    """Put the word wherever a user may have typed one, and lengthen the demo thread."""
    for table, columns in TYPED.items():
        model = apps.get_model(table)
        fields = [model._meta.get_field(name) for name in columns.split()]
        model.objects.update(**{each.name: WORD[: each.max_length] for each in fields})
    for person in get_user_model().objects.all():
        rename(person, WORD)
    reading = Reading.objects.get(unit__course__slug="algebra").unit
    with_choices = Question.objects.exclude(choices=[])
    for question in with_choices:
        question.choices = [{**row, "text": WORD, "html": WORD} for row in question.choices]
    Question.objects.bulk_update(with_choices, ["choices"])
    Video.objects.update(chapters=[{"start": 0, "end": 5, "title": WORD}])
    mia, noah = site.people["mia"], site.people["noah"]
    thread = post_store.begin_thread(
        reading, mia, id=uuid4(), title=WORD[:100], text=WORD, time_s=None, now=timezone.now()
    )
    post_store.reply(thread, noah, id=uuid4(), text=WORD, now=timezone.now())
    place = f"{DISCUSSION}threads/<uuid:id>/"
    world[place] = {"in": {**world[place]["in"], "id": thread.id}}


@pytest.fixture
def long_world(site, whole):  # noqa: F811
    lengthen(site, whole)
    return whole


def test_a_word_of_150_letters_widens_no_page(long_world, visit):
    wide, opened = {}, 0
    for person in PEOPLE:
        seen = visit(width=WIDTH)
        if person != "visitor":
            seen.sign_in(person)
        for address in opened_pages(seen, long_world, of(person, all_of_them=False)):
            opened += 1
            seen.shot(f"long-words-{person}{address.replace('/', '-')}")
            if seen.page.evaluate("document.documentElement.scrollWidth") > WIDTH:
                wide[f"{person} {address}"] = seen.page.evaluate(TOO_WIDE)
        # The media files of these courses do not exist.
        seen.complaints[:] = [each for each in seen.complaints if "load resource" not in each]
        seen.page.context.close()
    assert wide == {}
    assert opened > 90
