"""The Researchers' labelling pages: access, content, and when agreement is shown."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from research.labels import annotation
from research.models import Label, LabelTask
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
LABELS = "/research/labels/"


def test_it_is_there_for_researchers_alone(client_for, ravi, mia, ines, amir):
    assert client_for(ravi).get(LABELS).status_code == 200
    for person in (mia, ines, amir):
        assert client_for(person).get(LABELS).status_code == 404


def test_drawing_leads_to_the_first_moment(client_for, course, willing, ravi):
    answer = client_for(ravi).post(
        f"{LABELS}draw/", {"course": "algebra", "stream": ["pointer"]}, follow=True
    )
    assert answer.status_code == 200
    assert "0 of 4" in answer.content.decode()


def test_without_streams_or_learners_it_says_so(client_for, course, ravi, demo):
    page = client_for(ravi)
    nothing = page.post(f"{LABELS}draw/", {"course": "algebra"})
    assert (nothing.status_code, LabelTask.objects.count()) == (422, 0)
    nobody = page.post(f"{LABELS}draw/", {"course": "algebra", "stream": ["pointer"]})
    assert nobody.status_code == 422
    assert (
        "No one in this course was active this week and allows research" in nobody.content.decode()
    )


def test_a_moment_does_not_identify_its_learner(client_for, task, ravi, mia, video):
    page = client_for(ravi).get(f"{LABELS}{task.id}/", follow=True).content.decode()
    main = page.split("<main", 1)[1].split("</main>")[0]
    for word in ("mia", str(mia.code), video.title, str(video.code), "CONFUSION guessed"):
        assert word not in main


def test_agreement_is_shown_only_after_labelling_all(client_for, task, ravi, other, now):
    for item in task.items.all():
        annotation.rate(item, other, "CONFUSION", sure=True, now=now)
    page = client_for(ravi)
    early = page.get(reverse("research:agreement", args=[task.id])).content.decode()
    assert "Finish labelling first" in early
    for item in task.items.all():
        page.post(reverse("research:label-item", args=[item.id]), {"label": "CONFUSION"})
    assert Label.objects.filter(rater=ravi).count() == 4
    told = page.get(f"{LABELS}{task.id}/", follow=True).content.decode()
    assert "2 raters, 4 moments" in told


def test_figures_of_raters_are_downloaded_only_after_labelling_all(
    client_for, task, ravi, other, now
):
    page, address = client_for(ravi), reverse("research:agreement", args=[task.id])
    for item in task.items.all():
        annotation.rate(item, other, "CONFUSION", sure=True, now=now)
    asked = {"figure": "mixed-labels", "as": "csv"}
    assert page.get(address, asked).status_code == 404
    for item in task.items.all():
        annotation.rate(item, ravi, "CONFUSION", sure=True, now=now)
    table = page.get(address, asked).content.decode().splitlines()
    assert table[1].replace('"', "").startswith("Confusion,8")


def test_no_two_parts_of_the_agreement_have_the_same_id(client_for, task, ravi, other, now):
    for item in task.items.all():
        annotation.rate(item, other, "CONFUSION", sure=True, now=now)
        annotation.rate(item, ravi, "CONFUSION", sure=True, now=now)
    page = client_for(ravi).get(reverse("research:agreement", args=[task.id])).content.decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert "mixed-labels" in ids
    assert len(set(ids)) == len(ids)


def test_an_unknown_label_is_answered_next_to_the_moment(client_for, task, ravi):
    item = task.items.first()
    answer = client_for(ravi).post(
        reverse("research:label-item", args=[item.id]), {"label": "LAZY"}
    )
    assert answer.status_code == 422
    assert "Select one of the labels." in answer.content.decode()
    assert not Label.objects.exists()


def test_a_withdrawn_moment_is_gone(client_for, task, ravi, mia, allow, now):
    item = task.items.first()
    type(item).objects.filter(pk=item.pk).update(epochs=[0, 0])
    answer = client_for(ravi).get(reverse("research:label-item", args=[item.id]))
    assert answer.status_code == 410
    assert "has withdrawn consent" in answer.content.decode()


def test_the_learner_reads_that_it_was_viewed(client_for, task, ravi, mia):
    client_for(ravi).get(f"{LABELS}{task.id}/", follow=True)
    seen = client_for(mia).get("/my-data/looked/").content.decode()
    assert "A researcher" in seen
    assert "viewed a moment of your sensor data" in seen


def test_courses_without_learners_do_not_break_the_list(client_for, ravi):
    factories.make_course("empty")
    assert client_for(ravi).get(LABELS).status_code == 200
