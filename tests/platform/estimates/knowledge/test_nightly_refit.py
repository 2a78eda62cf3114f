"""The nightly model: trained with enough people, judged on held-out people, and used live."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.models import User
from consent.permits import gate
from consent.permits.models import OBJECTION, Restriction
from courses.models import Response
from emotion import artefacts
from emotion.knowledge.tracers.hybrid import HybridTracer
from emotion.models.knowledge import train
from estimates.knowledge import answer_predictor, mastery, nightly_refit
from estimates.models import Predictor
from estimates.registry import predictors
from pipeline import tasks
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.ARTEFACTS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def course():
    made = factories.make_course()
    skills = [factories.make_skill(made) for _ in range(3)]
    for number in range(12):
        factories.make_question(
            factories.make_unit(made, kind="quiz"), skills=[skills[number % 3]], answer="5"
        )
    return made


@pytest.fixture
def class_of(course, now):
    """`class_of(20)`: Learners of different ability, each with twelve answers."""

    def made(count, *, simulated=False):
        chance = random.Random(count)
        people = []
        for _ in range(count):
            person = factories.make_user(simulated=simulated)
            ability = chance.uniform(0.1, 0.95)
            Response.objects.bulk_create(
                Response(
                    learner=person,
                    question=question,
                    given_sealed=b"\x01",
                    correct=chance.random() < ability,
                    answered_at=now - timedelta(days=1) + timedelta(minutes=minute),
                )
                for minute, question in enumerate(course.questions.order_by("pk"))
            )
            people.append(person)
        return people

    return made


def test_with_too_few_people_or_answers_nothing_changes(class_of, now, shelf):
    people = class_of(nightly_refit.MIN_LEARNERS)
    Response.objects.filter(learner=people[0], question__in=_some(people[0], 3)).delete()

    assert nightly_refit.refit_due(now=now) is None
    assert not Predictor.objects.exists()
    assert list(shelf.iterdir()) == []


def _some(person, count):
    return list(person.responses.values_list("question", flat=True)[:count])


def test_answers_of_an_objector_are_not_used(class_of, now):
    people = class_of(nightly_refit.MIN_LEARNERS)
    Restriction.objects.create(learner=people[0], kind=OBJECTION, since=now)

    assert nightly_refit.refit_due(now=now) is None


def test_its_card_has_figures_on_held_out_people_and_its_origin(class_of, now):
    class_of(nightly_refit.MIN_LEARNERS)
    class_of(5, simulated=True)

    row = nightly_refit.refit_due(now=now)

    assert (row.kind, row.origin) == ("knowledge", "people")
    assert row.card["figures"]["people"] == nightly_refit.MIN_LEARNERS
    assert row.card["figures"]["answers"] == 12 * nightly_refit.MIN_LEARNERS
    for name in ("auc", "elo_auc"):
        value, low, high = row.card["figures"][name]
        assert 0 <= low <= value <= high <= 1
    assert "5 folds by learner" in row.card["protocol"]


def test_with_too_few_people_simulated_ones_are_used_and_marked(class_of, now):
    class_of(nightly_refit.MIN_LEARNERS - 5)
    class_of(5, simulated=True)

    assert nightly_refit.refit_due(now=now).origin == "simulated"


def test_a_night_and_a_new_answer_make_it_due_again(class_of, course, now):
    people = class_of(nightly_refit.MIN_LEARNERS)
    assert nightly_refit.refit_due(now=now) is not None
    assert nightly_refit.refit_due(now=now + timedelta(hours=1)) is None
    tomorrow = now + timedelta(days=1)
    assert nightly_refit.refit_due(now=tomorrow) is None

    Response.objects.create(
        learner=people[0], question=course.questions.first(), given_sealed=b"\x01", correct=True,
        answered_at=now + timedelta(hours=2),
    )  # fmt: skip
    assert nightly_refit.refit_due(now=tomorrow) is not None


@pytest.fixture
def while_learning(monkeypatch):
    """`while_learning(act)`: run `act` just before each training."""

    def sets(act):
        real = train.train

        def learns(*args, **more):
            act()
            return real(*args, **more)

        monkeypatch.setattr(train, "train", learns)

    return sets


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_it_learns(class_of, now, while_learning):
    class_of(nightly_refit.MIN_LEARNERS)
    seen = []
    while_learning(lambda: seen.append(connection.in_atomic_block))

    assert nightly_refit.refit_due(now=now) is not None
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_it_to_the_first(class_of, now, while_learning):
    class_of(nightly_refit.MIN_LEARNERS)
    begun, go = threading.Event(), threading.Event()
    while_learning(lambda: begun.set() or go.wait(20))

    def first():
        row = nightly_refit.refit_due(now=now)
        connections.close_all()
        return row

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(first)
        try:
            assert begun.wait(20)
            assert nightly_refit.refit_due(now=now) is None
        finally:
            go.set()
        assert other.result(60) == Predictor.objects.get()


class Killed(Exception):
    pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("place", "name"), [(train, "train"), (predictors, "register"), (nightly_refit, "_delete_old")]
)
def test_after_a_kill_nothing_is_in_use_and_the_next_run_succeeds(
    class_of, now, monkeypatch, place, name
):
    class_of(nightly_refit.MIN_LEARNERS)

    def dies(*args, **more):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, name, dies)
        with pytest.raises(Killed):
            nightly_refit.refit_due(now=now)
    assert not Predictor.objects.exists()
    connection.close()

    assert nightly_refit.refit_due(now=now) == Predictor.objects.get()


@pytest.mark.parametrize("worse", [True, False])
def test_one_that_is_worse_than_elo_is_registered_and_not_used(class_of, now, monkeypatch, worse):
    class_of(nightly_refit.MIN_LEARNERS)
    if worse:
        monkeypatch.setattr(HybridTracer, "_logit", lambda self, columns: -columns.sum(axis=1))

    row = nightly_refit.refit_due(now=now)

    assert (artefacts.UNPROMOTED in row.card) == (
        row.card["figures"]["auc"][0] < row.card["figures"]["elo_auc"][0]
    )
    assert row.active == (artefacts.UNPROMOTED not in row.card)
    assert not (worse and row.active)


def test_in_use_it_predicts_and_without_it_elo_does(class_of, course, now, mia, monkeypatch):
    class_of(nightly_refit.MIN_LEARNERS)
    factories.make_enrolment(mia, course)
    questions = list(course.questions.prefetch_related("skills"))
    permit = gate.permit(mia.code, "course", now=now)
    by_elo = mastery.read(permit).predict(questions)

    row = nightly_refit.refit_due(now=now)
    Predictor.objects.filter(pk=row.pk).update(active=True)

    by_model = mastery.read(permit).predict(questions)
    assert by_model.keys() == by_elo.keys()
    assert by_model == answer_predictor.predictions_of(permit).chances(questions)
    assert by_model != by_elo
    assert all(0 < chance < 1 for chance in by_model.values())


def test_a_question_of_a_skill_that_is_new_to_it_stays_with_elo(class_of, course, now, mia):
    class_of(nightly_refit.MIN_LEARNERS)
    row = nightly_refit.refit_due(now=now)
    Predictor.objects.filter(pk=row.pk).update(active=True)
    new = factories.make_question(skills=[factories.make_skill(course)])
    permit = gate.permit(mia.code, "course", now=now)

    assert answer_predictor.predictions_of(permit).chances([new]) == {}
    assert new.pk in mastery.read(permit).predict([new])


def test_it_predicts_the_same_as_the_trained_model(class_of, now):
    people = class_of(nightly_refit.MIN_LEARNERS)
    row = nightly_refit.refit_due(now=now)
    Predictor.objects.filter(pk=row.pk).update(active=True)
    log = nightly_refit.read_log(people)
    last = User.objects.get(pk=people[-1].pk)
    newest = last.responses.order_by("-answered_at").first()
    rows = log.responses.users == last.pk
    model = HybridTracer(C=row.card["network"]["C"][0], random_state=nightly_refit.SEED).fit(
        log.responses
    )
    expected = model.predict_proba(log.responses)[rows][-1, 1]
    newest.delete()

    permit = gate.permit(last.code, "course", now=now)
    (found,) = answer_predictor.predictions_of(permit).chances([newest.question]).values()

    assert found == pytest.approx(expected, abs=1e-4)


def test_older_artefacts_are_deleted_except_the_newest_and_two_in_use(class_of, course, now, shelf):
    people = class_of(nightly_refit.MIN_LEARNERS)
    question = course.questions.first()
    for night in range(4):
        at = now + timedelta(days=night)
        Response.objects.create(
            learner=people[night], question=question, given_sealed=b"\x01", correct=True,
            answered_at=at - timedelta(hours=1),
        )  # fmt: skip
        Predictor.objects.filter(kind="knowledge").update(registered_at=at - timedelta(hours=21))
        row = nightly_refit.refit_due(now=at)
        if not row.active:
            predictors._take_into_use(row, "predictor.promote", at)

    assert len(list(shelf.iterdir())) == 3
    assert predictors.folder_of(str(predictors.find_active("knowledge"))).is_dir()


def test_the_beat_runs_it_once_an_hour_on_the_slow_queue(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["refit"]
    assert entry["options"]["queue"] == "slow"
    assert entry["task"] == tasks.refit_knowledge.name

    tasks.refit_knowledge()
    assert not Predictor.objects.exists()
