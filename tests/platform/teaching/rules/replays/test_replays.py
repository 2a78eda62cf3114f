"""Replays of a draft: requested, computed day by day, and stored while they may be shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.replays import replay
from adaptation.rules import active_rules
from interventions.replay import digest_rules
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
from vault.errors import KeystoreBusy

pytestmark = pytest.mark.django_db
MADE = 'It would have made <span class="big">'


def test_a_request_only_marks_the_replay_as_pending(teacher, simulated_learners, monkeypatch):
    monkeypatch.setattr(replay, "replay_days", None)

    page = replay_of(teacher, dwell="30")

    row = Replay.objects.get()
    assert (row.state, row.rule, row.body["dwell_s"]) == ("owed", "R1", 30)
    assert f'data-from="/teach/algebra/rules/replays/{row.pk}/"' in page
    assert "Reading the last 7 days." in page
    assert 'value="cancel"' in page
    assert 'value="replay"' not in page


def test_a_worker_compares_the_draft_with_the_active_version(teacher, simulated_learners):
    replay_of(teacher, dwell="30")
    tasks.replay_due()

    page = part(teacher, Replay.objects.get())
    assert "suggestions, to <strong>3</strong> of 3 learners" in page
    assert MADE in page
    assert "simulated" in page
    assert "Version 2, on" in page
    assert re.search(r'aria-label="Suggestions on each day: [^"]*\d+"', page)
    assert "data-waits" not in page


def test_the_figures_are_those_of_the_days(teacher, simulated_learners, course):
    replay_of(teacher, cap="1", per="86400")
    tasks.replay_due()

    row = Replay.objects.get()
    draft = worker.validation.check_draft(row.body, now=row.until).rule
    sets = replay_requests.rule_sets(course, draft)
    days = replay.replay_days(course, 7, sets, now=row.until)
    found = replay.compute_figures(days, "draft", draft)
    told = replay.compute_figures(days, "on", next(rule for rule in sets["on"] if rule.id == "R1"))
    assert row.draft == [
        found.people, found.offers, found.learners, found.per_hour, found.later_wrong,
        found.let_go, found.corrected, None, None,
    ]  # fmt: skip
    assert row.on[1] == told.offers > found.offers > 0
    assert sum(row.wrong) + sum(row.right) + sum(row.none) == found.offers
    assert row.digest == digest_rules([*sets["draft"], *sets["on"]])


def test_finished_days_are_shown_while_it_runs(teacher, simulated_learners, monkeypatch):
    replay_of(teacher)
    seen, look_back = [], replay.replay_days

    def watched(*args, tell, **options):
        def told(done):
            tell(done)
            seen.append(part(teacher, Replay.objects.get()))

        return look_back(*args, tell=told, **options)

    monkeypatch.setattr(replay, "replay_days", watched)
    tasks.replay_due()

    assert [re.search(r"(\d) of 7 days replayed", page)[1] for page in seen] == list("1234567")
    assert 'max="7" value="3"' in seen[2]


def test_it_is_valid_for_its_draft_until_another_is_requested(teacher, simulated_learners):
    replay_of(teacher, dwell="30")
    tasks.replay_due()

    assert MADE in page_of(post(teacher, R1, **R1_FIELDS, dwell="30"))
    other = page_of(post(teacher, R1, **R1_FIELDS, dwell="45"))
    assert MADE not in other
    assert "You have changed the sentence since the last replay." in other
    assert MADE in page_of(post(teacher, R1, **R1_FIELDS, dwell="30"))


def test_switching_another_rule_requires_a_new_replay(
    teacher, simulated_learners, course, ines, now
):
    replay_of(teacher)
    tasks.replay_due()

    active_rules.switch_rule(course, "R4", enabled=False, by=ines, now=now)

    assert MADE not in page_of(post(teacher, R1, **R1_FIELDS))


def test_a_newer_draft_replaces_and_stops_the_older_one(teacher, simulated_learners, monkeypatch):
    replay_of(teacher, dwell="30")
    walked, walk = [], replay._replay_day

    def slow(*args):
        walked.append(args)
        if len(walked) == 1:
            replay_of(teacher, dwell="45")
        walk(*args)

    monkeypatch.setattr(replay, "_replay_day", slow)
    tasks.replay_due()

    row = Replay.objects.get()
    assert (row.state, row.body["dwell_s"]) == ("there", 45)
    # The first stopped after its first day of three people; the second went over all seven.
    assert len(walked) == 3 + 7 * 3


def test_two_equal_requests_are_pending_once(teacher, simulated_learners):
    replay_of(teacher)
    asked = Replay.objects.get()
    replay_of(teacher)

    assert Replay.objects.get().asked_at == asked.asked_at


@pytest.mark.parametrize(("act", "dwell"), [("cancel", "30"), ("check", "45")])
def test_cancelling_or_changing_the_draft_stops_it(teacher, simulated_learners, act, dwell):
    replay_of(teacher, dwell="30")

    page = page_of(post(teacher, R1, act, **R1_FIELDS, dwell=dwell))

    assert not Replay.objects.exists()
    assert "Replay the last 7 days" in page


def test_saving_or_discarding_the_draft_deletes_it(teacher, simulated_learners):
    for act in ("save", "discard"):
        replay_of(teacher, dwell="30")
        tasks.replay_due()
        answer = post(teacher, R1, act, **R1_FIELDS, dwell="30")
        assert answer.status_code == 302
        assert not Replay.objects.exists()


def test_a_co_teacher_sees_their_own_alone(teacher, simulated_learners, client_for, course):
    replay_of(teacher)
    tasks.replay_due()
    amir = make("amir")
    factories.make_enrolment(amir, course, role="teacher")
    other = client_for(amir)

    assert MADE not in part(other, Replay.objects.get())
    assert MADE not in page_of(post(other, R1, **R1_FIELDS))
    assert other.get("/teach/geometry/rules/new/").status_code == 404


def test_an_empty_class_is_too_few(teacher):
    post(teacher, NEW, "replay")
    tasks.replay_due()

    assert "Too few people to show" in page_of(post(teacher, NEW))


def test_one_that_fails_says_what_to_do(teacher, simulated_learners, monkeypatch, caplog):
    replay_of(teacher)
    monkeypatch.setattr(replay, "replay_days", lambda *_, **__: 1 / 0)
    tasks.replay_due()

    page = part(teacher, Replay.objects.get())
    assert "Your draft is saved, and nothing was changed for anyone." in page
    assert "The replay did not finish. Try again." in page
    assert 'value="replay"' in page
    assert "replay.failed" in caplog.text


def test_an_outage_of_the_keys_uses_up_no_try(teacher, simulated_learners, monkeypatch):
    replay_of(teacher)

    def refuse(*_, **__):
        raise KeystoreBusy("the key service did not answer")

    monkeypatch.setattr(replay, "replay_days", refuse)
    for number in range(2 * worker.MOST_TRIES):
        at = timezone.now() + number * worker.LEASE
        assert worker.process_due(now=lambda at=at: at) == 1
    row = Replay.objects.get()
    assert (row.state, row.tries) == ("owed", 0)


def test_a_replay_whose_worker_died_is_retried_and_finally_fails(teacher, simulated_learners):
    replay_of(teacher)
    at = timezone.now()
    for _ in range(worker.MOST_TRIES):
        assert worker._claim(at) is not None
        assert worker._claim(at) is None, "two workers at once"
        at += worker.LEASE + timedelta(seconds=1)

    worker.process_due(now=lambda: at)

    assert Replay.objects.get().state == "failed"
