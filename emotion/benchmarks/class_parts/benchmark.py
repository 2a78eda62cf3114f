"""Whether the estimate of a class finds a hard or boring part that was planted. SIMULATED.

Classes are drawn from pools of simulated learner-lessons. The shipped Predictor reads the streams,
cells are published with noise and floors, and the estimator sees nothing else.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from emotion.benchmarks import BenchmarkReport

FILMS: Final = 16
LEARNERS: Final = 125
DRAWS: Final = 1008
SIZES: Final = (0.5, 1.0, 1.5)
QUICK: Final = {"films": 2, "learners": 2, "draws": 40}
SEED: Final = 33

PROTOCOL: Final = (
    "SIMULATED learners only, never an accuracy on people. A world is {films} films x {learners} "
    "learners, eight chapters of {chapter_s} s and a question of {question_s} s on each, all alike "
    "but for one planted part (guessing finds it first in 12.5 %); effects of emotion/simulate as "
    "they are, without the pulse waves; rates of 'I am stuck' assumed; card {card} on a Window "
    "every {step_s} s without the film's text. Size: times the logits of effects.videos. A class "
    "is drawn from one film's learners without replacement, and the first of them consent to "
    "sensing; {classes} classes of 30 share nobody. Cells of sensing, both axes together: noise of "
    "5.7 people in the number, and of 4 for each unit by which one learner moves all sums; floor "
    "10. Of deeds and reports: floor 5. Drift: a constant a minute, chosen on seed 501, and a line "
    "over the parts taken off the means of sensing. Nothing planted: lessons whose films differ by "
    "chance, and parts in random order, which tests noise alone. covered, "
    "ranks: classes drawn with replacement, share of the parts whose 80 % interval has the mean of "
    "the film's pool. wrong: a verdict on another part. Intervals: 95 %, films drawn again; with "
    "fewer than ten films they are too narrow. map: the order of the lesson map, of eight chapters "
    "and eight questions, from deeds alone; guessing finds one of two first in 12.5 %; floor 5. "
    "Not measured: two planted parts. "
    "Limits, sizes and spreads of sources were chosen on seed 501. Seed {seed}"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the sizes, the folder of the pools, and the card."""
    parser.add_argument(
        "--films",
        type=int,
        default=FILMS,
        metavar="N",
        help=f"a world ({FILMS}; each place is planted as often if 8 divides it)",
    )
    parser.add_argument(
        "--learners", type=int, default=LEARNERS, metavar="N", help=f"a film ({LEARNERS})"
    )
    parser.add_argument("--chapter-s", type=int, default=120, metavar="S", help="a chapter (120)")
    parser.add_argument("--question-s", type=int, default=60, metavar="S", help="a question (60)")
    parser.add_argument("--step-s", type=int, default=10, metavar="S", help="Window to Window (10)")
    parser.add_argument("--draws", type=int, default=DRAWS, metavar="N", help=f"a row ({DRAWS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of films and learners ({SEED})")
    parser.add_argument("--card", default="prior", help="an artefact's name or folder (prior)")
    parser.add_argument("--pools", metavar="DIR", help="keep pools there, and use those it has")
    parser.add_argument("--only-size-1", action="store_true", help="plants of size 1 alone")
    parser.add_argument("--quick", action="store_true", help="a minute; too few to conclude from")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Simulate or load the pools, draw classes, and report what each estimator finds."""
    import tempfile

    import torch

    from emotion.benchmarks.class_parts import rows
    from emotion.benchmarks.class_parts.map_rows import make_map_rows
    from emotion.benchmarks.class_parts.pool import PoolPlan, name_card
    from emotion.models import open_artefact
    from emotion.models.crossmodal.head_finetune import base_folder
    from emotion.simulate.planted_lesson import LessonShape

    options = {**options, **QUICK} if options["quick"] else options
    torch.set_num_threads(1)
    folder = base_folder(options["card"])
    predictor = open_artefact(folder)
    shape = LessonShape(options["chapter_s"], options["question_s"])
    size = options["films"], options["learners"], options["seed"]
    plan = PoolPlan(*size, shape, float(options["step_s"]), name_card(folder))
    with tempfile.TemporaryDirectory() as own:
        pools = Path(options["pools"] or own)
        sizes = (1.0,) if options["quick"] or options["only_size_1"] else SIZES
        worlds = rows.load_worlds(predictor, pools, sizes, plan, say)
    found = list(rows.make_rows(worlds, options["draws"], options["seed"], say))
    say("ordering parts as the lesson map does")
    found += make_map_rows(*worlds.deeds, shape, options["draws"], options["seed"])
    classes = options["films"] * (options["learners"] // 30)
    protocol = PROTOCOL.format(**{**options, "card": folder.name, "classes": classes})
    return BenchmarkReport("class", protocol, found)
