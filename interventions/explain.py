"""The parts of a Why-card: course actions, reports, estimates, and signals that were not used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from interventions.conditions import THRESHOLD, Cmp, compare, leaves, read_fact
from interventions.facts import UNKNOWN, Absence, Fact, Facts, fact
from interventions.rules import Limits, Rule
from interventions.signals import SIGNALS, Signal

Say = Callable[[str], str]

# One text, because translators need "no" and "one" together to know their meaning.
NUMBERS: Final = "no one two three four five six seven eight nine ten"
ABSENT: Final[Mapping[Absence, str]] = {
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
class Estimated:
    """An estimate with its range and the threshold of the rule, all 0 to 1."""

    text: str
    low: float
    high: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Why:
    """A Why-card in its fixed order: course, reports, estimates, not used; then the rule."""

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
    skill: str = "",
    predictor: str = "",
    digest: str = "",
    say: Say = str,
) -> Why:
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
    say
        Translates a text of the rule, of a signal or of this module for the reader. Placeholders
        stay the same.

    Raises
    ------
    ValueError
        If the rule does not offer this kind.
    """
    if kind not in rule.step:
        raise ValueError(f"{rule.id}: expected one of {', '.join(rule.step)}, got {kind!r}")
    held = _held(rule, facts)
    estimated = tuple(_estimates(rule, facts, held, say))
    name, author = say(rule.title), say(rule.author)
    return Why(
        heading=say(rule.explain.heading[kind]),
        lead=_lead(rule, facts, held, skill or say(SENTENCES["skill"]), say),
        course=_sentences(held, "course", say),
        said=_sentences(held, "self", say),
        estimated=estimated,
        missing=_missing(rule, facts, say),
        rule=say(SENTENCES["rule"]).format(title=name, version=rule.version, author=author),
        waits=say(rule.explain.waits).format(dwell=f"{rule.dwell_s:g}"),
        probability=_probability(rule.probability, say),
        predictor=predictor if estimated else "",
        digest=digest if estimated else "",
    )


def _held(rule: Rule, facts: Facts) -> dict[str, Fact]:
    """Return the facts whose comparison held, once each, in the order of the rule."""
    limits = _limits(rule, facts).exit
    return {
        leaf.signal: fact(facts, leaf.signal)
        for leaf, positive in leaves(rule.when)
        if positive and compare(leaf, facts, limits) is True
    }


def _limits(rule: Rule, facts: Facts) -> Limits:
    return rule.limits(fact(facts, "scenario").value)


def _sentences(held: Mapping[str, Fact], source: str, say: Say) -> tuple[str, ...]:
    rows = [(SIGNALS[name], given) for name, given in held.items() if given.source == source]
    return tuple(text for signal, given in rows if (text := _sentence(signal, given, say)))


def _sentence(signal: Signal, given: Fact, say: Say) -> str:
    if given.source == "self":
        text = signal.says.get("self", "")
        return say(text) if text else ""
    if isinstance(given.value, str) or given.value is UNKNOWN:
        return ""
    form = signal.says.get("one", "") if given.value == 1 else ""
    text = form or signal.says.get("many", "")
    return _sentence_case(say(text).format(**_places(float(given.value), say))) if text else ""


def _places(value: float, say: Say) -> dict[str, str]:
    if math.isinf(value):
        return {"value": say(SENTENCES["many"]), "percent": percent(1.0, say)}
    return {"value": number(value, say), "percent": percent(value, say)}


def number(value: float, say: Say = str) -> str:
    """Format a number for people: words up to ten, digits above."""
    words, whole = say(NUMBERS).split(), round(value)
    return words[whole] if 0 <= whole < len(words) else str(whole)


def percent(share: float, say: Say = str) -> str:
    """Format a share of 0 to 1 as a percentage in the language of the reader."""
    return say(SENTENCES["percent"]).format(n=f"{100 * share:.0f}")


def percent_span(low: float, high: float, say: Say = str) -> str:
    """Format a range of shares as a percentage range."""
    return say(SENTENCES["span"]).format(low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lead(rule: Rule, facts: Facts, held: Mapping[str, Fact], skill: str, say: Say) -> str:
    """Fill the lead with course actions, else with reports, never with an estimate."""
    values = {leaf.signal: fact(facts, leaf.signal).value for leaf, _ in leaves(rule.when)}
    told = {
        name: number(value, say)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    unknown = dict.fromkeys(values, say(SENTENCES["some"]))
    places = {**unknown, **told, "evidence": _evidence(held, say), "skill": skill}
    return say(rule.explain.lead).format(**places)


def _evidence(held: Mapping[str, Fact], say: Say) -> str:
    grounded = {name: given for name, given in held.items() if SIGNALS[name].grounds}
    done = _sentences(grounded, "course", say) + _sentences(grounded, "self", say)
    return " ".join(done[:2])


def _estimates(rule: Rule, facts: Facts, held: Mapping[str, Fact], say: Say) -> Iterator[Estimated]:
    starts = _limits(rule, facts).enter
    for leaf, _ in leaves(rule.when):
        given = held.get(leaf.signal)
        if given is not None and given.source == "sensed":
            true = given.value is True
            yield _yes(leaf, given, say) if true else _estimated(leaf, given, starts, say)


def _yes(leaf: Cmp, given: Fact, say: Say) -> Estimated:
    """Build the line of a yes-or-no estimate; without a range, anything from one half up."""
    low, high = (given.low, given.high) if given.low is not None else (0.5, 1.0)
    text = say(SENTENCES["yes"]).format(name=say(SIGNALS[leaf.signal].says["sensed"]))
    return Estimated(text, low, 1.0 if high is None else high, 0.5)


def _estimated(leaf: Cmp, given: Fact, starts: Mapping[str, float], say: Say) -> Estimated:
    value = float(given.value) if isinstance(given.value, int | float) else 0.0
    low, high = _range(value, given)
    start = starts[leaf.signal] if leaf.value == THRESHOLD else float(leaf.value)
    name = say(SIGNALS[leaf.signal].says["sensed"])
    span = percent_span(low, high, say)
    form = say(SENTENCES["lasted" if given.since_s >= 1 else "likely"])
    text = form.format(name=name, span=span, seconds=f"{given.since_s:.0f}")
    return Estimated(text, low, high, start)


def _range(value: float, given: Fact) -> tuple[float, float]:
    """Return the estimate's own range, else the tenth that contains its value, never a bare point."""
    if given.low is not None and given.high is not None:
        return given.low, given.high
    tenth = min(math.floor(10 * value), 9)
    return tenth / 10, (tenth + 1) / 10


def _missing(rule: Rule, facts: Facts, say: Say) -> tuple[str, ...]:
    read = {leaf.signal: read_fact(leaf, facts) for leaf, _ in leaves(rule.when)}
    return tuple(
        f"{say(SIGNALS[name].label)} ({say(ABSENT[given.absence])})"
        for name, given in read.items()
        if given.value is UNKNOWN
    )


def _probability(chance: float, say: Say) -> str:
    if chance == 1:
        return say(SENTENCES["always"])
    return say(SENTENCES["by_lot"]).format(times=f"{100 * chance:.0f}")
