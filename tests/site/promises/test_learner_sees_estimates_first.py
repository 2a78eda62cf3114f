"""A Learner reads estimates about them no later than anyone else, and none reaches a mark.

This is promise 3.
"""

from __future__ import annotations

import ast
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.api import urls
from courses import completion
from courses.access import courses_visible_to
from courses.answers import responses
from estimates.group_figures import eligible_estimates, unsealing
from estimates.inference import affect
from learner.journey import feed
from teaching import tasks
from teaching.class_picture import participants, snapshots, views
from teaching.urls import urlpatterns
from tests.fixtures import factories
from tests.platform.teaching.conftest import TEN, sit
from tests.site.promises.learner_sees_first_model import (
    EFFECTS,
    REPLAYED,
    ROADS,
    STORES,
    SUMMARY,
    TASK,
    Early,
    Order,
    class_of,
    on,
    store_one,
    walk,
)

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
# Modules that compute marks, completion and the next question.
GRADING = ("courses", "learner/courses/lessons.py")


@pytest.fixture
def class_(transactional_db, allow, monkeypatch):
    with class_of(allow, monkeypatch) as made:
        yield made


def test_every_path_to_a_teacher_is_driven():
    named = {pattern.name for pattern in urlpatterns}
    named |= {
        f"api:{each.name}" for each in urls.urlpatterns if str(each.pattern).startswith("teach/")
    }
    told = {name for name, found in vars(tasks).items() if hasattr(found, "delay")}
    assert named == set(ROADS) - {TASK, EFFECTS, REPLAYED, SUMMARY, "past"}
    assert told == {TASK, EFFECTS, REPLAYED, SUMMARY}


def test_a_learner_reads_each_estimate_before_any_teacher(class_):
    walk(class_, range(8))

    assert class_.stored == 8 * STORES
    assert class_.views >= 5 * 8
    assert class_.read > 4 * 8, "hardly anything reached a Teacher"


@pytest.mark.long
def test_a_learner_reads_each_estimate_first_in_ten_thousand_interleavings(class_):
    """Each Estimate of an order is one interleaving: its store, its end, its reading, and a
    Teacher."""
    orders = 10_000 // STORES
    walk(class_, range(8, 8 + orders))
    print(f"{orders} orders, {class_.stored} estimates, {class_.read} of them read by a Teacher")
    print(f"{class_.views} views of a Teacher")

    assert class_.stored == 10_000


def test_an_estimate_stored_after_midnight_can_be_read(class_):
    """A new day began for its Learner between the guess and its commit."""
    order = Order(class_, 0, random.Random(0), TEN)
    class_.clock.now = before = TEN.replace(hour=23, minute=59, second=57)
    person = class_.learners[0]
    sitting = sit(person, class_.video, before)
    with on(class_.worker), transaction.atomic():
        _, id, status = store_one(order, sitting)
        class_.clock.now = before + timedelta(seconds=5)
    sit(person, class_.quiz, class_.clock.now)

    assert status == "live"
    assert id in order.journey(person)


def dirty(class_, patch):
    """The board reads uncommitted rows, and shows real people meanwhile."""
    admit, open_ = eligible_estimates._last_of_each_window, unsealing.unseal_estimates

    def both(*args):
        with on(class_.worker):
            return admit(*args)

    def all_opened(*found):
        with on(class_.worker):
            return list(open_(*found))

    patch.setattr(eligible_estimates, "_last_of_each_window", both)
    patch.setattr(eligible_estimates, "lock_estimates", lambda found, *_, **__: found)
    patch.setattr(participants, "unseal_estimates", all_opened)
    patch.setattr(snapshots, "_select_for_running", lambda found, acts: (found, acts))


def remembered(class_, patch):
    """The process caches its guesses, and the board shows the cache."""
    kept, store, shown = [], affect.store_guess, views._caption_running
    patch.setattr(affect, "store_guess", lambda *a, **k: kept.append(a) or store(*a, **k))
    patch.setattr(views, "_caption_running", lambda found: f"{shown(found)} {len(kept)}")


def late(class_, patch):
    """Estimates that came too late for their Learner count for the class."""
    patch.setattr(eligible_estimates, "COUNTED", (*eligible_estimates.COUNTED, "late"))


def slow(class_, patch):
    """The journey shows a guess only a minute later."""
    opened = feed.read_guesses

    def ripe(user, rows, now):
        return opened(user, [r for r in rows if (now - r.made_at).total_seconds() > 60], now)

    patch.setattr(feed, "read_guesses", ripe)


@pytest.mark.parametrize("wrong", [dirty, remembered, late, slow])
def test_a_wrong_design_is_detected(class_, monkeypatch, wrong):
    with monkeypatch.context() as patch:
        wrong(class_, patch)
        with pytest.raises(Early):
            walk(class_, range(100, 112))
    print(f"caught after {class_.orders} orders without")


def files(root: Path) -> list[Path]:
    found = [root / name for name in GRADING]
    return [path for each in found for path in (each.rglob("*.py") if each.is_dir() else [each])]


def doors() -> set[str]:
    """Return the names by which rows of other apps refer to estimated data."""
    models = list(apps.get_app_config("estimates").get_models())
    links = [f for model in models for f in model._meta.fields if f.is_relation]
    names = {link.remote_field.get_accessor_name() for link in links}
    names |= {link.remote_field.name for link in links}
    # "+" means no reverse relation in Django.
    return {name for name in names if name not in (None, "+")} | {m.__name__ for m in models}


def estimates_in(path: Path, forbidden: set[str]) -> Iterator[str]:
    """Return every reference to estimated data: imports, names in texts, relations."""
    for node in ast.walk(ast.parse(path.read_text())):
        for name in names_of(node):
            first = name.split(".")[0].split("__")[0]
            if first in ("estimates", "emotion") or first.startswith("estimates_"):
                yield f"{path.name}:{node.lineno} {name}"
            if set(name.split("__")) & forbidden:
                yield f"{path.name}:{node.lineno} {name}"


def names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (word.strip("\"',();") for word in node.value.split())


def test_no_grading_code_refers_to_estimates():
    found = files(PLATFORM)
    assert len(found) > 15
    assert [line for path in found for line in estimates_in(path, doors())] == []


PLANTS = {
    "an import": "from estimates import mastery",
    "an import in a function": "def f():\n    import estimates.inference.affect",
    "a name in a text": "import importlib\nfelt = importlib.import_module('estimates.models')",
    "a model by its name": "from django.apps import apps\nm = apps.get_model('estimates', 'X')",
    "a relation": "def f(user):\n    return user.affectestimates.count()",
    "a relation in a query": "def f(rows):\n    return rows.filter(learner__affectestimates=None)",
    "a statement": "SQL = 'SELECT sealed FROM estimates_affectestimate'",
    "a network": "def f():\n    from emotion import predictors",
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_reference_to_an_estimate_is_detected(plant, tmp_path):
    for name in GRADING:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (PLATFORM / name).is_dir() else shutil.copy
        copy(PLATFORM / name, tmp_path / name)
    (tmp_path / "courses" / "planted.py").write_text(PLANTS[plant] + "\n")

    found = {line.split(":")[0] for p in files(tmp_path) for line in estimates_in(p, doors())}

    assert found == {"planted.py"}


@pytest.mark.django_db
def test_grading_reads_no_table_of_estimates(mia):
    quiz = factories.make_quiz_unit()
    factories.make_enrolment(mia, quiz.course)
    reading = factories.make_reading_unit(quiz.course)
    with CaptureQueriesContext(connection) as asked:
        for question in quiz.questions.filter(position__isnull=False):
            responses.record(
                learner=mia, question=question, given="5", sitting=None, hints_used=0,
                elapsed_ms=1, draw=None, now=TEN,
            )  # fmt: skip
        completion.mark_done(mia, reading, now=TEN)
        assert all(state.done for state in completion.load_progress(mia, quiz.course).values())
        assert list(courses_visible_to(mia)) == [quiz.course]

    assert len(asked) > 10
    assert not [query["sql"] for query in asked if "estimates_" in query["sql"]]
