"""Nothing acts on a sensor alone: neither the built-in rules nor any rule the loader accepts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from interventions import rules
from interventions.conditions import walk_comparisons
from interventions.facts import UNKNOWN, Fact
from interventions.json_reader import Node, RuleError
from interventions.rule_limits import SCENARIOS
from interventions.signals import SIGNALS
from tests.fixtures.changed_rules import change_rule
from tests.fixtures.rule_cases import PACK, play

SENSED = [row for row in SIGNALS.values() if "sensed" in row.sources]
DEEDS = [row for row in SIGNALS.values() if row.evidence]
SAID = [row for row in SIGNALS.values() if row.sources == ("self",)]
QUIET = [row for row in SIGNALS.values() if row not in [*SENSED, *DEEDS, *SAID]]
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32)


def some(row, rng):
    if row.type == "flag":
        return rng.random() < 0.5
    if row.type == "code":
        return rng.choice(row.values)
    return rng.random() if row.unit == "probability" else rng.choice([0, 1, 2, 3, 10, 45, 200])


def body(rng) -> dict[str, Fact]:
    """Random sensor facts, mostly strong and clear."""
    found = {}
    for row in SENSED:
        value = rng.choice([UNKNOWN, some(row, rng), True if row.type == "flag" else 0.95])
        quality, origin = rng.choice([0.5, 0.7, 1.0]), rng.choice(["simulated", "people"])
        found[row.name] = Fact(value, 9.0, "sensed", quality, ("face:adapt",), origin=origin)
    return found


def nothing_done(rng) -> dict[str, Fact]:
    """All facts of a Learner who did nothing and reported nothing."""
    quiet = {row.name: Fact(some(row, rng)) for row in QUIET}
    idle = {row.name: Fact(0.0) for row in DEEDS if row.unit != "probability"}
    silent = {row.name: Fact(False, source="self") for row in SAID}
    calm = {name: Fact(False) for name in ("paused", "tab_hidden")}
    return {**quiet, **idle, **silent, **calm, "scenario": Fact(rng.choice(SCENARIOS))}


def anything(rng) -> dict[str, Fact]:
    deeds = {row.name: Fact(some(row, rng)) for row in DEEDS if rng.random() < 0.8}
    said = {row.name: Fact(rng.random() < 0.3, source="self") for row in SAID}
    return {**nothing_done(rng), **said, "self_got_it": Fact(False, source="self"), **deeds}


def history(seed, beside, sets) -> Iterator[dict[str, Fact]]:
    """Random moments of a lesson; some sets of facts last long enough for any dwell."""
    rng = random.Random(seed)
    for _ in range(sets):
        facts = {**beside(rng), **body(rng)}
        yield from [facts] * rng.choice([1, 1, 2, 11])


def unknown(_):
    return {}


COUNTED = {"sets": 0}  # of facts that were played


def all_is_quiet(rules_, seed, beside, sets=50):
    COUNTED["sets"] += sets
    rows = play(rules_, history(seed, beside, sets))
    assert [made.id for row in rows for made in row.proposals] == []


def test_sensors_alone_never_make_the_catalogue_fire():
    pack, before = list(PACK.values()), COUNTED["sets"]

    @settings(unhurried, max_examples=100)
    @given(seeds)
    def walk(seed):
        all_is_quiet(pack, seed, unknown)
        all_is_quiet(pack, seed, nothing_done)

    walk()
    assert COUNTED["sets"] - before >= 10_000


def comparison(row):
    if row.type != "number":
        values = st.sampled_from(row.values) if row.type == "code" else st.booleans()
        return st.builds(lambda value: {"cmp": [row.name, "==", value]}, values)
    ends = [0.0, 0.3, 0.5, 0.9, 1.0] if row.unit == "probability" else [0, 1, 2, 45]
    values = st.sampled_from([*ends, "threshold"] if row.biometric else ends)
    ops = st.sampled_from([">=", ">", "<=", "<"])
    return st.builds(lambda op, value: {"cmp": [row.name, op, value]}, ops, values)


def one_of(rows):
    return st.sampled_from(rows).flatmap(comparison)


# Weighted towards biometric signals and actions, so that many accepted rules name both.
trees = st.recursive(
    one_of(SENSED) | one_of(SENSED) | one_of(DEEDS) | one_of(SAID) | one_of(QUIET),
    lambda inner: (
        st.builds(lambda part: {"not": part}, inner)
        | st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=6,
)
whens = trees | st.builds(lambda *parts: {"all": [*parts]}, one_of(SENSED), one_of(DEEDS), trees)


def accepted(when):
    """Return a rule a teacher might write, or None where the loader refuses it."""
    names = [row[0] for row in _rows(when) if row[2] == "threshold"]
    half = dict.fromkeys(names, 0.5)
    limits = {"enter": half, "exit": half, "per_hour": {}, "scenarios": {}}
    written = change_rule("R2", when=when, dwell_s=0, **limits)
    written["contraindications"] = written["contraindications"][:2]
    written["explain"] = {**written["explain"], "lead": "Look again."}
    try:
        return rules.read_rule(Node(written, "mine.json"))
    except RuleError:
        return None


def _rows(when):
    ((kind, inner),) = when.items()
    if kind == "cmp":
        return [inner]
    return [row for part in ([inner] if kind == "not" else inner) for row in _rows(part)]


def check_accepted(when, seed, sets):
    rule = accepted(when)
    event("refused" if rule is None else "taken")
    if rule is not None:
        for beside in (unknown, nothing_done):
            all_is_quiet([rule], seed, beside, sets)
        check_deeds(rule, seed, sets)
    return rule


def check_deeds(rule, seed, sets):
    """Check that every proposal has an action or a report of that very moment."""
    moments = list(history(seed, anything, sets))
    for facts, row in zip(moments, play([rule], moments), strict=True):
        for made in row.proposals:
            assert made.evidence
            assert {facts[name].source for name in made.evidence} <= {"course", "self"}
            assert not [name for name in made.evidence if facts[name].value in (UNKNOWN, False, 0)]


def test_no_accepted_rule_acts_on_biometrics_alone():
    taken, before = [], COUNTED["sets"]

    @settings(unhurried, max_examples=250)
    @given(whens, seeds)
    def walk(when, seed):
        rule = check_accepted(when, seed, 10)
        if rule is not None:
            taken.append(rule)

    walk()
    by_body = [rule for rule in taken if any(SIGNALS[n].biometric for n in signals_of(rule))]
    assert len(by_body) >= 25
    assert COUNTED["sets"] - before >= 1_000


def signals_of(rule):
    return {leaf.signal for leaf, _ in walk_comparisons(rule.when)}


@pytest.mark.long
@settings(unhurried, max_examples=10_000)
@given(whens, seeds)
def test_no_accepted_rule_acts_on_biometrics_alone_in_ten_thousand_cases(when, seed):
    check_accepted(when, seed, 4)


@pytest.mark.long
@settings(unhurried, max_examples=10_000)
@given(seeds)
def test_the_catalogue_stays_quiet_in_ten_thousand_cases(seed):
    all_is_quiet(list(PACK.values()), seed, unknown, 3)
    all_is_quiet(list(PACK.values()), seed, nothing_done, 3)


def test_the_same_histories_make_rules_fire_after_an_action():
    """Guard: silence proves nothing if no history could ever end it."""
    speaking = {name for name, rule in PACK.items() if rule.step}
    made = set()
    for seed in range(12):
        moments = list(history(seed, anything, 50))
        for name in sorted(speaking - made):
            made |= {each.id for row in play([PACK[name]], moments) for each in row.proposals}
    assert made == speaking


@pytest.mark.parametrize("row", SENSED, ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("around", "place"),
    [
        ("LEAF", r"when\.cmp\[0\]"),
        ('{"all": [{"cmp": ["course_idle_s", ">=", 9]}, LEAF]}', r"when\.all\[1\]\.cmp\[0\]"),
        ('{"all": [LEAF, LEAF]}', r"when\.all\[0\]\.cmp\[0\]"),
        ('{"any": [{"cmp": ["wrong_on_item", ">=", 1]}, LEAF]}', r"when\.any\[1\]\.cmp\[0\]"),
    ],
)
def test_a_biometric_signal_without_evidence_is_refused_by_name(row, around, place):
    leaf = [row.name, "==", True] if row.type == "flag" else [row.name, ">=", 0.5]
    when = json.loads(around.replace("LEAF", json.dumps({"cmp": leaf})))
    with pytest.raises(RuleError, match=place + ": a biometric signal needs behavioural evidence"):
        rules.read_rule(Node(change_rule(when=when, explain__lead="Look again."), "mine.json"))
