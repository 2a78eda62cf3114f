"""What a researcher finds in the demo: an approved study, moments that two raters labelled, a Run.

Everything is of simulated people. The labels are made here, at random, and the second rater's name
says that they are simulated. The Run is a real training, which the worker begins after the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from accounts import people
from accounts.models import User
from consent.permits.errors import Refused
from courses.models import Course
from demo.simulated_learners.people import RESEARCH_SCOPES, allow
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
# So many of the simulated learners allow research, and their moments are labelled.
PARTICIPANTS = 8
RATER_LOGIN, RATER_NAME = "simulated-rater", "Rater 2 (simulated)"
# How often the second rater gives the first one's label, and how often a rater is sure.
AGREE, SURE = 0.7, 0.6
# How often each label is given; confusion and interest are most frequent in lectures (assumed).
WEIGHTS = dict.fromkeys(AFFECT_LABELS, 1) | {"INTEREST": 5, "CONFUSION": 4, "BOREDOM": 2}
# A training on simulated people that takes minutes and whose report has all pictures.
RECIPE = "sam"


def make_research(users: Sequence[User], course: Course, *, now: datetime, rng: Random) -> None:
    """Create what does not exist yet; without ravi, or without a data steward, nothing."""
    ravi, sara = people.find_by_login("ravi"), people.find_by_login("sara")
    if ravi is None or sara is None:
        return
    if not Study.objects.exists():
        _make_study(ravi, sara, now)
    if not LabelTask.objects.exists():
        _make_labels(users[:PARTICIPANTS], course, ravi, now, rng)
    if not Run.objects.exists():
        run_requests.start(RECIPE, None, ravi, now=now)


@transaction.atomic
def _make_study(ravi: User, sara: User, now: datetime) -> None:
    """Begin a study of ravi, with his statement and sara's approval."""
    study = study_setup.begin_study(TITLE, APPROVAL, (now + LASTS).date(), ravi, now=now)
    study_setup.record_statement(study, ravi, now=now)
    study_approval.answer(study.id, APPROVED, sara, now=now)


@transaction.atomic
def _make_labels(
    users: Sequence[User], course: Course, ravi: User, now: datetime, rng: Random
) -> None:
    """Draw moments of the lessons and have two raters label them; none if nothing was estimated."""
    for user in users:
        allow(user, now=now, scopes=RESEARCH_SCOPES)
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
