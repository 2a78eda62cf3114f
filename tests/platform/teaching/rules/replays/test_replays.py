"""A draft replayed by a worker: asked for, told day by day, kept as long as it may be shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.replays import replay
from adaptation.rules import active_rules
from interventions.replay import digest
from teaching import tasks
from teaching.rules.replays import replay_requests, worker
from teaching.rules.replays.models import Replay
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.rules.studio_forms import (
    NEW,
    R1,
    R1_FIELDS,
    page_of,
    part,
    post,
    replay_of,
)

pytestmark = pytest.mark.django_db
MADE = 'It would have made <span class="big">'


def test_a_request_only_says_that_it_is_owed(teacher, simulated, monkeypatch):
    monkeypatch.setattr(replay, "look_back", None)

    page = replay_of(teacher, dwell="30")

    row = Replay.objects.get()
    assert (row.state, row.rule, row.body["dwell_s"]) == ("owed", "R1", 30)
    assert f'data-from="/teach/algebra/rules/replays/{row.pk}/"' in page
    assert "Reading the last 7 days." in page
    assert 'value="cancel"' in page
    assert 'value="replay"' not in page


def test_a_worker_sets_the_draft_beside_the_version_that_is_on(teacher, simulated):
    replay_of(teacher, dwell="30")
    tasks.replay_due()

    page = part(teacher, Replay.objects.get())
    assert "suggestions, to <strong>3</strong> of 3 learners" in page
    assert MADE in page
    assert "simulated" in page
    assert "Version 2, on" in page
    assert re.search(r'aria-label="Suggestions on each day: [^"]*\d+"', page)
    assert "data-waits" not in page


def test_what_is_told_is_what_the_days_tell(teacher, simulated, course):
    replay_of(teacher, cap="1", per="86400")
    tasks.replay_due()

    row = Replay.objects.get()
    draft = worker.validation.look(row.body, now=row.until).rule
    sets = replay_requests.rule_sets(course, draft)
    days = replay.look_back(course, 7, sets, now=row.until)
    found = replay.figures(days, "draft", draft)
    told = replay.figures(days, "on", next(rule for rule in sets["on"] if rule.id == "R1"))
    assert row.draft == [
        found.people, found.offers, found.learners, found.per_hour, found.later_wrong,
        found.let_go, found.corrected, None, None,
    ]  # fmt: skip
    assert row.on[1] == told.offers > found.offers > 0
    assert sum(row.wrong) + sum(row.right) + sum(row.none) == found.offers
    assert row.digest == digest([*sets["draft"], *sets["on"]])


def test_days_done_are_told_while_it_runs(teacher, simulated, monkeypatch):
    replay_of(teacher)
    seen, look_back = [], replay.look_back

    def watched(*args, tell, **options):
        def told(done):
            tell(done)
            seen.append(part(teacher, Replay.objects.get()))

        return look_back(*args, tell=told, **options)

    monkeypatch.setattr(replay, "look_back", watched)
    tasks.replay_due()

    assert [re.search(r"(\d) of 7 days replayed", page)[1] for page in seen] == list("1234567")
    assert 'max="7" value="3"' in seen[2]


def test_it_stands_for_its_draft_until_another_is_asked_about(teacher, simulated):
    replay_of(teacher, dwell="30")
    tasks.replay_due()

    assert MADE in page_of(post(teacher, R1, **R1_FIELDS, dwell="30"))
    other = page_of(post(teacher, R1, **R1_FIELDS, dwell="45"))
    assert MADE not in other
    assert "You have changed the sentence since the last replay." in other
    assert MADE in page_of(post(teacher, R1, **R1_FIELDS, dwell="30"))


def test_another_rule_switched_asks_anew(teacher, simulated, course, ines, now):
    replay_of(teacher)
    tasks.replay_due()

    active_rules.switch(course, "R4", enabled=False, by=ines, now=now)

    assert MADE not in page_of(post(teacher, R1, **R1_FIELDS))


def test_a_newer_draft_takes_its_place_and_the_older_one_stops(teacher, simulated, monkeypatch):
    replay_of(teacher, dwell="30")
    walked, walk = [], replay._walk

    def slow(*args):
        walked.append(args)
        if len(walked) == 1:
            replay_of(teacher, dwell="45")
        walk(*args)

    monkeypatch.setattr(replay, "_walk", slow)
    tasks.replay_due()

    row = Replay.objects.get()
    assert (row.state, row.body["dwell_s"]) == ("there", 45)
    # The first stopped after its first day of three people; the second went over all seven.
    assert len(walked) == 3 + 7 * 3


def test_asked_twice_it_is_owed_once(teacher, simulated):
    replay_of(teacher)
    asked = Replay.objects.get()
    replay_of(teacher)

    assert Replay.objects.get().asked_at == asked.asked_at


@pytest.mark.parametrize(("act", "dwell"), [("cancel", "30"), ("check", "45")])
def test_a_word_or_a_change_stops_it(teacher, simulated, act, dwell):
    replay_of(teacher, dwell="30")

    page = page_of(post(teacher, R1, act, **R1_FIELDS, dwell=dwell))

    assert not Replay.objects.exists()
    assert "Replay the last 7 days" in page


def test_saved_or_discarded_the_draft_takes_it_along(teacher, simulated):
    for act in ("save", "discard"):
        replay_of(teacher, dwell="30")
        tasks.replay_due()
        answer = post(teacher, R1, act, **R1_FIELDS, dwell="30")
        assert answer.status_code == 302
        assert not Replay.objects.exists()


def test_a_co_teacher_sees_their_own_alone(teacher, simulated, client_for, course):
    replay_of(teacher)
    tasks.replay_due()
    amir = make("amir")
    factories.make_enrolment(amir, course, role="teacher")
    other = client_for(amir)

    assert MADE not in part(other, Replay.objects.get())
    assert MADE not in page_of(post(other, R1, **R1_FIELDS))
    assert other.get("/teach/geometry/rules/new/").status_code == 404


def test_with_nobody_there_it_says_too_few(teacher):
    post(teacher, NEW, "replay")
    tasks.replay_due()

    assert "Too few people to show" in page_of(post(teacher, NEW))


def test_one_that_fails_says_what_to_do(teacher, simulated, monkeypatch, caplog):
    replay_of(teacher)
    monkeypatch.setattr(replay, "look_back", lambda *_, **__: 1 / 0)
    tasks.replay_due()

    page = part(teacher, Replay.objects.get())
    assert "Your draft is saved, and nothing was changed for anyone." in page
    assert "The replay did not finish. Try again." in page
    assert 'value="replay"' in page
    assert "replay.failed" in caplog.text


def test_one_whose_worker_died_is_taken_up_again_and_given_up_at_last(teacher, simulated):
    replay_of(teacher)
    at = timezone.now()
    for _ in range(worker.MOST_TRIES):
        assert worker._claim(at) is not None
        assert worker._claim(at) is None, "two workers at once"
        at += worker.LEASE + timedelta(seconds=1)

    worker.process_due(now=lambda: at)

    assert Replay.objects.get().state == "failed"
