"""After any history of consents, gate, Grants and events agree with a small model (I-6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.grants import grants
from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.permits.errors import Refused
from consent.permits.gate import permits
from tests.fixtures.consent import withdraw

SCOPES = ("pointer:adapt", "pointer:teach", "pointer:research", "face:adapt", "face:teach")
GROUP = {"pointer": "hands", "face": "camera"}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("yes"), st.sampled_from(SCOPES)),
        st.tuples(st.just("no"), st.sets(st.sampled_from(SCOPES), min_size=1, max_size=3)),
        st.tuples(st.just("days"), st.sampled_from([1, 200, 366])),
        st.tuples(st.just("reword"), st.sampled_from(["hands", "camera"])),
    ),
    max_size=12,
)


class Model:
    """The expected state, without a database."""

    def __init__(self, now):
        self.now = now
        self.version = {"hands": 1, "camera": 1}
        self.epoch = dict.fromkeys(SCOPES, 0)
        self.given = {}  # scope -> (time of the consent, version of the text)

    def in_force(self, scope) -> bool:
        at, version = self.given.get(scope, (None, 0))
        current = self.version[GROUP[scope.split(":")[0]]]
        return at is not None and self.now < at + timedelta(days=365) and version == current

    def allows(self, scope) -> bool:
        return self.in_force(scope) and self.in_force(f"{scope.split(':')[0]}:adapt")

    def yes(self, scope) -> bool:
        stream, purpose = scope.split(":")
        if purpose != "adapt" and f"{stream}:adapt" not in self.given:
            return False
        if not self.in_force(scope):
            self.given[scope] = (self.now, self.version[GROUP[stream]])
            self.epoch[scope] += 1
        return True

    def no(self, scopes) -> None:
        for scope in SCOPES:
            adapt = f"{scope.split(':')[0]}:adapt"
            if scope in self.given and (scope in scopes or adapt in scopes):
                del self.given[scope]
                self.epoch[scope] += 1


class World:
    """The same steps on the real functions."""

    def __init__(self, person, folder, now):
        self.person, self.folder, self.now = person, folder, now

    def yes(self, scope) -> bool:
        notice = notices.current(GROUP[scope.split(":")[0]], "adult", now=self.now)
        code = self.person.code
        try:
            grants.grant(code, [scope], notice=notice, now=self.now, actor=code)
        except Refused:
            return False
        return True

    def no(self, scopes) -> None:
        withdraw(self.person, scopes, now=self.now)

    def reword(self, group) -> None:
        path = self.folder / "en" / f"{group}.adult.md"
        path.write_text(path.read_text() + "\nAnother line.\n")
        notices.publish(self.now, folder=self.folder)


def check(model: Model, world: World) -> None:
    """Assert that the gate agrees with the model, and that Grants are the replay of the events."""
    answers = permits(world.person.code, SCOPES, now=model.now)
    expected = {scope: model.epoch[scope] for scope in SCOPES if model.allows(scope)}
    assert {scope: permit.epoch for scope, permit in answers.granted.items()} == expected
    rows = Grant.objects.filter(learner=world.person)
    stored = {row.scope: (row.epoch, row.live) for row in rows if row.epoch}
    assert stored == {s: (e, s in model.given) for s, e in model.epoch.items() if e}
    folded = {}
    for event in ConsentEvent.objects.filter(learner=world.person).order_by("id"):
        assert event.epoch == folded.get(event.scope, (0,))[0] + 1
        folded[event.scope] = (event.epoch, event.verb == "grant")
    assert folded == stored


@pytest.mark.django_db
@given(history=steps)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_history_is_what_the_model_says(history, mia, demo, published, tmp_path_factory, now):
    folder = tmp_path_factory.mktemp("texts")
    (folder / "en").mkdir()
    for path in (notices.FOLDER / "en").iterdir():
        (folder / "en" / path.name).write_text(path.read_text())
    model, world = Model(now), World(mia, folder, now)
    with transaction.atomic():
        for step, what in history:
            if step == "days":
                model.now = world.now = model.now + timedelta(days=what)
            elif step == "reword":
                model.version[what] += 1
                world.reword(what)
            else:
                assert getattr(model, step)(what) == getattr(world, step)(what)
            check(model, world)
        transaction.set_rollback(True)
