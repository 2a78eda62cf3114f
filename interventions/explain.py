"""The parts of a Why-card: course actions, reports, estimates, and signals that were not used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from interventions.conditions import THRESHOLD, Cmp, compare, read_fact, walk_comparisons
from interventions.facts import UNKNOWN, Absence, Fact, Facts, get_fact
from interventions.rule_limits import Limits
from interventions.rules import Rule
from interventions.signals import SIGNALS, RuleSignal

Translate = Callable[[str], str]

# One text, because translators need "no" and "one" together to know their meaning.
NUMBER_WORDS: Final = "no one two three four five six seven eight nine ten"
ABSENCE_TEXTS: Final[Mapping[Absence, str]] = {
    "none": "not known yet",
    "off": "switched off",
    "unsure": "not sure",
    "quality": "signal too poor",
    "origin": "trained on simulated people",
}
SENTENCES: Final = {
    "rule": "Rule “{title}”, version {version}, by {author}.",
    "yes": "{name}. This can be wrong.",
    "likely": "{name}, {span} likely. This can be wrong.",
    "lasted": "{name}, {span} likely, for {seconds} seconds. This can be wrong.",
    "always": "It is shown whenever it applies.",
    "by_lot": (
        "When it applies, it is shown {times} times in 100, at random, so that the course "
        "can find out whether it helps."
    ),
    "percent": "{n}%",
    "span": "{low}–{high}%",
    "skill": "this skill",
    "many": "many",
    "some": "some",
}


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """An estimate with its range and the threshold of the rule, all 0 to 1."""

    text: str
    low: float
    high: float
    threshold: float


@dataclass(frozen=True, slots=True)
class WhyCard:
    """A Why-card in its fixed order: course, reports, estimates, not used; then the rule."""

    heading: str
    lead: str
    course: tuple[str, ...]
    said: tuple[str, ...]
    estimated: tuple[EstimateLine, ...]
    missing: tuple[str, ...]
    rule: str
    waits: str
    probability: str
    predictor: str
    digest: str


def explain(
    rule: Rule,
    facts: Facts,
    kind: str,
    *,
    skill: str = "",
    predictor: str = "",
    digest: str = "",
    translate: Translate = str,
) -> WhyCard:
    """Explain why an offer was made, from the facts that led to it.

    Parameters
    ----------
    rule
        The rule that fired.
    facts
        The facts it fired on.
    kind
        The kind of help offered, one of the rule's steps.
    skill
        The name of the current Skill, for leads that name it; empty = "this skill".
    predictor, digest
        Name and digest of the Predictor behind the estimates; included only if one was used.
    translate
        Translates a text of the rule, of a signal or of this module for the reader. Placeholders
        stay the same.

    Raises
    ------
    ValueError
        If the rule does not offer this kind.
    """
    if kind not in rule.step:
        raise ValueError(f"{rule.id}: expected one of {', '.join(rule.step)}, got {kind!r}")
    holding = _facts_that_hold(rule, facts)
    estimated = tuple(_write_estimates(rule, facts, holding, translate))
    name, author = translate(rule.title), translate(rule.author)
    return WhyCard(
        heading=translate(rule.explain.heading[kind]),
        lead=_fill_lead(rule, facts, holding, skill or translate(SENTENCES["skill"]), translate),
        course=_write_sentences(holding, "course", translate),
        said=_write_sentences(holding, "self", translate),
        estimated=estimated,
        missing=_list_missing(rule, facts, translate),
        rule=translate(SENTENCES["rule"]).format(title=name, version=rule.version, author=author),
        waits=translate(rule.explain.waits).format(dwell=f"{rule.dwell_s:g}"),
        probability=_write_probability(rule.probability, translate),
        predictor=predictor if estimated else "",
        digest=digest if estimated else "",
    )


def list_sensed(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Return the signals of the estimates that held, which the Why-card says."""
    holding = _facts_that_hold(rule, facts)
    return tuple(name for name, given in holding.items() if given.source == "sensed")


def _facts_that_hold(rule: Rule, facts: Facts) -> dict[str, Fact]:
    """Return the facts whose comparison held, once each, in the order of the rule."""
    limits = _limits_in_force(rule, facts).exit
    return {
        leaf.signal: get_fact(facts, leaf.signal)
        for leaf, positive in walk_comparisons(rule.when)
        if positive and compare(leaf, facts, limits) is True
    }


def _limits_in_force(rule: Rule, facts: Facts) -> Limits:
    return rule.limits(get_fact(facts, "scenario").value)


def _write_sentences(
    holding: Mapping[str, Fact], source: str, translate: Translate
) -> tuple[str, ...]:
    rows = [(SIGNALS[name], given) for name, given in holding.items() if given.source == source]
    texts = [_write_sentence(signal, given, translate) for signal, given in rows]
    # A feeling and the report of it are two signals with one sentence.
    return tuple(dict.fromkeys(text for text in texts if text))


def _write_sentence(signal: RuleSignal, given: Fact, translate: Translate) -> str:
    if given.source == "self":
        text = signal.says.get("self", "")
        return translate(text) if text else ""
    if isinstance(given.value, str) or given.value is UNKNOWN:
        return ""
    form = signal.says.get("one", "") if given.value == 1 else ""
    text = form or signal.says.get("many", "")
    return (
        _sentence_case(translate(text).format(**_placeholder_values(float(given.value), translate)))
        if text
        else ""
    )


def _placeholder_values(value: float, translate: Translate) -> dict[str, str]:
    if math.isinf(value):
        return {"value": translate(SENTENCES["many"]), "percent": format_percent(1.0, translate)}
    return {"value": format_number(value, translate), "percent": format_percent(value, translate)}


def format_number(value: float, translate: Translate = str) -> str:
    """Format a number for people: words up to ten, digits above."""
    words, whole = translate(NUMBER_WORDS).split(), round(value)
    return words[whole] if 0 <= whole < len(words) else str(whole)


def format_percent(share: float, translate: Translate = str) -> str:
    """Format a share of 0 to 1 as a percentage in the language of the reader."""
    return translate(SENTENCES["percent"]).format(n=f"{100 * share:.0f}")


def format_percent_range(low: float, high: float, translate: Translate = str) -> str:
    """Format a range of shares as a percentage range."""
    return translate(SENTENCES["span"]).format(low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fill_lead(
    rule: Rule, facts: Facts, holding: Mapping[str, Fact], skill: str, translate: Translate
) -> str:
    """Fill the lead with course actions and the Learner's own words, never with an estimate."""
    values = {
        leaf.signal: get_fact(facts, leaf.signal).value for leaf, _ in walk_comparisons(rule.when)
    }
    numbers = {
        name: format_number(value, translate)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    unknown = dict.fromkeys(values, translate(SENTENCES["some"]))
    places = {**unknown, **numbers, "evidence": _write_evidence(holding, translate), "skill": skill}
    return translate(_choose_lead(rule, holding)).format(**places)


def _choose_lead(rule: Rule, holding: Mapping[str, Fact]) -> str:
    """Return the lead for the first of the Learner's own words that holds, else the usual one."""
    said = [name for name, given in holding.items() if given.source == "self"]
    leads = [text for name, text in rule.explain.said.items() if name in said]
    return leads[0] if leads else rule.explain.lead


def _write_evidence(holding: Mapping[str, Fact], translate: Translate) -> str:
    """Return up to two sentences: of actions, and at least one of words where there is one."""
    deeds = {name: given for name, given in holding.items() if SIGNALS[name].evidence}
    acted = _write_sentences(deeds, "course", translate)
    said = _write_sentences(holding, "self", translate)
    return " ".join([*acted[: 1 if said else 2], *said][:2])


def _write_estimates(
    rule: Rule, facts: Facts, holding: Mapping[str, Fact], translate: Translate
) -> Iterator[EstimateLine]:
    starts = _limits_in_force(rule, facts).enter
    for leaf, _ in walk_comparisons(rule.when):
        given = holding.get(leaf.signal)
        if given is not None and given.source == "sensed":
            true = given.value is True
            yield (
                _write_flag_estimate(leaf, given, translate)
                if true
                else _write_level_estimate(leaf, given, starts, translate)
            )


def _write_flag_estimate(leaf: Cmp, given: Fact, translate: Translate) -> EstimateLine:
    """Build the line of a yes-or-no estimate; without a range, anything from one half up."""
    low, high = (given.low, given.high) if given.low is not None else (0.5, 1.0)
    text = translate(SENTENCES["yes"]).format(name=translate(SIGNALS[leaf.signal].says["sensed"]))
    return EstimateLine(text, low, 1.0 if high is None else high, 0.5)


def _write_level_estimate(
    leaf: Cmp, given: Fact, starts: Mapping[str, float], translate: Translate
) -> EstimateLine:
    value = float(given.value) if isinstance(given.value, int | float) else 0.0
    low, high = _estimate_range(value, given)
    start = starts[leaf.signal] if leaf.value == THRESHOLD else float(leaf.value)
    name = translate(SIGNALS[leaf.signal].says["sensed"])
    span = format_percent_range(low, high, translate)
    form = translate(SENTENCES["lasted" if given.since_s >= 1 else "likely"])
    text = form.format(name=name, span=span, seconds=f"{given.since_s:.0f}")
    return EstimateLine(text, low, high, start)


def _estimate_range(value: float, given: Fact) -> tuple[float, float]:
    """Return the estimate's own range, else the tenth that contains its value."""
    if given.low is not None and given.high is not None:
        return given.low, given.high
    tenth = min(math.floor(10 * value), 9)
    return tenth / 10, (tenth + 1) / 10


def _list_missing(rule: Rule, facts: Facts, translate: Translate) -> tuple[str, ...]:
    read = {leaf.signal: read_fact(leaf, facts) for leaf, _ in walk_comparisons(rule.when)}
    return tuple(
        f"{translate(SIGNALS[name].label)} ({translate(ABSENCE_TEXTS[given.absence])})"
        for name, given in read.items()
        if given.value is UNKNOWN
    )


def _write_probability(chance: float, translate: Translate) -> str:
    if chance == 1:
        return translate(SENTENCES["always"])
    return translate(SENTENCES["by_lot"]).format(times=f"{100 * chance:.0f}")
