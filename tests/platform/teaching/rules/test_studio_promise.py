"""Promise 4 in the editor: no accepted rule acts while only sensed facts are known."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptation.rules import versions
from interventions.facts import Fact
from interventions.json_reader import RuleError
from interventions.replay import ReplayMoment, replay
from interventions.signals import SIGNALS
from teaching.rules import drafts

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RULES, SETS, DWELL_S = 600, 60, 10
SENSED = sorted(name for name, row in SIGNALS.items() if "sensed" in row.sources)
DONE = ("wrong_on_item", "rewinds_60s", "hints_open", "wrong_streak", "self_stuck")
NOTHING_AGAINST_IT = {
    "scenario": Fact("course"),
    "paused": Fact(False),
    "tab_hidden": Fact(False),
    "self_got_it": Fact(False, source="self"),
}
KINDS = frozenset({"hint"})


def value(name: str) -> st.SearchStrategy[str]:
    signal = SIGNALS[name]
    if signal.type == "flag":
        return st.sampled_from(["true", "false"])
    if signal.type == "code":
        return st.sampled_from(signal.values)
    unit = st.floats(0, 1) if signal.unit == "probability" else st.integers(0, 30)
    return unit.map(str)


@st.composite
def forms(draw):
    """Draw the fields of a form: sensed signals more often than others, sometimes only these."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    fields = {"shape": ",".join(map(str, shape)), "dwell": str(DWELL_S), "kind-0": "hint"}
    names = st.one_of(st.sampled_from(SENSED), st.sampled_from(sorted(SIGNALS)))
    for i, size in enumerate(shape):
        for j in range(size):
            name = draw(names)
            fields[f"signal-{i}-{j}"] = name
            fields[f"op-{i}-{j}"] = draw(st.sampled_from([">=", ">", "<=", "<"]))
            fields[f"value-{i}-{j}"] = draw(value(name))
    return fields | draw(
        st.one_of(st.just({}), *[st.just(add_behaviour_clause(shape, name)) for name in DONE])
    )


def add_behaviour_clause(shape, name):
    """Add a clause with a behavioural signal, so that many drafts can be saved."""
    at = f"{len(shape)}-0"
    more = {f"signal-{at}": name, f"op-{at}": ">=", f"value-{at}": "2"}
    return more | {"shape": ",".join(map(str, [*shape, 1]))}


def facts(chance):
    """Return some sensed facts, each with full certainty; no behaviour and no report."""
    known = [name for name in SENSED if chance.random() < 0.8]
    return NOTHING_AGAINST_IT | {
        name: Fact(_value(name, chance), 60.0, "sensed", origin="people") for name in known
    }


def _value(name, chance):
    if SIGNALS[name].type == "flag":
        return chance.random() < 0.5
    return chance.choice([0.0, 1.0, chance.random()])


def test_with_only_sensed_facts_known_no_rule_the_studio_accepts_proposes_anything():
    seen = Counter()

    @settings(max_examples=RULES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(forms(), st.randoms(use_true_random=True))
    def tried(fields, chance):
        body = {"id": "C1", "version": 1} | drafts.read_draft(fields, drafts.BLANK_RULE)
        try:
            rule = versions.check_draft(body, guesses_allowed=True)
        except RuleError:
            seen["refused"] += 1
            return
        for _ in range(SETS):
            known = facts(chance)
            log = [ReplayMoment(TEN + timedelta(seconds=5 * n), known, KINDS) for n in range(3)]
            assert replay(log, [rule]).fired == ()
            seen["sets"] += 1

    tried()
    assert seen["sets"] >= 10_000
    assert seen["refused"] > 0
