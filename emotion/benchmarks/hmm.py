"""Predictability of the next event in a video log, for held-out learners (perplexity).

Reads statements.json.gz or statements.json, one xAPI video statement per line.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion.benchmarks import BenchmarkReport, CannotMeasure

if TYPE_CHECKING:
    from emotion.behaviour.video_log import Events

Say = Callable[[str], None]

FOLDS: Final = 5
LEAST_EVENTS: Final = 5

_PROTOCOL = (
    "{}: {} events of {} learners with at least {} ({} learners have fewer); an event is a "
    "statement, one of {} verbs; a sequence is a learner's whole log, all sessions and videos, in "
    "the order of its stamps; every event is predicted, the first too, from that learner's earlier "
    "events alone: not from when, in which session or on which video it comes; {} folds by "
    "learner, every model learned from the other folds' learners; hmm and hybrid take the number "
    "of states that three inner folds of those learners choose (fewest within one standard error "
    "of the best, over learners); perplexity: exp of the mean negative log chance of an event, "
    "[value, 95 % interval over draws of learners]; of_unigram: perplexity over the unigram's, "
    "same draws; CPU seconds to choose, fit and predict; goal: the reference is a hidden Markov "
    "model of four states on one 80/20 split of the same learners, its unigram 4.78 and its "
    "first-order Markov chain 4.38"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="where the log of statements lies"
    )
    parser.add_argument("--seed", type=int, default=0, help="of folds, fits and draws (0)")


def run(options: Mapping[str, Any], say: Say) -> BenchmarkReport:
    """Fit every model, and evaluate it on held-out learners."""
    from emotion.behaviour.video_log import EVENTS, read
    from emotion.benchmarks._hmm_rows import evaluate_models, make_rows

    everyone = read(options["data"])
    learners = [each for each in everyone if len(each.kind) >= LEAST_EVENTS]
    if len(learners) < 3 * FOLDS:
        raise CannotMeasure(
            f"expected {3 * FOLDS} learners with {LEAST_EVENTS} events or more in "
            f"{options['data']}, got {len(learners)}"
        )
    told = evaluate_models(learners, FOLDS, options["seed"], say)
    protocol = _PROTOCOL.format(
        options["data"].name,
        _count_events(learners),
        len(learners),
        LEAST_EVENTS,
        len(everyone) - len(learners),
        len(EVENTS),
        FOLDS,
    )
    return BenchmarkReport("hmm", protocol, make_rows(told, learners, options["seed"]))


def _count_events(learners: list[Events]) -> int:
    return sum(len(each.kind) for each in learners)
