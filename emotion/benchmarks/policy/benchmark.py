"""Strategies for choosing questions, in four worlds of how learning depends on success. Simulated.

The best strategy depends on the world. The true world is unknown, so all four are reported.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final

from emotion.benchmarks import BenchmarkReport

if TYPE_CHECKING:
    from emotion.benchmarks.policy.strategies import Policy
    from emotion.simulate.learning_models import SimulatedAnswerer

Outcomes = Mapping[tuple[str, str], Sequence["SimulatedAnswerer"]]

LEARNERS: Final = 600
QUESTIONS: Final = 80
OFFERED: Final = 12
QUICK: Final = 40
OURS, PLAIN = "Elo and rules", "Elo 75 %"
WITH_CARD: Final = "Elo, rules and card"
SIMPLE: Final = ("random", "fixed ramp")
MOST_LEAVE: Final = 0.02
Z95: Final = 1.959963984540054

_PROTOCOL = (
    "Simulated, all figures: {} learners of ability N(0, 1) times {} questions, the same people, "
    "luck and choice of {} difficulties for every policy; worlds: how much a question teaches by "
    "the chance of getting it right; rules: the catalogue's that move difficulty, by the real "
    "engine, on a guess of the feeling that is right 65 or 100 times in 100; gain in logits of "
    "ability; left, bored: shares of learners and questions, all as expected over leaving; "
    "[value, 95 % interval over learners]; seed {}"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} learners, for a look")
    parser.add_argument("--seed", type=int, default=0, help="of people, luck and choices (0)")
    parser.add_argument("--card", default="prior", help="an artefact's name or folder (prior)")
    parser.add_argument("--people", type=int, help="whose hours the card sees (24, or 1)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Let every strategy teach every learner in every world, and every rule observe lessons."""
    from emotion.benchmarks.policy import interruptions
    from emotion.benchmarks.policy.strategies import POLICIES
    from emotion.simulate.learning_models import WORLDS

    count, seed = QUICK if options["quick"] else LEARNERS, options["seed"]
    outcomes = {}
    for world in WORLDS:
        for policy in POLICIES:
            say(f"{world}: {policy}")
            outcomes[world, policy] = [teach(world, policy, n, seed) for n in range(count)]
    protocol = _PROTOCOL.format(count, QUESTIONS, OFFERED, seed)
    rows = [_make_row(world, policy, learners) for (world, policy), learners in outcomes.items()]
    lost = [_compare(outcomes, simple) for simple in SIMPLE]
    hours = interruptions.QUICK if options["quick"] else interruptions.LEARNERS
    timing = interruptions.make_rows(hours, seed, say)
    with_card, words = _measure_card(options, outcomes, say)
    told = f"{protocol}; {interruptions.PROTOCOL.format(hours)}; {words}"
    found = [*rows, *_make_goals(outcomes), *lost, *timing, *with_card]
    return BenchmarkReport("policy", told, found)


def _measure_card(
    options: Mapping[str, Any], outcomes: Outcomes, say: Callable[[str], None]
) -> tuple[list[dict[str, object]], str]:
    """Return how the rules act on a card's own estimates, what that gains, and the protocol."""
    from emotion.benchmarks.policy import card_rules
    from emotion.benchmarks.policy.card_policy import CardPolicies
    from emotion.models import open_artefact
    from emotion.models.crossmodal.head_finetune import base_folder

    folder, seed = base_folder(options["card"]), options["seed"]
    predictor = open_artefact(folder)
    people = options["people"] or (card_rules.QUICK if options["quick"] else card_rules.PEOPLE)
    rows, hours = card_rules.make_rows(predictor, people, seed, say)
    policies = CardPolicies(predictor.card, hours)
    for world in dict.fromkeys(world for world, _ in outcomes):
        say(f"{world}: {WITH_CARD}")
        plain = outcomes[world, PLAIN]
        ours = [teach(world, policies.make, n, seed) for n in range(len(plain))]
        row = _make_row(world, WITH_CARD, ours)
        row["card_policy"] = row.pop("policy")
        rows.append({**row, f"gain_over_{PLAIN}": _difference(ours, plain)})
    return rows, card_rules.PROTOCOL.format(folder.name, len(hours), *card_rules.HALF)


def teach(
    world: str, policy: str | Callable[[Random], Policy], number: int, seed: int
) -> SimulatedAnswerer:
    """Return one learner after the last question; `policy` is a name, or makes one."""
    from emotion.benchmarks.policy.strategies import HARDEST, POLICIES
    from emotion.simulate.learning_models import WORLDS, SimulatedAnswerer

    luck, offers = (Random(f"{seed} {number} {what}") for what in ("luck", "offers"))  # noqa: S311
    make = POLICIES[policy] if isinstance(policy, str) else policy
    chooser = make(Random(f"{seed} {number} choice"))  # noqa: S311
    learner = SimulatedAnswerer(ability=luck.gauss(0.0, 1.0), learns=WORLDS[world])
    for nth in range(QUESTIONS):
        offered = [offers.uniform(-HARDEST, HARDEST) for _ in range(OFFERED)]
        difficulty = chooser.choose(offered, nth, QUESTIONS)
        chooser.watch(learner.feeling)
        chooser.learn(difficulty, correct=learner.answer(difficulty, luck))
    return learner


def _make_row(world: str, policy: str, learners: Sequence[SimulatedAnswerer]) -> dict[str, object]:
    return {
        "world": world,
        "policy": policy,
        "gain": _mean([learner.gained for learner in learners]),
        "left": _mean(_share_left(learners)),
        "bored": _mean([learner.felt["bored"] / learner.asked for learner in learners]),
    }


def _make_goals(outcomes: Outcomes) -> list[dict[str, object]]:
    """Return for each world whether few leave, and whether nothing is lost against plain Elo."""
    found: list[dict[str, object]] = []
    for world in dict.fromkeys(world for world, _ in outcomes):
        ours = outcomes[world, OURS]
        left = _mean(_share_left(ours))
        more = _difference(ours, outcomes[world, PLAIN])
        found += [
            {
                "goal": f"{OURS}, {world}: few leave",
                "left": left,
                "at_most": MOST_LEAVE,
                "met": left[0] <= MOST_LEAVE,
            },
            {
                "goal": f"{OURS}, {world}: gain not under {PLAIN}",
                "difference": more,
                "at_least": 0,
                "met": more[0] >= 0,
            },
        ]
    return found


def _compare(outcomes: Outcomes, simple: str) -> dict[str, object]:
    """Return the worlds in which ours teaches less than a simple strategy, and by how much."""
    worlds = dict.fromkeys(world for world, _ in outcomes)
    more = {each: _difference(outcomes[each, OURS], outcomes[each, simple]) for each in worlds}
    lost = {world: found for world, found in more.items() if found[0] < 0}
    return {"finding": f"{OURS} loses to {simple}", "worlds": sorted(lost) or "none", **lost}


def _share_left(learners: Sequence[SimulatedAnswerer]) -> list[float]:
    return [1 - learner.stays for learner in learners]


def _difference(
    ours: Sequence[SimulatedAnswerer], others: Sequence[SimulatedAnswerer]
) -> list[float]:
    pairs = zip(ours, others, strict=True)
    return _mean([one.gained - other.gained for one, other in pairs])


def _mean(values: Sequence[float]) -> list[float]:
    """Return the mean and its 95 % interval over learners."""
    n = len(values)
    mean = sum(values) / n
    error = (sum((value - mean) ** 2 for value in values) / (n - 1) / n) ** 0.5
    return [mean, mean - Z95 * error, mean + Z95 * error]
