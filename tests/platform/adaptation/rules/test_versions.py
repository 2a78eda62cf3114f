"""Versions of a course's rules: stored once, in force in this course alone, and reversible."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from adaptation import answer_question, decide_intervention
from adaptation.facts import course_records, sitting_facts
from adaptation.models import CourseRule, Intervention, RuleVersion
from adaptation.rules import active_rules, versions
from audit.models import Leaf
from consent.permits import gate
from interventions.json_reader import RuleError
from teaching.rules import drafts
from telemetry import sittings, windows
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
HALF = 0.5


@pytest.fixture
def saved(course, ines, now):
    """`saved("R1", dwell_s=30)`: the next version of a rule; None = one of the course's own."""

    def made(rule=None, *, of=None, share=1.0, **changes):
        base = drafts.body_of(rule, None) if rule else drafts.BLANK_RULE
        return versions.save_version(
            of or course, rule, base | changes, by=ines, share=share, now=now
        )

    return made


def on(course, name):
    return next((rule for rule in active_rules.list_active(course) if rule.id == name), None)


def test_a_changed_rule_is_the_next_version_in_this_course_alone(course, saved):
    made = saved("R1", dwell_s=30)

    assert (made.rule, made.version) == ("R1", 3)
    assert (on(course, "R1").version, on(course, "R1").dwell_s) == (3, 30)
    other = factories.make_course("other")
    assert (on(other, "R1").version, on(other, "R1").dwell_s) == (2, 10)


def test_versions_count_on_and_the_last_one_saved_is_the_one_that_counts(course, saved):
    numbers = [saved("R1", dwell_s=dwell).version for dwell in (20, 30, 40)]

    assert numbers == [3, 4, 5]
    assert on(course, "R1").dwell_s == 40
    assert on(course, "R1").author == "your teacher"


def test_own_rules_have_names_unique_on_the_site(course, saved):
    names = [saved().rule, saved(of=factories.make_course("other")).rule, saved().rule]

    assert names == ["C1", "C2", "C3"]


def test_without_a_share_a_rule_stays_on_or_off_as_it_was(course, saved, ines, now):
    assert on(course, saved(share=None).rule) is None

    active_rules.switch_rule(course, "R1", enabled=False, by=ines, now=now)
    saved("R1", share=None, dwell_s=30)
    assert on(course, "R1") is None

    saved("R2", share=None, dwell_s=30)
    assert on(course, "R2").dwell_s == 30


def test_the_share_is_the_probability_of_the_rule_in_force(course, saved):
    saved("R1", share=HALF)

    assert on(course, "R1").probability == HALF


def test_the_older_version_is_put_in_force_again(course, saved, ines, now):
    saved("R1", dwell_s=30)

    versions.choose_version(course, "R1", 2, by=ines, share=None, enabled=True, now=now)
    assert (on(course, "R1").version, on(course, "R1").dwell_s) == (2, 10)

    versions.choose_version(course, "R1", 3, by=ines, share=HALF, enabled=True, now=now)
    assert (on(course, "R1").version, on(course, "R1").probability) == (3, HALF)


def test_every_change_leaves_a_leaf(course, saved, ines, now):
    saved("R1", share=HALF)
    versions.choose_version(course, "R1", 2, by=ines, share=None, enabled=False, now=now)
    active_rules.switch_rule(course, "R1", enabled=True, by=ines, now=now)

    told = Leaf.objects.filter(verb="rule.change").order_by("at").values_list("public", flat=True)
    assert list(told) == [
        "course=algebra enabled=true rule=r1 share=0.5 version=3",
        "course=algebra enabled=false rule=r1 share=as_written version=2",
        "course=algebra enabled=true rule=r1",
    ]


@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_version_is_never_changed_or_taken_away(course, saved, act):
    row = RuleVersion.objects.filter(pk=saved("R1").pk)

    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(version=9) if act == "update" else row._raw_delete("default")


@pytest.mark.parametrize("share", [0.1, 1.5, 0])
def test_the_database_takes_no_share_outside_its_range(course, share):
    with pytest.raises(DatabaseError), transaction.atomic():
        CourseRule.objects.create(course=course, rule="R1", enabled=True, share=share)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (
            {
                "when": {"all": [{"cmp": ["confusion", ">=", "threshold"]}]},
                "enter": {"confusion": 0.6},
                "exit": {"confusion": 0.4},
            },
            r"when\.all\[0\]\.cmp\[0\]",
        ),
        ({"dwell_s": -1}, "dwell_s"),
        ({"title": "For the lazy ones"}, "title"),
        ({"explain": drafts.BLANK_RULE["explain"] | {"lead": "Well. " * 50}}, r"explain\.lead"),
        ({"step": []}, "step"),
        ({"contraindications": []}, "contraindications"),
        ({"cap": {"offers": 0, "per_s": 60, "per": "rule"}}, "cap.offers"),
    ],
)
def test_a_flaw_is_refused_naming_the_field_and_nothing_is_saved(course, saved, changes, place):
    with pytest.raises(RuleError, match=rf"^rule: {place}: "):
        saved(**changes)
    assert not RuleVersion.objects.exists()
    assert not CourseRule.objects.exists()


def test_a_signal_only_a_sensor_gives_is_refused_where_rules_read_no_guess(course, ines, now):
    body = drafts.BLANK_RULE | {
        "when": {
            "all": [{"cmp": ["arousal", ">=", "threshold"]}, {"cmp": ["wrong_on_item", ">=", 1]}]
        },
        "enter": {"arousal": 0.6},
        "exit": {"arousal": 0.4},
    }
    versions.check_draft(body | {"id": "C1", "version": 1}, guesses_allowed=True)

    with pytest.raises(RuleError, match="allow no arousal"):
        versions.save_version(
            course, None, body, by=ines, share=None, now=now, guesses_allowed=False
        )


def test_a_version_that_todays_checks_refuse_does_not_run(course, saved, caplog):
    row = saved("R1", dwell_s=30)
    broken = RuleVersion.objects.create(
        course=course,
        rule="R1",
        version=9,
        body=row.body | {"when": {"cmp": ["gone_signal", ">=", 1]}},
        made_by=bytes(row.made_by),
        made_at=row.made_at,
    )
    CourseRule.objects.filter(course=course, rule="R1").update(version=broken)

    assert on(course, "R1") is None
    assert "rule.unusable" in caplog.text
    assert on(course, "R2") is not None


class Lot:
    """A random source that always gives the same number."""

    def __init__(self, number):
        self.number = number

    def random(self):
        return self.number


@pytest.mark.parametrize(("draw", "shown"), [(0.4, True), (0.6, False)])
def test_a_rule_of_the_course_decides_with_its_share(course, mia, quiz, saved, ines, draw, shown):
    name = saved(share=HALF, dwell_s=10, priority=90).rule
    active_rules.switch_rule(course, "R1", enabled=False, by=ines, now=timezone.now())
    began = timezone.now() - timedelta(seconds=60)
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=began)
    for second in (1, 2):
        answer_question.answer(
            mia, quiz.questions.get(position=1), "999", sitting=sitting, hints_used=0,
            elapsed_ms=4000, draw=None, now=began + timedelta(seconds=second), rng=random.Random(1),
        )  # fmt: skip
    permits = gate.permits(mia.code, ["course"], now=timezone.now()).granted
    for cut in range(1, 6):
        at = windows.end_of(sitting, cut)
        seen = course_records.read(sitting, permits["course"], now=at)
        known = sitting_facts.gather_facts(seen, {}, permits["course"], now=at)
        decide_intervention.decide(seen, known, permits, cut=cut, now=at, rng=Lot(draw))

    row = Intervention.objects.get(rule=name)
    assert (row.version, row.probability, row.delivered) == (1, HALF, shown)
