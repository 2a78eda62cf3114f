"""Random orders of worker, Learners and Teacher around the same Estimates, on the real functions.

A worker stores each Estimate in a transaction of its own connection, which commits or rolls back
some steps later. In between and afterwards Learners open their journey and correct, and the Teacher
opens every page.

One order is one seed and interleaves STORES Estimates. It looks for `Early`.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

import push
from accounts.models import SignInThrottle
from adaptation import submit_attempt
from consent.legal_profiles import profiles
from consent.permits import gate
from estimates import disputes, share_access
from estimates.group_figures import proportions
from estimates.group_figures.publications import QUARTER
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from estimates.models import AFFECT_LABELS, AffectEstimate, Predictor, Publication
from learner.journey.views import build_journey
from pipeline import page_messages
from teaching import tasks
from teaching.class_picture.cells import quarter_of
from teaching.class_picture.views import stamp
from teaching.models import Handled
from teaching.rules import drafts, validation
from teaching.rules.form_slots import build_sentence
from teaching.rules.replays.models import Replay
from telemetry.models import Sitting, Window
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test, take
from tests.fixtures.open_questions import add_essay, answer_of
from tests.fixtures.users import client_for_person, make
from tests.platform.teaching.conftest import answer, remove_noise, sit, tell
from tests.platform.teaching.rules.studio_forms import fields_of
from vault import sealed_values

LEARNERS, STORES = 6, 8
BEGINNINGS = (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), datetime(2026, 11, 20, 23, 55, tzinfo=UTC))
BOTH = ("pointer:adapt", "pointer:teach")
NEVER_THE_SAME = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')
TASK = "publish_due"
EFFECTS = "publish_effects"
REPLAYED = "replay_due"
SUMMARY = "queue_summaries"


class Early(AssertionError):
    """A Teacher got something of an Estimate before its Learner could read it."""


@dataclass
class Clock:
    """Replaces `timezone.now`."""

    now: datetime = BEGINNINGS[0]

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Class:
    """One course with its people and their clients; shared by all orders."""

    course: Any
    video: Any
    quiz: Any
    test: Any
    essay: Any
    upload: Any
    group: Any
    learners: list[Any]
    teacher: Any
    predictor: Predictor
    clock: Clock
    worker: Any
    opened: list[uuid.UUID]
    pushed: list[tuple[str, dict[str, Any]]]
    orders: int = 0
    views: int = 0
    stored: int = 0
    read: int = 0


@contextmanager
def class_of(allow, monkeypatch) -> Iterator[Class]:
    """Return six consenting people and their Teacher, recording every unsealing.

    A class picture shows one person, without noise, or else it would hide what the board read
    early.
    """
    remove_noise(monkeypatch)
    _remove_floors(monkeypatch)
    clock, opened, pushed = Clock(), [], []
    monkeypatch.setattr(timezone, "now", clock)
    course = factories.make_course("algebra")
    people = [make(f"pupil-{number}", now=clock.now) for number in range(LEARNERS)]
    for person in people:
        factories.make_enrolment(person, course)
        allow(person, *BOTH, now=clock.now - timedelta(hours=1))
    ines = make("ines", now=clock.now)
    factories.make_enrolment(ines, course, role="teacher")
    predictor = Predictor.objects.create(
        name="prior", digest="0123456789ab", kind="affect", origin="simulated", active=True, card={}
    )
    # Everyone shares with her, so only the order of acts keeps an Estimate from her.
    for person in people:
        share_access.ask(course, person, ines, now=clock.now)
        asked = share_access.list_requests(person, now=clock.now).get()
        share_access.give(asked.id, person, days=7, now=clock.now)
    _write_down(monkeypatch, opened, pushed)
    # Earlier quarters are published: only the current one is due.
    before = [Publication(course=course, quarter=at, at=at) for at in _before_the_beginnings()]
    Publication.objects.bulk_create(before)
    test = make_test(course=course, questions=1)
    add_essay(test)
    essay = answer_of(
        take(people[0], test, "9", "My own words.", now=clock.now - timedelta(hours=1))
    )
    upload = answer_of(_submit_file(people[0], course, now=clock.now - timedelta(hours=1)))
    group = factories.make_group(course, people[1])
    worker = connections["default"].copy()
    try:
        yield Class(
            course, factories.make_video_unit(course), factories.make_quiz_unit(course),
            test, essay, upload, group, people, ines, predictor, clock, worker, opened, pushed,
        )  # fmt: skip
    finally:
        worker.close()


def _submit_file(person, course, *, now):
    """Submit a test of one file upload; return the Attempt."""
    unit = make_test(course=course, questions=0)
    attempt = begin_with_file(person, unit, add_upload(unit), now=now)
    return submit_attempt.submit(attempt, now=now)


def _remove_floors(monkeypatch) -> None:
    current = profiles.current

    def without_floors(**asked):
        return replace(current(**asked), floor_people=1, floor_simulated=1)

    monkeypatch.setattr(profiles, "current", without_floors)
    monkeypatch.setattr(proportions, "band", round)


def _write_down(monkeypatch, opened, pushed) -> None:
    unseal, notify = sealed_values.unseal, push.notify

    def seen(stored, *, place):
        if place.table == AffectEstimate._meta.db_table:
            opened.append(uuid.UUID(place.row))
        return unseal(stored, place=place)

    def told(group, message):
        pushed.append((group, dict(message)))
        notify(group, message)

    monkeypatch.setattr(sealed_values, "unseal", seen)
    monkeypatch.setattr(push, "notify", told)


@contextmanager
def on(connection) -> Iterator[None]:
    """Run every query of this thread over that connection."""
    before = connections["default"]
    connections["default"] = connection
    try:
        yield
    finally:
        connections["default"] = before


@dataclass
class Order:
    """One order of acts: open transactions, and what each person could have read."""

    of: Class
    seed: int
    rng: random.Random
    begin: datetime
    sat: dict[int, Sitting] = field(default_factory=dict)
    waiting: list[tuple[Any, Any, str]] = field(default_factory=list)
    readable: set[uuid.UUID] = field(default_factory=set)
    client: Any = None
    block: Any = None

    def walk(self) -> None:
        """Do all acts in a random order, each store before its end; finally publish the quarter."""
        self.of.clock.now = self.begin
        self.client = client_for_person(self.of.teacher)
        for person in self.of.learners:
            self.sat[person.pk] = sit(person, self.of.video, self.begin)
            tell(self.sat[person.pk], "play", self.begin, 0.0)
        acts = [self.store] * STORES + [self.view] * 3 + [self.read, self.correct]
        acts += [self.turn_to_the_quiz]
        self.rng.shuffle(acts)
        for act in acts:
            self.of.clock.now += timedelta(seconds=self.rng.choice((1, 7, 31, 70)))
            act()
            if self.waiting and self.rng.random() < 0.7:
                self.end()
        while self.waiting:
            self.end()
        self.publish()

    def store(self) -> None:
        """Store a worker's Estimate without committing; no page of the Teacher may reveal it."""
        sitting = self.rng.choice(list(self.sat.values()))
        road = self.rng.choice(("board", "now", "queue"))
        twice = self.rng.random() < 0.35
        before = self.looked_at(road) if twice else b""
        with on(self.of.worker):
            if not self.waiting:
                self.block = transaction.atomic()
                self.block.__enter__()
            made = store_one(self, sitting)
        self.of.stored += 1
        self.waiting.append(made)
        if twice and self.looked_at(road) != before:
            raise Early(f"order {self.seed}: {road} changed with an Estimate that is not stored")

    def end(self) -> None:
        """End the worker's transaction. After its commit the Learner reads what it stored."""
        commit = self.rng.random() < 0.9
        with on(self.of.worker):
            self.commit(commit)
        ended, self.waiting = self.waiting, []
        if commit:
            self.must_be_readable(ended)

    def commit(self, commit: bool) -> None:
        transaction.set_rollback(not commit)
        self.block.__exit__(None, None, None)

    def must_be_readable(self, stored) -> None:
        live = {id for _, id, status in stored if status == "live"}
        for person in {person for person, _, _ in stored}:
            self.readable |= self.journey(person)
        if live - self.readable:
            raise Early(f"order {self.seed}: stored, and not to be read at {self.of.clock.now}")

    def journey(self, person) -> set[uuid.UUID]:
        items = build_journey(person, now=self.of.clock.now).items
        return {uuid.UUID(id) for item in items if item.ids for id in item.ids.split(",")}

    def read(self) -> None:
        """Read by the page and by its function, which agree."""
        person = self.rng.choice(self.of.learners)
        page = client_for_person(person).get("/journey/").content.decode()
        found = re.findall(r'name="ids" value="([0-9a-f,-]+)"', page)
        assert {uuid.UUID(id) for ids in found for id in ids.split(",")} == self.journey(person)

    def correct(self) -> None:
        for id in sorted(self.readable)[:1]:
            person = AffectEstimate.objects.get(id=id).learner
            permit = gate.permit(person.code, "course", now=self.of.clock.now)
            disputes.dispute(id, "NONE", permit, now=self.of.clock.now)

    def turn_to_the_quiz(self) -> None:
        """Open another unit, perhaps on another day, and ask the Teacher."""
        person = self.rng.choice(self.of.learners)
        quiz = sit(person, self.of.quiz, self.of.clock.now)
        answer(person, self.of.quiz.questions.first(), self.of.clock.now, sitting=quiz)
        tell(quiz, "stuck", self.of.clock.now)

    def view(self) -> None:
        roads = sorted(set(ROADS) - {"past"})
        self.watched(lambda: ROADS[self.rng.choice(roads)](self))

    def publish(self) -> None:
        ended = quarter_of(self.begin) + QUARTER + timedelta(minutes=2)
        self.of.clock.now = max(self.of.clock.now, ended)
        self.watched(lambda: ROADS[TASK](self))
        self.watched(lambda: ROADS["past"](self))

    def watched(self, road: Callable[[], object]) -> None:
        """Drive a Teacher's path: it reads only what its Learner could read before."""
        self.of.opened.clear()
        self.of.pushed.clear()
        road()
        self.of.views += 1
        self.of.read += len(set(self.of.opened))
        early = set(self.of.opened) - self.readable
        if early:
            raise Early(f"order {self.seed}: {len(early)} opened before they could be read")
        for group, message in self.of.pushed:
            assert set(message) == {"type"}, (group, message)

    def get(self, path: str, **query: str) -> bytes:
        response = self.client.get(f"/teach/algebra/{path}", query)
        assert response.status_code == 200, path
        return NEVER_THE_SAME.sub("", response.content.decode()).encode()

    def api(self, path: str) -> bytes:
        response = self.client.get(f"/api/v1/teach/algebra/{path}/")
        assert response.status_code == 200, path
        return response.content

    def looked_at(self, road: str) -> bytes:
        """Return what the path would show now, without side effects."""
        with transaction.atomic():
            shown = ROADS[road](self)
            transaction.set_rollback(True)
        return shown

    def seen_to(self) -> None:
        row = f"{self.of.learners[0].code}:{self.of.quiz.code}"
        self.client.post("/teach/algebra/handled/", {"handled": row})

    def rule(self) -> None:
        self.client.get("/teach/algebra/rules/")
        self.client.post("/teach/algebra/rules/", {"rule": "R1", "enabled": "off"})

    def studio(self) -> None:
        """Request a replay of a rule that uses estimates, over the days until now."""
        page = "/teach/algebra/rules/R2/"
        assert self.client.get(page).status_code == 200
        body = drafts.body_of("R2", None)
        sentence = build_sentence(body, body, validation.check_draft(body, now=self.of.clock.now))
        answer = self.client.post(page, {**fields_of(sentence), "act": "replay"})
        assert answer.status_code == 200

    def replay(self) -> None:
        """Return its progress or its findings."""
        self.studio()
        self.get(f"rules/replays/{Replay.objects.get().pk}/")

    def replayed(self) -> None:
        self.studio()
        tasks.replay_due()
        self.replay()

    def version(self) -> None:
        self.client.post("/teach/algebra/rules/R2/version/", {"version": "1"})

    def level(self) -> None:
        self.client.post("/teach/algebra/level/", {"target": "70"})
        self.get("level/")

    def regrade(self) -> None:
        """Regrade one question of a submitted test."""
        question = self.of.test.questions.filter(position__isnull=False).first()
        self.get(f"regrades/{self.of.test.code}/{question.code}/", treatment="full_credit")

    def grade(self) -> None:
        """Return one Learner's attempts at a test, with a grade override."""
        path = f"grades/{self.of.learners[0].code}/{self.of.test.code}/"
        given = {"act": "grade", "percent": "70", "reason": "One question was unclear."}
        self.client.post(f"/teach/algebra/{path}", given)
        self.get(path)

    def learner(self) -> bytes:
        """Open one Learner after the other, with a fresh sign-in."""
        person = self.of.learners[self.of.views % LEARNERS]
        self.client = client_for_person(self.of.teacher)
        return self.get(f"learners/{person.code}/")

    def ask(self) -> None:
        person = self.of.learners[0]
        self.client.post(f"/teach/algebra/learners/{person.code}/ask/")

    def listed(self) -> None:
        """Preview the enrolment of a username."""
        self.client.post("/teach/algebra/people/add/", {"people": "pupil-0", "role": "learner"})

    def out_and_back(self) -> None:
        person = {"person": str(self.of.learners[-1].code), "role": "learner"}
        gone = self.client.post("/teach/algebra/people/out/", person)
        token = gone["Location"].partition("?out=")[2]
        assert self.client.post("/teach/algebra/people/out/", {"undo": token}).status_code == 302

    def note(self) -> None:
        """Write a note for the authors of a lesson."""
        path = f"/teach/algebra/lessons/{self.of.video.code}/notes/"
        assert self.client.post(path, {"part": "c0", "text": "Say it twice."}).status_code == 302

    def mark(self) -> None:
        """Mark an essay, or replace the mark."""
        path = f"marks/{self.of.essay.pk}/"
        latest = self.of.essay.marks.filter(replaced_at=None).first()
        given = {"points": self.rng.choice("123"), "seen": latest.pk if latest else ""}
        assert self.client.post(f"/teach/algebra/{path}", given).status_code == 302
        self.get(path)

    def answer_file(self) -> None:
        """Download a file that was uploaded as an answer."""
        file = self.of.upload.attempt.answer_files.get()
        path = f"/teach/algebra/marks/{self.of.upload.pk}/files/{file.pk}/"
        assert self.client.get(path).status_code == 200

    def move_to_group(self) -> None:
        """Put one Learner into a group."""
        chosen = {"person": str(self.of.learners[2].code), "to": str(self.of.group.code)}
        assert self.client.post("/teach/algebra/groups/move/", chosen).status_code == 200

    def delete_group(self) -> None:
        """Delete a group and undo that."""
        path = f"/teach/algebra/groups/{self.of.group.code}/delete/"
        for act in ("", "restore"):
            assert self.client.post(path, {"act": act}).status_code == 302

    def invitation(self) -> None:
        last = {"last": self.of.clock.now.date().isoformat()}
        assert self.client.post("/teach/algebra/people/invite/", last).status_code == 302

    def email_invitation(self) -> None:
        """Invite one address repeatedly; after five mails the page refuses."""
        sent = self.client.post("/teach/algebra/people/email/", {"typed": "lena@school.example"})
        assert sent.status_code in (200, 302, 422)
        self.get("people/")

    def past(self) -> None:
        if Publication.objects.filter(at__isnull=False, cells__isnull=False).exists():
            self.get("board/", quarter=stamp(quarter_of(self.begin)))


ROADS: dict[str, Callable[[Order], Any]] = {
    "board": lambda order: order.get("board/"),
    "now": lambda order: order.get(""),
    "queue": lambda order: order.get("queue/"),
    "handled": Order.seen_to,
    "rules": Order.rule,
    "rule": Order.studio,
    "rule_new": lambda order: order.get("rules/new/"),
    "replay": Order.replay,
    "rule_version": Order.version,
    "level": Order.level,
    "grades": lambda order: order.get("grades/"),
    "total": lambda order: order.get("grades/total/"),
    "grade": Order.grade,
    "regrade": Order.regrade,
    "regrades": lambda order: order.get(f"regrades/{order.of.test.code}/"),
    "marking": lambda order: order.get("marking/"),
    "answers": lambda order: order.get(
        f"marking/{order.of.test.code}/{order.of.essay.question.code}/"
    ),
    "mark": Order.mark,
    "answer_file": Order.answer_file,
    "groups": lambda order: order.get("groups/"),
    "group": lambda order: order.get(f"groups/{order.of.group.code}/"),
    "group_move": Order.move_to_group,
    "group_delete": Order.delete_group,
    "group_dates": lambda order: order.get(
        f"units/{order.of.test.code}/groups/{order.of.group.code}/"
    ),
    "units": lambda order: order.get("units/"),
    "unit": lambda order: order.get(f"units/{order.of.quiz.code}/"),
    "weeks": lambda order: order.client.get("/teach/", follow=True),
    "week": lambda order: order.get("week/"),
    "week_mail": lambda order: order.client.post("/teach/algebra/week/mail/", {}),
    "lessons": lambda order: order.get("lessons/"),
    "notes": Order.note,
    "lesson": lambda order: order.get(f"lessons/{order.of.video.code}/"),
    "videos": lambda order: order.get("videos/"),
    "video": lambda order: order.get(f"videos/{order.of.video.code}/"),
    "topics": lambda order: order.get("topics/"),
    "states": lambda order: order.get("states/"),
    "compare": lambda order: order.get("compare/"),
    "items": lambda order: order.get("items/"),
    "item": lambda order: order.get(f"items/{order.of.quiz.questions.first().code}/"),
    "effects": lambda order: order.get("effects/"),
    "learners": lambda order: order.get("learners/"),
    "learner": Order.learner,
    "ask": Order.ask,
    "people": lambda order: order.get("people/"),
    "people_add": Order.listed,
    "people_out": Order.out_and_back,
    "people_invite": Order.invitation,
    "people_email": Order.email_invitation,
    "past": Order.past,
    **{
        f"api:{name}": partial(Order.api, path=path)
        for name, path in (
            ("roster", "learners"),
            ("class_progress", "progress"),
            ("grades", "grades"),
            ("now", "now"),
        )
    },
    TASK: lambda order: tasks.publish_due(),
    EFFECTS: lambda order: tasks.publish_effects(),
    REPLAYED: Order.replayed,
    SUMMARY: lambda order: tasks.queue_summaries(),
}


def store_one(order: Order, sitting: Sitting) -> tuple[Any, uuid.UUID, str]:
    """Store a guess and notify only its own page, as `pipeline.window_processing` does."""
    now = order.of.clock.now
    late = order.rng.random() < 0.15
    label = order.rng.choice(AFFECT_LABELS)
    guess = Guess(
        labels={label: (0.8, 0.7, 0.9)}, abstain=False, reasons=(), quality=0.9,
        streams=["pointer"], scopes=["pointer:adapt"], digest=order.of.predictor.digest,
    )  # fmt: skip
    learner = next(p for p in order.of.learners if p.pk == sitting.learner_id)
    permits = gate.permits(learner.code, ["pointer:adapt"], now=now).granted
    # Each with its own cut, since two Estimates of one Window are one row.
    cut = int((now - sitting.began_at).total_seconds() // 5)
    taken = AffectEstimate.objects.filter(sitting=sitting).values_list("cut", flat=True)
    cut = next(free for free in range(cut, cut + 100) if free not in set(taken))
    sensed = SensedWindow(Window(sitting=sitting, cut=cut), None, permits, late)
    made = affect.store_guess(sensed, guess, now=now)
    assert made is not None, "the worker stores nothing"
    page_messages.deliver_estimates([(made, sitting)])
    return learner, made.id, "late" if late else "live"


def walk(of: Class, seeds: Iterable[int]) -> None:
    """Run one order after the other, each from an empty course."""
    for seed in seeds:
        rng = random.Random(seed)
        order = Order(of, seed, rng, rng.choice(BEGINNINGS))
        try:
            order.walk()
        finally:
            if order.waiting:
                with on(of.worker):
                    order.commit(False)
            clear(of)
        of.orders += 1


def _before_the_beginnings() -> list[datetime]:
    return [quarter_of(at) - QUARTER * back for at in BEGINNINGS for back in range(1, 10)]


def clear(of: Class) -> None:
    """Delete all rows of an order before the next."""
    Publication.objects.exclude(quarter__in=_before_the_beginnings()).delete()
    Handled.objects.all().delete()
    Sitting.objects.all().delete()
    SignInThrottle.objects.all().delete()
    for person in of.learners:
        person.responses.all().delete()
