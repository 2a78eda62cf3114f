"""The parts of a Why-card: what was done, what was said, what was estimated, what was not used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from interventions.conditions import THRESHOLD, Cmp, compare, leaves, read_fact
from interventions.facts import UNKNOWN, Absence, Fact, Facts, fact
from interventions.rules import Limits, Rule
from interventions.signals import SIGNALS, Signal

_WORDS: Final = (
    *("no", "one", "two", "three", "four", "five"),
    *("six", "seven", "eight", "nine", "ten"),
)
_ABSENT: Final[Mapping[Absence, str]] = {
    "none": "not known yet",
    "off": "switched off",
    "unsure": "not sure",
    "quality": "signal too poor",
    "origin": "learned from simulated people",
}
_HEDGE: Final = "This can be wrong."


@dataclass(frozen=True, slots=True)
class Estimated:
    """A guess with its range and the line where the rule starts to count, all 0 to 1."""

    text: str
    low: float
    high: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Why:
    """A Why-card in its fixed order: course, said, estimated, not used; then the rule."""

    heading: str
    lead: str
    course: tuple[str, ...]
    said: tuple[str, ...]
    estimated: tuple[Estimated, ...]
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
    skill: str = "this skill",
    predictor: str = "",
    digest: str = "",
) -> Why:
    """Say why an offer came up, from the facts that led to it.

    Parameters
    ----------
    rule
        The rule that fired.
    facts
        The facts it fired on.
    kind
        The kind of help offered, one of the rule's steps.
    skill
        The name of the Skill at hand, for leads that give it.
    predictor, digest
        Name and digest of the Predictor behind the estimates; shown only where one was used.

    Raises
    ------
    ValueError
        If the rule does not offer this kind.
    """
    if kind not in rule.step:
        raise ValueError(f"{rule.id}: expected one of {', '.join(rule.step)}, got {kind!r}")
    held = _held(rule, facts)
    estimated = tuple(_estimates(rule, facts, held))
    return Why(
        heading=rule.explain.heading[kind],
        lead=_lead(rule, facts, held, skill),
        course=_sentences(held, "course"),
        said=_sentences(held, "self"),
        estimated=estimated,
        missing=_missing(rule, facts),
        rule=f"Rule “{rule.title}”, version {rule.version}, by {rule.author}.",
        waits=rule.explain.waits.format(dwell=f"{rule.dwell_s:g}"),
        probability=_probability(rule.probability),
        predictor=predictor if estimated else "",
        digest=digest if estimated else "",
    )


def _held(rule: Rule, facts: Facts) -> dict[str, Fact]:
    """Give the facts whose comparison held, once each, in the order of the rule."""
    limits = _limits(rule, facts).exit
    return {
        leaf.signal: fact(facts, leaf.signal)
        for leaf, positive in leaves(rule.when)
        if positive and compare(leaf, facts, limits) is True
    }


def _limits(rule: Rule, facts: Facts) -> Limits:
    return rule.limits(fact(facts, "scenario").value)


def _sentences(held: Mapping[str, Fact], source: str) -> tuple[str, ...]:
    rows = [(SIGNALS[name], given) for name, given in held.items() if given.source == source]
    return tuple(text for signal, given in rows if (text := _sentence(signal, given)))


def _sentence(signal: Signal, given: Fact) -> str:
    if given.source == "self":
        return signal.says.get("self", "")
    if isinstance(given.value, str) or given.value is UNKNOWN:
        return ""
    form = signal.says.get("one", "") if given.value == 1 else ""
    text = form or signal.says.get("many", "")
    return _sentence_case(text.format(**_places(float(given.value))))


def _places(value: float) -> dict[str, str]:
    if math.isinf(value):
        return {"value": "many", "percent": "100 %"}
    return {"value": number(value), "percent": f"{100 * value:.0f} %"}


def number(value: float) -> str:
    """Write a number for people: words up to ten, figures after."""
    whole = round(value)
    return _WORDS[whole] if 0 <= whole < len(_WORDS) else str(whole)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lead(rule: Rule, facts: Facts, held: Mapping[str, Fact], skill: str) -> str:
    """Fill the lead with behaviour: what was done, else what was said, never an estimate."""
    values = {leaf.signal: fact(facts, leaf.signal).value for leaf, _ in leaves(rule.when)}
    told = {
        name: number(value)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    places = {**dict.fromkeys(values, "some"), **told, "evidence": _evidence(held), "skill": skill}
    return rule.explain.lead.format(**places)


def _evidence(held: Mapping[str, Fact]) -> str:
    grounded = {name: given for name, given in held.items() if SIGNALS[name].grounds}
    done = _sentences(grounded, "course") + _sentences(grounded, "self")
    return " ".join(done[:2])


def _estimates(rule: Rule, facts: Facts, held: Mapping[str, Fact]) -> Iterator[Estimated]:
    starts = _limits(rule, facts).enter
    for leaf, _ in leaves(rule.when):
        given = held.get(leaf.signal)
        if given is not None and given.source == "sensed":
            yield _yes(leaf, given) if given.value is True else _estimated(leaf, given, starts)


def _yes(leaf: Cmp, given: Fact) -> Estimated:
    """Tell a guess that is yes or no: as far as is known, anything from half up."""
    low, high = (given.low, given.high) if given.low is not None else (0.5, 1.0)
    text = f"{SIGNALS[leaf.signal].says['sensed']}. {_HEDGE}"
    return Estimated(text, low, 1.0 if high is None else high, 0.5)


def _estimated(leaf: Cmp, given: Fact, starts: Mapping[str, float]) -> Estimated:
    value = float(given.value) if isinstance(given.value, int | float) else 0.0
    low, high = _range(value, given)
    start = starts[leaf.signal] if leaf.value == THRESHOLD else float(leaf.value)
    name = SIGNALS[leaf.signal].says["sensed"]
    span = f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %"
    lasted = f", for {given.since_s:.0f} seconds" if given.since_s >= 1 else ""
    return Estimated(f"{name}, {span} likely{lasted}. {_HEDGE}", low, high, start)


def _range(value: float, given: Fact) -> tuple[float, float]:
    """Give the estimate's own range, else the tenth its value lies in: never a bare point."""
    if given.low is not None and given.high is not None:
        return given.low, given.high
    tenth = min(math.floor(10 * value), 9)
    return tenth / 10, (tenth + 1) / 10


def _missing(rule: Rule, facts: Facts) -> tuple[str, ...]:
    read = {leaf.signal: read_fact(leaf, facts) for leaf, _ in leaves(rule.when)}
    return tuple(
        f"{SIGNALS[name].label} ({_ABSENT[given.absence]})"
        for name, given in read.items()
        if given.value is UNKNOWN
    )


def _probability(chance: float) -> str:
    if chance == 1:
        return "Whenever it applies, it is shown."
    return (
        f"When it applies it is shown {100 * chance:.0f} times in 100, so that the course can "
        "find out whether it helps."
    )
