"""The legal profile decides whether rules use a guess, only log it, or do not see it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.facts.estimate_facts import rules_use
from adaptation.models import Intervention
from adaptation.offers.reasons import read_reason
from adaptation.rules import active_rules
from consent.legal_profiles import profiles
from tests.fixtures.sockets import recordings
from tests.platform.pipeline.test_model_decides import sit_through, sitting  # noqa: F401

pytestmark = pytest.mark.django_db
DEMO = (profiles.FOLDER / "demo.toml").read_text()


@pytest.fixture
def rules_may(settings, tmp_path, monkeypatch):
    """Return `rules_may("log_only")`, which sets the demo profile with that `rules_use`."""

    def write(use):
        text = DEMO.replace('rules_use = "yes"', f'rules_use = "{use}"')
        (tmp_path / f"demo_{use}.toml").write_text(text)
        monkeypatch.setattr(profiles, "FOLDER", tmp_path)
        settings.LEGAL_PROFILE = f"demo_{use}"

    return write


@pytest.mark.parametrize("use", ["yes", "log_only", "self_report_only"])
def test_r2_is_shown_logged_or_not_evaluated(
    sitting,  # noqa: F811
    rules_may,
    now,
    use,
):
    rules_may(use)
    sit_through(sitting, recordings.recording())
    shown = list(Intervention.objects.values_list("rule", "delivered"))
    expected = {"yes": [("R2", True)], "log_only": [("R2", False)], "self_report_only": []}
    assert shown == expected[use]
    if use == "log_only":
        assert read_reason(Intervention.objects.get(), now=now)["facts"]["confusion"]["value"] > 0.5


def test_a_behavioural_rule_is_shown_where_guesses_are_only_logged(
    sitting,  # noqa: F811
    rules_may,
    ines,
    now,
):
    rules_may("log_only")
    for rule in ("R1", "R2"):
        active_rules.switch_rule(sitting.unit.course, rule, enabled=rule == "R1", by=ines, now=now)
    question = sitting.unit.questions.filter(position=1).get()
    answer_question.answer(
        sitting.learner,
        question,
        "998",
        sitting=sitting,
        hints_used=0,
        elapsed_ms=4000,
        draw=None,
        now=sitting.began_at + timedelta(seconds=1),
        rng=random.Random(1),
    )
    sit_through(sitting, recordings.recording(), seconds=115)
    assert list(Intervention.objects.values_list("rule", "delivered")) == [("R1", True)]


@pytest.mark.parametrize("name", ["", "no_such_profile"])
def test_without_a_readable_profile_rules_see_no_guess(settings, now, name, db):
    settings.LEGAL_PROFILE = name
    assert rules_use(now) == "self_report_only"
