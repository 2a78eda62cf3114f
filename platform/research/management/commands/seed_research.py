"""`manage.py seed_research COURSE`: a study, moments that two raters labelled, and a Run.

It is for the demo, and of simulated people alone. The labels are made here, at random, and the
second rater's name says that they are simulated. The Run is a real training by the worker.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import User
from consent.permits.errors import Refused
from courses.models import Course
from estimates.models import AFFECT_LABELS
from research.labels import annotation, sampling
from research.models import LabelItem, LabelTask, Run, Study
from research.runs import run_requests
from research.studies import study_approval, study_setup
from research.studies.models import APPROVED

TITLE = "Confusion in short lectures (simulated)"
APPROVAL = "DEMO 1, no real ethics committee"
LASTS = timedelta(days=120)
STREAMS = ("face", "gaze")
RATER_LOGIN, RATER_NAME = "simulated-rater", "Rater 2 (simulated)"
# How often the second rater gives the first one's label, and how often a rater is sure.
AGREE, SURE = 0.7, 0.6
# How often each label is given; confusion and interest are most frequent in lectures (assumed).
WEIGHTS = dict.fromkeys(AFFECT_LABELS, 1) | {"INTEREST": 5, "CONFUSION": 4, "BOREDOM": 2}
# A training on simulated people that takes minutes and whose report has all pictures.
RECIPE = "sam"


class Command(BaseCommand):
    """Create what does not exist yet; without ravi, or without sara, nothing."""

    help = "Create a study, labels and a training run of simulated people, for the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the course."""
        parser.add_argument("course", help="slug of the course whose simulated learners take part")

    def handle(self, *, course: str, **_: Any) -> None:
        """Create the study, the labels and the Run."""
        ravi, sara = people.find_by_login("ravi"), people.find_by_login("sara")
        now, rng = timezone.now(), Random(1)  # noqa: S311
        if ravi is None or sara is None:
            return
        if not Study.objects.exists():
            _make_study(ravi, sara, now)
        if not LabelTask.objects.exists():
            _make_labels(Course.objects.get(slug=course), ravi, now, rng)
        if not Run.objects.exists():
            run_requests.start(RECIPE, None, ravi, now=now)


@transaction.atomic
def _make_study(ravi: User, sara: User, now: datetime) -> None:
    """Begin a study of ravi, with his statement and sara's approval."""
    study = study_setup.begin_study(TITLE, APPROVAL, (now + LASTS).date(), ravi, now=now)
    study_setup.record_statement(study, ravi, now=now)
    study_approval.answer(study.id, APPROVED, sara, now=now)


@transaction.atomic
def _make_labels(course: Course, ravi: User, now: datetime, rng: Random) -> None:
    """Draw moments of the lessons and have two raters label them; none if nothing was estimated.

    Raises ValueError if a real learner allows research: their moments get no invented labels.
    """
    if any(not person.simulated for person in sampling.find_willing(course, STREAMS, now=now)):
        raise ValueError("expected only simulated learners who allow research")
    try:
        task = sampling.draw(course, STREAMS, ravi, rng=rng, now=now)
    except Refused:  # No moment yet, as no Predictor was in use.
        return
    second = people.find_by_login(RATER_LOGIN) or people.make_person(
        RATER_LOGIN, name=RATER_NAME, roles=["researcher"], password=None, simulated=True, now=now
    )
    for item in LabelItem.objects.filter(task=task).order_by("pk"):
        _rate(item, ravi, second, rng, now)


def _rate(item: LabelItem, first: User, second: User, rng: Random, now: datetime) -> None:
    """Store the labels of one moment; the raters often agree."""
    label = _draw_label(rng)
    other = label if rng.random() < AGREE else _draw_label(rng)
    for rater, said in ((first, label), (second, other)):
        annotation.rate(item, rater, said, sure=rng.random() < SURE, now=now)


def _draw_label(rng: Random) -> str:
    return rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
