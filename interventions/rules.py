"""Rules as frozen data, checked when loaded: no flawed rule ever runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from interventions import conditions
from interventions.compiled_conditions import Program, compile_rule
from interventions.conditions import THRESHOLD, Cmp, Condition
from interventions.json_reader import Node, RuleError
from interventions.rule_limits import Limits, check_limits, read_limits, read_scenarios
from interventions.rule_lint import acts_on_biometrics_alone
from interventions.rule_texts import check_texts
from interventions.signals import SIGNALS

KINDS: Final = (
    "hint",
    "worked_step",
    "jump_back",
    "easier",
    "harder",
    "break",
    "challenge",
    "message",
    "adjust",
    "ask_teacher",
)
# Help more specific than its kind, by the name that a rule gives under `help`.
NAMED_HELP: Final = (
    "breathing",
    "caption_quote",
    "jump_to_explanation",
    "later_part",
    "lesson_easier",
    "lesson_harder",
    "next_question",
    "prerequisite_unit",
    "slower_hints",
)
MEANT_FOR: Final = ("trouble", "boredom")
OPTIONAL_KEYS: Final = frozenset(
    {"adjust", "help", "meant_for", "per_hour", "practice_kinds", "precision"}
)
ALL_OFFERS: Final = "*"
# The direction in which a rule of kind `adjust` moves difficulty; the amount is the site's.
DIRECTIONS: Final = ("easier", "harder")
_REQUIRED_CONTRAINDICATIONS: Final = (
    Cmp("scenario", "==", "graded_test"),
    Cmp("paused", "==", True),
)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``offers`` within ``per_s`` seconds, for the rule or for the rule on one Skill."""

    offers: int
    per_s: float
    per: Literal["rule", "skill"] = "rule"


@dataclass(frozen=True, slots=True)
class Explain:
    """Texts for people: a heading for each kind of step, the lead, and why the rule waits.

    `said` has the leads that replace it, by the signal that the Learner's own word fulfils.
    """

    heading: Mapping[str, str]
    lead: str
    waits: str
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as checked at load.

    Parameters
    ----------
    when
        The condition tree; comparisons with ``"threshold"`` use `enter` until the rule arms and
        `exit` afterwards.
    per_hour
        By signal, how often an hour its estimate should reach the threshold for `dwell_s`. Where
        the model in use has such rates, its thresholds replace `enter` and `exit`.
    precision
        The least share of these times in which the state must be there, on simulated people. Where
        no threshold of the model is so precise, its estimate does not reach any.
    scenarios
        Thresholds and rates that replace all three in a scenario of the course.
    dwell_s, cooldown_s
        Seconds the condition must hold before an offer, and seconds of rest after it stops holding.
    contraindications
        Comparisons that block the rule unless they are known to be false.
    step
        Kinds of help in order of preference; empty for a rule that only suppresses.
    help
        By kind, which of `NAMED_HELP` this rule offers instead of the usual help of that kind.
    practice_kinds
        Kinds of help that this rule also offers in a practice test.
    meant_for
        The state a Learner is in when the rule should act, one of `MEANT_FOR`; empty if the
        benchmark has no such state.
    evidence_min
        The number of different items of evidence that must hold.
    probability
        The probability that a due offer is made. The others are held back at random, and both are
        recorded.
    adjust
        For a rule whose step is ``"adjust"``, the direction of the next questions (one of
        `DIRECTIONS`); empty for every other.
    suppresses
        Identities of the rules it suppresses while it holds, or ``"*"`` for every rule that is not
        `critical`.
    """

    id: str
    version: int
    title: str
    author: str
    priority: int
    when: Condition
    enter: Mapping[str, float]
    exit: Mapping[str, float]
    per_hour: Mapping[str, float]
    precision: float
    scenarios: Mapping[str, Limits]
    dwell_s: float
    cooldown_s: float
    cap: Cap
    contraindications: tuple[Cmp, ...]
    step: tuple[str, ...]
    help: Mapping[str, str]
    practice_kinds: tuple[str, ...]
    meant_for: str
    explain: Explain
    evidence_min: int
    probability: float
    adjust: str
    suppresses: tuple[str, ...]
    critical: bool
    program: Program = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = {"": self.limits(""), **self.scenarios}
        enter = {scenario: given.enter for scenario, given in limits.items()}
        stay = {scenario: given.exit for scenario, given in limits.items()}
        ready = compile_rule(self.when, self.contraindications, enter, stay)
        object.__setattr__(self, "program", ready)

    def limits(self, scenario: object) -> Limits:
        """Return the thresholds in force in a scenario."""
        given = self.scenarios.get(scenario) if isinstance(scenario, str) else None
        return given or Limits(self.enter, self.exit, self.per_hour)

    def silences(self, other: Rule) -> bool:
        """Return whether this rule, while it holds, keeps the other from offering."""
        if other.id == self.id:
            return False
        return other.id in self.suppresses or (ALL_OFFERS in self.suppresses and not other.critical)


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read every ``*.json`` of a folder, in the order of the rules' identities: R2 before R10.

    Raises
    ------
    RuleError
        Naming file and place, for the first flaw found.
    """
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.json")):
        rule = load_rule(path)
        if rule.id in rules:
            raise RuleError(f"{path.name}: id: {rule.id!r} is taken by another file")
        rules[rule.id] = rule
    for rule in rules.values():
        if strange := set(rule.suppresses) - {ALL_OFFERS, *rules}:
            raise RuleError(f"{rule.id}: suppresses: unknown rule {min(strange)!r}")
    return tuple(rules[name] for name in sorted(rules, key=lambda name: (len(name), name)))


def load_rule(path: Path) -> Rule:
    """Read and check one file."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as broken:
        raise RuleError(f"{path.name}: expected JSON, got {broken}") from broken
    return read_rule(Node(value, path.name))


def read_rule(node: Node) -> Rule:
    """Read and check one rule."""
    own = frozenset(part.name for part in fields(Rule) if part.init)
    node.require_keys(own - OPTIONAL_KEYS, OPTIONAL_KEYS)
    when = conditions.read_condition(node.member("when"))
    limits = read_limits(node)
    scenarios = read_scenarios(node.member("scenarios"))
    _check_condition(when, limits, scenarios, node)
    steps = _read_kinds(node.member("step"))
    rule = Rule(
        id=node.member("id").text(),
        version=node.member("version").count(1, 10_000),
        title=node.member("title").text(),
        author=node.member("author").text(),
        priority=node.member("priority").count(0, 100),
        when=when,
        enter=limits.enter,
        exit=limits.exit,
        per_hour=limits.per_hour,
        precision=node.member("precision", 0).number(0, 1),
        scenarios=scenarios,
        dwell_s=node.member("dwell_s").number(0, 3_600),
        cooldown_s=node.member("cooldown_s").number(0, 86_400),
        cap=_read_cap(node.member("cap")),
        contraindications=tuple(
            _read_contraindication(row) for row in node.member("contraindications").items()
        ),
        step=steps,
        help=_read_help(node.member("help", {})),
        practice_kinds=_read_kinds(node.member("practice_kinds", [])),
        meant_for=node.member("meant_for").one_of(MEANT_FOR)
        if "meant_for" in node.entries()
        else "",
        explain=_read_texts(node.member("explain")),
        evidence_min=node.member("evidence_min").count(0, conditions.MAX_LEAVES),
        probability=node.member("probability").number(0.01, 1),
        adjust=node.member("adjust").one_of(DIRECTIONS) if "adjust" in steps else "",
        suppresses=tuple(row.text() for row in node.member("suppresses").items()),
        critical=node.member("critical").flag(),
    )
    _check_use(rule, node)
    check_texts(rule.step, rule.when, rule.explain.said, node.member("explain"))
    return rule


def _read_kinds(node: Node) -> tuple[str, ...]:
    return tuple(row.one_of(KINDS) for row in node.items())


def _read_help(node: Node) -> Mapping[str, str]:
    node.require_keys(frozenset(), frozenset(KINDS))
    return MappingProxyType({kind: node.member(kind).one_of(NAMED_HELP) for kind in node.entries()})


def _read_cap(node: Node) -> Cap:
    node.require_keys(frozenset({"offers", "per_s", "per"}))
    offers, per_s = node.member("offers").count(1, 100), node.member("per_s").number(1, 604_800)
    whose = node.member("per").one_of(("rule", "skill"))
    return Cap(offers, per_s, cast("Literal['rule', 'skill']", whose))


def _read_contraindication(node: Node) -> Cmp:
    node.require_keys(frozenset({"cmp"}))
    leaf = conditions.read_cmp(node.member("cmp"))
    if leaf.value == THRESHOLD:
        raise node.error("expected a value, got a threshold")
    return leaf


def _read_texts(node: Node) -> Explain:
    node.require_keys(frozenset({"heading", "lead", "waits"}), frozenset({"said"}))
    return Explain(
        heading=_read_named_texts(node.member("heading")),
        lead=node.member("lead").text(),
        waits=node.member("waits").text(),
        said=_read_named_texts(node.member("said", {})),
    )


def _read_named_texts(node: Node) -> Mapping[str, str]:
    return MappingProxyType({name: node.member(name).text() for name in node.entries()})


def _check_condition(
    when: Condition, limits: Limits, scenarios: Mapping[str, Limits], node: Node
) -> None:
    walked = [leaf for leaf, _ in conditions.walk_comparisons(when)]
    if len(walked) > conditions.MAX_LEAVES:
        raise node.member("when").error(f"expected at most {conditions.MAX_LEAVES} comparisons")
    if acts_on_biometrics_alone(when):
        named = conditions.walk_signal_nodes(node.member("when"))
        raise next(row for row in named if SIGNALS[row.text()].biometric).error(
            "a biometric signal needs behavioural evidence or a self-report too"
        )
    used = [leaf for leaf in walked if leaf.value == THRESHOLD]
    check_limits(limits, used, node)
    for scenario, given in scenarios.items():
        check_limits(given, used, node.member("scenarios").member(scenario))


def _check_use(rule: Rule, node: Node) -> None:
    if bool(rule.step) == bool(rule.suppresses):
        raise node.member("step").error("expected either steps to offer or rules to suppress")
    if "adjust" in node.entries() and not rule.adjust:
        raise node.member("adjust").error("expected only with the step adjust")
    if rule.suppresses and rule.dwell_s:
        raise node.member("dwell_s").error("expected 0 for a rule that suppresses")
    if rule.step and rule.evidence_min < 1:
        raise node.member("evidence_min").error("expected at least 1 for a rule that offers")
    if rule.step and not set(_REQUIRED_CONTRAINDICATIONS) <= set(rule.contraindications):
        raise node.member("contraindications").error("expected a graded test and paused among them")
