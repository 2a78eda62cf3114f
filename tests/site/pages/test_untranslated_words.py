"""Every text of every page is offered for translation, checked with a generated language.

Courses, people and files keep their own words; other exceptions are listed in LEFT.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps

from emotion.evidence import read_evidence
from tests.fixtures.site.page_reader import pages, read
from tests.site.pages.test_permission_matrix import PEOPLE, clients, world  # noqa: F401

pytestmark = pytest.mark.django_db
WORD = re.compile(r"[A-Za-z]{2,}")
CODE_OF_A_PERSON = re.compile(
    r"[0-9a-f]{4}…[0-9a-f]{4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
E_MAIL = re.compile(r"[a-z]+@school\.example")
# The brand, signs of times and files, and texts by people of the test world.
OWN_WORDS = {
    "Attune",
    "PostgreSQL",
    "MB",
    "UTC",
    "CSV",
    "PNG",
    "SVG",
    "course.zip",
    "people.csv",
    "phone",
    "Why nine?",
    "Why do we take 9?",
    "Tricky fractions",
    "Not today, mia.",
    "Hello mia, look again.",
    "Hello {name}, look again.",
    "I will.",
    "EK 1",
    "Northfield account",
    "School Moodle",
    "https://",
    "https://moodle.school.example",
    "Physics 7b",
    "Tuesday",
}
LEFT = {
    "/author/import/": ["Elementary algebra (algebra)"],
    "/teach/<slug:slug>/regrades/<uuid:unit>/": ["· · “It was unclear.”"],
    "/teach/<slug:slug>/marks/<uuid:answer>/": [
        "My own words.",
        "Well argued.",
        "· “Well argued.”",
    ],
    "/research/labels/moments/<uuid:id>/": ["visible", "focused"],
    "/steward/people/<uuid:code>/": [
        "hands, adult, en, version 1",
        "activity, adult, en, version 1",
        "activity, adult, en, version 1",
    ],
    # A heading of the Steward's own file.
    "/steward/people/import/<uuid:id>/rows/<int:number>/": ["E-mail"],
}


def unmarked(said: list[str]) -> list[str]:
    """Return the text outside all brackets; a sentence may span several elements."""
    depth, found = 0, []
    for text in said:
        outside = ""
        for letter in text:
            depth += letter == "["
            if depth == 0:
                outside += letter
            depth = max(0, depth - (letter == "]"))
        found.append(" ".join(outside.split()))
    return found


def of_courses() -> set[str]:
    """Return every text of a course in the database, whole and between its formulas."""
    texts = {
        text
        for model in apps.get_app_config("courses").get_models()
        for row in model.objects.values()
        for text in leaves(list(row.values()))
        if " " in text.strip()
    }
    return texts | {part.strip() for text in texts for part in text.split("$") if " " in part}


def of_evidence() -> set[str]:
    """Return the sources and licences of data sets, which are citations."""
    return {text for each in read_evidence().measured for text in (each.source, each.licence)}


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for held in value.values() if isinstance(value, dict) else value:
            yield from leaves(held)


def without(text: str, known: list[str]) -> str:
    """Return the text without known untranslated texts, longer ones first."""
    text = E_MAIL.sub("", CODE_OF_A_PERSON.sub("", text))
    for one in known:
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "", text)
    return text


def test_an_untranslated_word_is_found():
    said = ["[Ñöţ ", "mia", "] · Attune", "Left out [ḃ]", "[a [b] c]"]
    found = [without(text, ["Attune"]) for text in unmarked(said)]
    assert [text for text in found if WORD.search(text)] == ["Left out"]


def test_every_word_of_every_page_is_offered_for_translation(
    clients,  # noqa: F811
    world,  # noqa: F811
    strange_languages,
):
    names = of_courses() | of_evidence() | OWN_WORDS | set(PEOPLE)
    known = sorted(names, key=len, reverse=True)
    left, opened = {}, 0
    for page in pages(clients, world, "en-xa"):
        opened += 1
        found = [text for text in unmarked(read(page.html)) if WORD.search(without(text, known))]
        if found:
            left[page.address] = found
    assert left == LEFT
    assert opened > 60
