"""Facts of past moments equal those of a live decision, under current Permits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adaptation.facts import behaviour_facts, course_records, estimate_facts, sitting_facts
from adaptation.replays import course_history, past_facts
from consent.models import Restriction
from consent.permits import gate, restrictions
from estimates import disputes
from estimates.inference import affect
from estimates.knowledge import mastery
from interventions.facts import UNKNOWN
from privacy.erasure import erasure
from telemetry.windows import end_of
from tests.fixtures import offers, replay_history
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import facts_of, make_predictor_row
from tests.platform.teaching.conftest import BOTH, TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
NOW = TEN + timedelta(hours=2)
# Live, the time worked is looked up over all pages; in a replay over this one.
ELSEWHERE = {"active_min"}
NEW_NUMBERS = {
    "params": {"a": {"min": 2, "max": 9}},
    "derived": {},
    "constraints": [],
    "prompt": "What is $[[a]] + 1$?",
    "answer": "a + 1",
    "tolerance": 0,
}


def seen(course, *, since=TEN - timedelta(hours=1), now=NOW):
    rows = course_history.load_log(course, since, now, now=now)
    return {
        person.learner.pk: past_facts.list_moments(rows, person, since, now)
        for person in rows.people
    }


def busy(mia, quiz, question):
    """Answers, hints, player jumps and a hidden tab, as a page sends them."""
    sitting = sit(mia, quiz, TEN)
    permit = gate.permit(mia.code, "course", now=TEN)
    for second, right in ((5, False), (20, False), (70, True), (95, False)):
        at = TEN + timedelta(seconds=second)
        made = answer(mia, question, at, right=right, sitting=sitting)
        mastery.update(made, permit, now=at)
    tell(sitting, "hint", TEN + timedelta(seconds=30), 1.0, question.code)
    tell(sitting, "visibility", TEN + timedelta(seconds=100), 0.0)
    tell(sitting, "visibility", TEN + timedelta(seconds=110), 1.0)
    mastery.refine_due(now=TEN + timedelta(seconds=100))
    return sitting


def test_the_facts_of_a_moment_are_those_of_a_live_decision(course, mia, quiz, question, allow):
    sitting = busy(mia, quiz, question)
    last = seen(course)[mia.pk][-1].moment
    permit = gate.permit(mia.code, "course", now=NOW)

    live_course = course_records.read(sitting, permit, now=last.at)
    live = sitting_facts.gather_facts(
        live_course, sitting_facts.unknown_estimates(), permit, now=last.at
    )

    rebuilt = {name: fact.value for name, fact in last.facts.items() if name not in ELSEWHERE}
    assert len(rebuilt) > 20
    assert rebuilt == {name: live[name].value for name in rebuilt}


def test_a_question_with_new_numbers_is_a_new_chance_as_it_is_live(
    course, mia, quiz, question, allow
):
    question.parameterised = NEW_NUMBERS
    question.save(update_fields=["parameterised"])
    sitting = sit(mia, quiz, TEN)
    for second, draw in ((5, None), (20, 1), (40, 1), (60, 2)):
        offers.answer(sitting, question, "999", second, draw=draw)
    mastery.refine_due(now=TEN + timedelta(seconds=100))
    moment = seen(course)[mia.pk][-1].moment

    permit = gate.permit(mia.code, "course", now=NOW)
    live_course = course_records.read(sitting, permit, now=moment.at)
    live = sitting_facts.gather_facts(live_course, {}, permit, now=moment.at)

    assert live["opportunities"].value == 3
    for name in ("opportunities", "right_of_last_5", "mastery", "predicted_success"):
        assert moment.facts[name].value == live[name].value, name


def test_at_each_moment_only_what_had_happened_by_then_is_known(course, mia, quiz, question, allow):
    busy(mia, quiz, question)

    found = {
        (one.moment.at - TEN).total_seconds(): one.moment.facts["wrong_on_item"].value
        for one in seen(course)[mia.pk]
    }

    assert (found[10], found[25], found[75], found[100]) == (1, 2, 0, 1)


def test_what_is_known_where_nothing_was_answered_yet_is_that_of_a_live_decision(
    course, mia, quiz, question, allow
):
    quiz.skills.set(course.skills.all())
    busy(mia, quiz, question)
    other = sit(mia, quiz, TEN + timedelta(seconds=130))
    tell(other, "visibility", TEN + timedelta(seconds=130), 1.0)
    permit = gate.permit(mia.code, "course", now=NOW)

    moment = seen(course)[mia.pk][-1].moment
    live_course = course_records.read(other, permit, now=moment.at)
    live = sitting_facts.gather_facts(live_course, {}, permit, now=moment.at)

    for name in ("skills_in_unit", "skills_known", "mastery", "predicted_success"):
        assert moment.facts[name].value == live[name].value, name


def test_two_pages_open_at_once_each_know_what_was_answered_by_then(
    course, mia, quiz, question, allow
):
    first = busy(mia, quiz, question)
    answer(mia, quiz.questions.get(position=2), TEN + timedelta(seconds=50), sitting=first)
    other = sit(mia, quiz, TEN + timedelta(seconds=2))
    answer(mia, question, TEN + timedelta(seconds=12), sitting=other)
    permit = gate.permit(mia.code, "course", now=NOW)

    rebuilt = [one.moment for one in seen(course)[mia.pk] if (one.moment.at - TEN).seconds % 5]

    for moment in (rebuilt[2], rebuilt[-1]):
        live_course = course_records.read(other, permit, now=moment.at)
        live = sitting_facts.gather_facts(live_course, {}, permit, now=moment.at)
        for name in ("opportunities", "right_of_last_5", "wrong_on_item"):
            assert moment.facts[name].value == live[name].value


def test_moments_end_a_minute_after_the_last_act(course, mia, quiz, question, allow):
    busy(mia, quiz, question)

    moments = [one.moment.at for one in seen(course)[mia.pk]]

    assert moments == sorted(moments)
    assert (moments[-1] - TEN).total_seconds() <= 110 + 65


def sensed(course, mia, video, feel, allow):
    """A simulated Learner, because a replay reads no Estimate of real ones."""
    mia.simulated = True
    mia.save(update_fields=["simulated"])
    allow(mia, *BOTH)
    sitting = sit(mia, video, TEN)
    tell(sitting, "play", TEN, 0.0)
    rows = [feel(sitting, cut, CONFUSION=0.7, INTEREST=0.2) for cut in range(2, 8)]
    return sitting, rows


def at_cut(course, mia, sitting, cut):
    return next(one for one in seen(course)[mia.pk] if one.moment.at == end_of(sitting, cut))


def test_an_estimate_is_the_one_of_the_live_decision(course, mia, video, feel, allow):
    sitting, rows = sensed(course, mia, video, feel, allow)
    permits = gate.permits(mia.code, ["course", "pointer:adapt"], now=NOW).granted
    guess = affect.read(rows[3], permits)
    made = affect.StoredEstimate(rows[3].id, 5, guess, "prior", "0123456789ab", "simulated")

    live = facts_of(made, sitting, permits)

    rebuilt = at_cut(course, mia, sitting, 5).moment.facts
    assert rebuilt["confusion"] == live["confusion"]
    assert rebuilt["engaged"] == live["engaged"]
    assert rebuilt["confusion"].since_s == 15


def live_behaviour(sitting, cut):
    permits = gate.permits(sitting.learner.code, ["pointer:adapt"], now=NOW).granted
    felt = estimate_facts.ShownMoment(sitting, cut, permits, None)
    (rows,) = behaviour_facts.load_recent([felt])
    return behaviour_facts.behaviour_facts(cut, rows, permits)


def test_a_state_of_behaviour_is_the_one_of_the_live_decision(course, mia, video, feel, allow):
    sitting, _ = sensed(course, mia, video, feel, allow)
    model = make_predictor_row("behaviour", "b", hop_s=10.0)
    for cut, state in ((1, "struggling"), (3, "struggling"), (5, "struggling"), (7, "")):
        store_step(sitting, cut, model, TEN + timedelta(minutes=1), state=state)

    for cut in range(2, 12):
        rebuilt = at_cut(course, mia, sitting, cut).moment.facts
        live = live_behaviour(sitting, cut)
        assert {name: rebuilt[name] for name in live} == live
    assert at_cut(course, mia, sitting, 6).moment.facts["struggling"].since_s == 25

    erasure.withdraw(mia.code, ["pointer:teach"], now=TEN + timedelta(hours=1))
    assert at_cut(course, mia, sitting, 5).moment.facts["struggling"].value is UNKNOWN


@pytest.mark.parametrize("scope", BOTH)
def test_without_both_permits_an_estimate_is_not_read(course, mia, video, feel, allow, scope):
    sitting, _ = sensed(course, mia, video, feel, allow)
    assert at_cut(course, mia, sitting, 5).moment.facts["confusion"].value == 0.7

    erasure.withdraw(mia.code, [scope], now=TEN + timedelta(hours=1))

    assert at_cut(course, mia, sitting, 5).moment.facts["confusion"].value is UNKNOWN


def test_no_estimate_is_read_where_rules_may_read_none(course, mia, video, feel, allow, settings):
    sitting, _ = sensed(course, mia, video, feel, allow)
    settings.LEGAL_PROFILE = "eu_education"

    assert at_cut(course, mia, sitting, 5).moment.facts["confusion"].value is UNKNOWN


def test_an_estimate_corrected_later_is_marked(course, mia, video, feel, allow):
    sitting, rows = sensed(course, mia, video, feel, allow)
    permit = gate.permit(mia.code, "course", now=NOW)
    disputes.dispute(rows[3].id, "INTEREST", permit, now=NOW)

    assert at_cut(course, mia, sitting, 5).corrected
    assert not at_cut(course, mia, sitting, 4).corrected


@pytest.mark.parametrize("kind", restrictions.KINDS)
def test_neither_an_objection_nor_a_pause_changes_what_is_replayed(
    course, mia, noah, quiz, question, allow, kind
):
    """Otherwise a count would reveal who objects, because Teachers know each Learner's actions."""
    busy(mia, quiz, question)
    before = seen(course)
    Restriction.objects.create(learner=mia, kind=kind, since=TEN)

    assert seen(course) == before
    assert set(before) == {mia.pk, noah.pk}


def test_the_help_left_to_give_shrinks_as_hints_are_opened(course, mia, quiz, question, allow):
    sitting = sit(mia, quiz, TEN)
    answer(mia, question, TEN + timedelta(seconds=1), sitting=sitting)
    hints = question.hints.count()
    tell(sitting, "hint", TEN + timedelta(seconds=22), float(hints), question.code)

    kinds = {
        (one.moment.at - TEN).total_seconds(): one.moment.kinds for one in seen(course)[mia.pk]
    }

    assert {"hint", "worked_step"} <= kinds[20]
    assert not {"hint", "worked_step"} & kinds[25]


def test_loading_needs_no_more_queries_for_more_moments(
    course, quiz, people, django_assert_max_num_queries
):
    questions = list(quiz.questions.filter(position__isnull=False))
    for person in people(2, simulated=True):
        replay_history.make_day(person, quiz, TEN, questions=questions, minutes=30)

    with django_assert_max_num_queries(25):
        found = seen(course)
    assert sum(map(len, found.values())) > 700
