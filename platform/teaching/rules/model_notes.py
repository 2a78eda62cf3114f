"""What the rates of a Rule mean with the model in use, in words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from adaptation.rules.model_thresholds import Rates, fit_rules, load_rates
from courses.percent_text import format_percent
from interventions.rules import Rule
from teaching.rules.sentence_builder import format_duration, format_rate, signal_text


def describe_rates(rule: Rule) -> list[str]:
    """Return a sentence for each rate of a rule: which threshold it means, or why none."""
    if not rule.per_hour:
        return []
    rates = load_rates()
    (fitted,) = fit_rules([rule], rates)
    return list(_describe_each(fitted, rates))


def _describe_each(fitted: Rule, rates: Rates) -> Iterator[str]:
    for name, per_hour in fitted.per_hour.items():
        yield _choose_sentence(name, fitted, rates).format(
            signal=signal_text(name).rstrip(":"),
            rate=format_rate(per_hour),
            precision=format_percent(100 * fitted.precision),
            percent=format_percent(100 * fitted.enter[name]),
            dwell=format_duration(fitted.dwell_s),
        )


def _choose_sentence(name: str, fitted: Rule, rates: Rates) -> str:
    if name not in rates.get("thresholds", ()):
        return _(
            "“{signal}”: the model in use was not measured for how often this happens, so "
            "{percent} likely or more applies."
        )
    if fitted.enter[name] >= 1:
        return _(
            "“{signal}”: the model in use is right less than {precision} of the time, however "
            "rarely it acts. Only what the learner says counts. Measured on simulated people."
        )
    return _(
        "“{signal}”: with the model in use, {rate} and right at least {precision} of the time "
        "means {percent} likely or more, for {dwell}. Measured on simulated people."
    )
