"""Figures of a replay: of a group above the floor, never of a person."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from adaptation.models import Intervention
from adaptation.replays import replay
from adaptation.rules import active_rules
from consent.permits import gate
from estimates import disputes
from estimates.inference import affect
from interventions.conditions import All, Any, Cmp, Not
from interventions.rules import Rule
from pipeline.window_processing import drain
from telemetry.models import Window
from telemetry.windows import end_of
from tests.fixtures import factories, offers, replay_history
from tests.fixtures.users import make
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db
NOW = TEN + timedelta(hours=6)


@pytest.fixture(autouse=True)
def demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def questions(quiz):
    return list(quiz.questions.filter(position__isnull=False))


@pytest.fixture
def learners(course):
    """`learners(5)`: real people of the course without any consent."""

    def made(count):
        found = [make(f"real-{number}") for number in range(count)]
        for person in found:
            factories.make_enrolment(person, course)
        return found

    return made


def told(course, name="R1", days=1, now=NOW):
    on = active_rules.list_active(course)
    found = replay.replay_days(course, days, {"on": on}, now=now)
    if found is None:
        return None
    rule = next(rule for rule in on if rule.id == name)
    assert isinstance(rule, Rule)
    return replay.compute_figures(found, "on", rule)


def test_offers_are_counted_with_the_next_result(course, quiz, people, questions):
    (person,) = people(1, simulated=True)
    replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)

    found = told(course)

    # Four rounds of wrong, wrong, right: an offer after each second one, and the next is right.
    assert (found.offers, found.learners, found.people) == (4, 1, 1)
    assert found.later_wrong == 0
    assert sum(found.right.values()) == 4
    assert found.per_hour == pytest.approx(4 / (12.5 / 60), rel=0.1)


def test_a_cap_a_skill_counts_over_the_days_replayed(course, quiz, people, questions):
    (person,) = people(1, simulated=True)
    struggle = (True, True, True, False)
    for begin in (TEN - timedelta(days=1, hours=1), TEN, TEN + timedelta(hours=2)):
        replay_history.make_day(person, quiz, begin, questions=questions, minutes=8, wrong=struggle)

    # Two right answers each time, always on one skill: R14 fires once in 24 hours.
    assert told(course, "R14", days=2).offers == 2


def test_a_replay_makes_the_offers_that_were_made_live(course, mia, quiz, questions):
    User.objects.filter(pk=mia.pk).update(simulated=True)
    sitting = sit(mia, quiz, TEN)
    for minute, question in ((0, questions[0]), (3, questions[1]), (6, questions[2])):
        for second, given in ((5, "999"), (10, "999"), (15, "999"), (130, question.answer)):
            at = 60 * minute + second
            drain_until(sitting, at)
            offers.answer(sitting, question, given, at)
    drain_until(sitting, 600)
    live = [(row.rule, end_of(sitting, row.cut)) for row in Intervention.objects.order_by("cut")]

    days = replay.replay_days(course, 1, {"on": active_rules.list_active(course)}, now=NOW)
    found = days.people[0].runs["on"]

    assert [(each.rule, each.at) for each in found.fired] == live
    assert [rule for rule, _ in live].count("R14") == 1


def drain_until(sitting, second):
    """Run the worker every five seconds up to then."""
    last = Window.objects.filter(sitting=sitting, state="done").aggregate(last=Max("cut"))["last"]
    for at in range(5 * (last or 0) + 6, second + 1, 5):
        drain(now=lambda at=at: sitting.began_at + timedelta(seconds=at), rng=random.Random(1))


def test_the_share_later_wrong_is_of_offers_with_a_next_answer(course, quiz, people, questions):
    one, other, last = people(3, simulated=True)
    replay_history.make_day(one, quiz, TEN, questions=questions, minutes=3)
    replay_history.make_day(
        other, quiz, TEN, questions=questions, minutes=4, wrong=(True, True, True, False)
    )
    replay_history.make_day(last, quiz, TEN, questions=questions, minutes=2)

    found = told(course)

    assert (found.offers, found.later_wrong) == (3, 0.5)
    counts = [sum(part.values()) for part in (found.wrong, found.right, found.none)]
    assert counts == [1, 1, 1]


def test_lapsed_rules_are_counted(course, quiz, people, questions):
    (person,) = people(1, simulated=True)
    # The right answer comes 25 s after the second wrong one: 5 s after the rule armed.
    replay_history.make_day(person, quiz, TEN, questions=questions, minutes=10, every_s=25)

    found = told(course)

    assert (found.offers, found.later_wrong) == (0, None)
    assert found.let_go > 3


def test_one_to_four_real_people_are_left_out_of_a_mixed_class(
    course, quiz, people, learners, questions
):
    for person in [*learners(4), *people(2, simulated=True)]:
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)

    found = told(course)

    assert (found.people, found.learners, found.offers) == (2, 2, 8)


def test_too_few_real_people_alone_are_not_shown(course, quiz, learners, questions):
    for person in learners(4):
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)

    assert told(course) is None


def test_real_people_are_shown_in_fives_rounded_outward_without_days(
    course, quiz, learners, questions
):
    for person in learners(7):
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)

    found = told(course)

    assert (found.people, found.low, found.high) == (5, 5, 10)
    assert (found.offers, found.learners, found.per_hour, found.let_go) == (None, 0, None, 0)
    assert (found.wrong, found.right, found.none) == (None, None, None)


@pytest.mark.parametrize("wording", ["any", "not all not"])
def test_a_threshold_chosen_around_one_persons_estimate_moves_no_figure(
    course, quiz, people, questions, predictor, monkeypatch, wording
):
    """The adaptive query of issue 27: others' actions, or one's action and confusion >= x."""
    others, victim = people(9), people(1)[0]
    for person in others:
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=4)
    sitting = replay_history.make_day(
        victim, quiz, TEN, questions=questions, minutes=4, wrong=(True, False)
    )
    replay_history.guess_all(sitting, predictor, cuts=range(2, 40), confusion=lambda cut: 0.82)
    monkeypatch.setattr(affect, "read", None)

    answers = {str(asked(course, around(x, wording))) for x in (0.5, 0.8, 0.83, 0.99)}

    assert len(answers) == 1
    assert "low=5, high=10" in answers.pop()


def around(x, wording):
    """Two versions of one query."""
    deed = All((Cmp("wrong_on_item", ">=", 1.0), Cmp("confusion", ">=", x)))
    parts = (Cmp("wrong_on_item", ">=", 2.0), deed)
    by_hand = Not(All(tuple(map(Not, parts))))
    when = Any(parts) if wording == "any" else by_hand
    shipped = active_rules.shipped_rules()["R1"]
    return replace(shipped, when=when, contraindications=(), dwell_s=0.0, evidence_min=0)


def asked(course, rule):
    found = replay.replay_days(course, 1, {"draft": [rule]}, now=NOW)
    return replay.compute_figures(found, "draft", rule)


def test_few_real_people_with_an_offer_are_not_shown(course, quiz, learners, questions):
    people = learners(6)
    for person in people[:4]:
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)
    for person in people[4:]:
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12, wrong=(False,))

    found = told(course)

    assert found.offers is None
    assert (found.low, found.high) == (None, None)
    assert (found.learners, found.let_go, found.later_wrong) == (0, 0, None)


@pytest.mark.parametrize("profile", [None, "eu_private_adult"])
def test_a_site_without_figures_of_groups_has_no_replay(
    course, quiz, people, questions, settings, profile
):
    for person in people(2, simulated=True):
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)
    settings.LEGAL_PROFILE = profile

    assert told(course) is None


def test_the_share_of_offers_on_estimates_corrected_later(
    course, quiz, people, questions, predictor
):
    (person,) = people(1, simulated=True)
    sitting = replay_history.make_day(person, quiz, TEN, questions=questions, minutes=20)
    rows = replay_history.guess_all(
        sitting, predictor, cuts=range(2, 240), confusion=lambda cut: 0.9
    )
    before = told(course, "R2")
    assert before.offers > 1
    assert before.corrected == 0

    permit = gate.permit(person.code, "course", now=NOW)
    for row in rows[:60]:
        disputes.dispute(row.id, "INTEREST", permit, now=NOW)

    after = told(course, "R2")
    assert after.offers == before.offers
    assert 0 < after.corrected < 1


def test_a_rule_without_estimates_has_no_corrected_share(course, quiz, people, questions):
    (person,) = people(1, simulated=True)
    replay_history.make_day(person, quiz, TEN, questions=questions, minutes=12)

    assert told(course, "R1").corrected is None


def run(capsys, *options):
    call_command("replay_rules", "--course", "algebra", "--days", "1", *options)
    return capsys.readouterr().out


def test_days_are_reported_as_progress_and_midnight_changes_nothing(
    course, quiz, people, questions
):
    (person,) = people(1, simulated=True)
    begin = NOW - timedelta(days=1, minutes=3)
    replay_history.make_day(person, quiz, begin, questions=questions, minutes=12)
    heard, on = [], active_rules.list_active(course)

    cut = replay.replay_days(course, 3, {"on": on}, now=NOW, tell=heard.append)
    whole = replay.replay_days(course, 3, {"on": on}, now=NOW + timedelta(hours=6))

    assert heard == [1, 2, 3]
    assert cut.people[0].runs == whole.people[0].runs
    assert len(cut.people[0].runs["on"].fired) >= 4


def test_the_command_prints_a_row_for_each_rule_that_is_on(course, quiz, people, questions, capsys):
    begin = timezone.now() - timedelta(hours=2)
    for person in people(2, simulated=True):
        replay_history.make_day(person, quiz, begin, questions=questions, minutes=12)

    found = json.loads(run(capsys, "--json"))

    assert found["name"] == "replay_rules"
    assert "simulated people" in found["protocol"]
    assert [row["rule"] for row in found["rows"]] == [
        rule.id for rule in active_rules.list_active(course)
    ]
    (mine,) = json.loads(run(capsys, "--json", "--rule", "R1"))["rows"]
    assert (mine["offers"], mine["learners"]) == (8, 2)
    assert json.loads(run(capsys, "--json")) == found


def test_the_command_prints_a_table(course, quiz, people, questions, capsys):
    begin = timezone.now() - timedelta(hours=2)
    replay_history.make_day(
        people(1, simulated=True)[0], quiz, begin, questions=questions, minutes=12
    )

    table = run(capsys, "--rule", "R1").splitlines()

    assert table[1].split()[:4] == ["rule", "version", "offers", "learners"]
    assert table[2].split()[:4] == ["R1", "2", "4", "1"]


def test_the_command_exits_1_where_nothing_may_be_shown(course, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(capsys)
    assert stopped.value.code == 1


@pytest.mark.parametrize(
    "options", [["--course", "nowhere"], ["--rule", "R77"], ["--days", "0"], ["--days", "x"]]
)
def test_the_command_exits_2_when_used_wrongly(course, capsys, options):
    with pytest.raises(CommandError) as wrong:
        run(capsys, *options)
    assert wrong.value.returncode == 2 or "expected 1 to 30 days" in str(wrong.value)


def test_states_of_a_video_are_replayed_too(course, video, people):
    (person,) = people(1, simulated=True)
    tell(sit(person, video, TEN), "play", TEN, 0.0)

    found = told(course)

    assert (found.people, found.offers) == (1, 0)
