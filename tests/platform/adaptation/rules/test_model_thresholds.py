"""Rules act at the thresholds of the model behind the estimates, and reasons keep them."""

from __future__ import annotations

import pytest

from adaptation import window_cases
from adaptation.offers.reasons import read_reason, read_translated_reason
from adaptation.rules import active_rules
from adaptation.rules.active_rules import shipped_rules
from adaptation.rules.model_thresholds import fit_rules, load_rates
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from telemetry.models import Window
from tests.fixtures.models.estimates import make_predictor_row, make_rates
from tests.fixtures.offers import leave_on, make_affect_fact, stuck_under_a_yes, until_offered

pytestmark = pytest.mark.django_db
sitting = stuck_under_a_yes
CONFUSED = make_affect_fact("confusion", 0.4, scopes=("pointer:adapt",))


@pytest.fixture(autouse=True)
def only_r2(sitting, ines, now):
    leave_on(sitting.unit.course, ines, {"R2"}, now)


def test_another_model_in_use_changes_the_thresholds_of_rules(sitting):
    rule = shipped_rules()["R2"]
    assert fit_rules([rule], load_rates()) == (rule,)

    one = make_predictor_row("affect", "1", rates=make_rates(0.31))
    assert fit_rules([rule], load_rates())[0].enter == {"confusion": 0.31}

    one.active = False
    one.save(update_fields=["active"])
    make_predictor_row("affect", "2", rates=make_rates(0.62))
    (fitted,) = fit_rules([rule], load_rates())
    assert (fitted.enter, fitted.exit) == ({"confusion": 0.62}, {"confusion": 0.62})


def test_the_same_estimate_is_acted_on_under_one_card_and_not_under_another(sitting):
    assert until_offered(sitting, CONFUSED, last=9, rates=make_rates(0.41))[0] is None
    assert until_offered(sitting, CONFUSED, first=9, last=18)[0] is None
    offer, _ = until_offered(sitting, CONFUSED, first=18, last=27, rates=make_rates(0.39))
    assert offer.rule == "R2"


def test_the_reason_says_the_threshold_at_which_the_rule_acted(sitting):
    offer, _ = until_offered(sitting, CONFUSED, rates=make_rates(0.39))
    sealed = read_reason(offer, now=offer.decided_at)
    assert [line["threshold"] for line in sealed["why"]["estimated"]] == [0.39]
    assert read_translated_reason(offer, now=offer.decided_at) == sealed


def test_a_decision_reads_the_rates_of_the_card_that_made_the_estimate(sitting, now):
    by = make_predictor_row("affect", "1", rates=make_rates(0.31))
    allowed = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    row = Window(pk=1, sitting=sitting, cut=2)
    sensed = SensedWindow(row, None, allowed, late=False)
    spans = {"CONFUSION": (0.5, 0.4, 0.6)}
    guess = Guess(spans, False, (), 0.9, ["pointer"], ["pointer:adapt"], by.digest)
    made = affect.store_guess(sensed, guess, now=now)
    assert made.rates == by.card["rates"]
    course = gate.permits(sitting.learner.code, ["course", *ADAPT_SCOPES], now=now).granted
    batch = [SensedWindow(row, None, course, late=False)]
    (case,) = window_cases.load_window_cases(batch, {row.pk: made}, now=now)
    (bare,) = window_cases.load_window_cases(batch, {}, now=now)
    acting = active_rules.list_active(sitting.unit.course)
    assert case.rules == fit_rules(acting, by.card["rates"])
    assert bare.rules == fit_rules(acting, {}) != case.rules
