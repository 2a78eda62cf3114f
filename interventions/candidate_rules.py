"""Selection of rules that a moment can change: those in progress or whose condition may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from interventions.compiled_conditions import KnownValues, Program, collect_known_values
from interventions.facts import Facts
from interventions.rule_state import EngineState
from interventions.rules import Rule


def select_candidate_rules(
    rules: Sequence[Rule], facts: Facts, states: Mapping[str, EngineState]
) -> list[Rule]:
    """Return the rules that may change: idle ones whose condition cannot hold are left out."""
    values = collect_known_values(facts, [rule.program for rule in rules])
    return [
        rule for rule in rules if _is_in_progress(rule, states) or rule.program.may_hold(values)
    ]


def _is_in_progress(rule: Rule, states: Mapping[str, EngineState]) -> bool:
    state = states.get(rule.id)
    return state is not None and state.phase != "idle"


def may_depend_on(rules: Sequence[Rule], facts: Facts, flags: Sequence[str]) -> bool:
    """Return whether a rule may act that reads one of these flags, which are unknown in `facts`.

    It may if its condition holds with some value of them, so that they need not be computed first.
    """
    programs = [rule.program for rule in rules if _reads_any(rule.program, flags)]
    known = collect_known_values(facts, programs)
    return any(
        program.may_hold({**known, **guess})
        for program in programs
        for guess in _guess_flags(program, flags)
    )


def _reads_any(program: Program, flags: Sequence[str]) -> bool:
    barring = [leaf.signal for leaf in program.contraindications.leaves]
    return not set(flags).isdisjoint((*program.signals, *barring))


def _guess_flags(program: Program, flags: Sequence[str]) -> Iterator[KnownValues]:
    """Yield each combination of values, under all names by which the program reads them."""
    for values in product((True, False), repeat=len(flags)):
        guess: KnownValues = dict(zip(flags, values, strict=True))
        stricter = {
            key: guess[leaf.signal] for key, leaf in program.stricter if leaf.signal in guess
        }
        yield guess | stricter
