"""Today: what went wrong, what to change and whether it helped, each with n or with "too few"."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from teaching.effects.trial_card import CLOSED, WAITS, TrialCard
from tests.fixtures import class_activity, factories
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
TODAY = "/teach/algebra/"
SECTIONS = ("now", "wrong", "change", "help")


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def hard_chapter(course, video, quiz):
    """30 learners saw a video of four chapters yesterday; 22 replayed the second."""
    video.video.chapters = [
        {"start": 25 * at, "end": 25 * at + 25, "title": title}
        for at, title in enumerate(("Begin", "Find the pair", "Signs", "Recap"))
    ]
    video.video.save(update_fields=["chapters"])
    at = timezone.now() - timedelta(days=1)
    people = class_activity.class_of(course, 30, now=at)
    class_activity.watch(people[:22], video, at=at, back=(28, 45))
    class_activity.watch(people[22:], video, at=at)
    return people


def sections(response) -> dict[str, str]:
    """Return the visible text of each answer, and of the strip with one sentence for each."""
    assert response.status_code == 200
    page = response.content.decode()
    found = {"strip": page.split('class="glance"')[1].split("</ul>")[0]}
    for name in SECTIONS:
        found[name] = page.split(f'class="qsec" id="{name}"')[1].split('class="qsec"')[0]
    return {
        name: " ".join(
            re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", text, flags=re.S)).split()
        )
        for name, text in found.items()
    }


def test_the_four_questions_are_answered_in_order(teacher):
    page = teacher.get(TODAY).content.decode()
    places = [page.index(f'class="qsec" id="{name}"') for name in SECTIONS]

    assert places == sorted(places)


def test_a_hard_part_is_found_named_first_and_can_be_changed(teacher, hard_chapter, video):
    response = teacher.get(TODAY)
    said = sections(response)

    assert (
        "What went wrong in lesson 1? “Find the pair” (0:25–0:50) was harder than usual"
        in (said["strip"])
    )
    assert "22 of 30 learners replayed it" in said["wrong"]
    assert "0:25–0:50, n = 30" in said["wrong"]
    assert "No difference seen in 3 parts of this lesson." in said["wrong"]
    assert "Too few people in 3 parts." in said["wrong"]
    assert "Add a question after “Find the pair”" in said["change"]
    assert "22 of 30 replayed this part" in said["change"]
    assert f"/teach/algebra/lessons/{video.code}/?part=c1" in response.content.decode()
    assert (
        f"/author/courses/algebra/questions/new/?unit={video.code}&amp;t=50"
        in response.content.decode()
    )


def test_a_teacher_who_is_no_author_gets_the_reasons_instead_of_the_editor(
    client_for, course, hard_chapter, settings
):
    settings.LEGAL_PROFILE = "demo"
    other = make("otto")
    factories.make_enrolment(other, course, role="teacher")

    page = client_for(other).get(TODAY).content.decode().split('id="change"')[1]

    assert "/author/" not in page
    assert "See why: Add a question after" in page


def test_without_activity_it_says_too_few_and_suggests_nothing(teacher):
    said = sections(teacher.get(TODAY))

    assert "Too few people to say" in said["wrong"]
    assert "Nothing to suggest" in said["strip"]
    assert "No part of the lesson was harder than usual" in said["change"]


def test_equal_parts_read_no_difference_seen(teacher, course, video, quiz):
    at = timezone.now() - timedelta(days=1)
    class_activity.watch(class_activity.class_of(course, 12, now=at), video, at=at)

    assert "No difference seen" in sections(teacher.get(TODAY))["strip"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([], "No experiment yet"), ([CLOSED], "No figures shown"),
        ([CLOSED, WAITS], "Not known yet"),
    ],
)  # fmt: skip
def test_a_trial_whose_figures_stay_closed_is_no_missing_experiment(
    teacher, monkeypatch, states, words
):
    cards = [TrialCard("Stuck", "R1", 2, state) for state in states]
    monkeypatch.setattr("teaching.effects.views.load_cards", lambda *_args: cards)
    said = sections(teacher.get(TODAY))
    assert words in said["strip"]
    if words == "No figures shown":
        assert "its figures could reveal what a learner felt or said" in said["help"]


def test_a_profile_without_class_summaries_has_the_same_answers(
    client_for, course, ines, hard_chapter, settings
):
    settings.LEGAL_PROFILE = "eu_education"

    said = sections(client_for(ines).get(TODAY))

    assert "“Find the pair” (0:25–0:50) was harder than usual" in said["wrong"]
    assert "estimated" not in " ".join(said[name] for name in ("wrong", "change"))
