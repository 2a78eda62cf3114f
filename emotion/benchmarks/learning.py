"""The learning loop from a cold start, SIMULATED: do learners' reports improve the estimates?

An institution that differs from the prior's world; learners report for two weeks, others are held
out. There are two controls: the prior's own world, and reports shuffled among each other.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from emotion.benchmarks import BenchmarkReport

PROTOCOL = (
    "SIMULATED people only, never an accuracy on people. {worlds} institutions (seeds {seeds}): "
    "every effect at 0.5 to 1.5 times its size, two of at least 0.3 sd turned round, stays of the "
    "preset with brief confusion. {people} learners watch ten videos of ten minutes in two weeks, "
    "are asked about every two minutes and answer seven times in ten; 12 % of labels by lot. "
    "{unseen} other learners, with videos of their own, are unseen: 'without' is the prior and "
    "'with' what was taught further, both on these. 'left out': the {people} by turns, which is "
    "what the gates read. 'shares alone': the prior with a temperature and an intercept from the "
    "same reports: what knowing how often each is said is worth by itself. 'pre-trained': "
    "'without' is what was taught further, 'with' the same after up to {epochs} epochs of "
    "pre-training on their Windows with reports and {unsaid} more a Sitting, none with its label; "
    "the shipped recipe pre-trains only where both gains over all institutions have intervals "
    "above zero. 'personal': an unseen "
    "learner's second week, with and without the reports of their first, 'without' being what was "
    "taught further. Controls: the prior's own world, as its training had it ('own world'), and "
    "the same Windows with labels dealt out anew, unseen ones with their own ('shuffled'). "
    "Nothing was chosen on these seeds. Intervals are 95 % over people, paired."
)
QUICK: Final = {"worlds": 1, "people": 16, "unseen": 16, "unsaid": 1}
# The values tested, independent of the shipped recipe.
EPOCHS: Final = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare how many institutions and people."""
    parser.add_argument("--worlds", type=int, default=3, metavar="N", help="institutions (3)")
    parser.add_argument("--people", type=int, default=40, metavar="N", help="who report (40)")
    parser.add_argument("--unseen", type=int, default=80, metavar="N", help="who are unseen (80)")
    parser.add_argument(
        "--unsaid", type=int, default=12, metavar="N", help="unlabelled Windows a Sitting (12)"
    )
    parser.add_argument("--seed", type=int, default=9, help="of the first institution (9)")
    parser.add_argument("--quick", action="store_true", help="a minute; too few to conclude from")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Let each institution report, train, and evaluate on the unseen people."""
    from emotion.benchmarks import _learning_rows
    from emotion.models.crossmodal.finetuned_head import FinetuneRecipe
    from emotion.training.recipe import read_shipped

    told, epochs = read_shipped("finetune", FinetuneRecipe), EPOCHS
    if options["quick"]:
        options, epochs = {**options, **QUICK}, 1
        told = replace(told, outer=2, inner=2, pulls=(300.0,))
    size = _learning_rows.InstitutionSize(
        *(options[name] for name in ("people", "unseen", "unsaid"))
    )
    pretrain = replace(told.pretrain, epochs=epochs)
    told = replace(told, pretrain=replace(told.pretrain, epochs=0))
    seeds = [options["seed"] + n for n in range(options["worlds"])]
    found = {
        str(n): list(_learning_rows.run_institution(n, size, told, pretrain, say)) for n in seeds
    }
    rows = [one.format_row(world) for world, each in found.items() for one in each]
    if len(seeds) > 1:
        rows += [
            _learning_rows.pool(same).format_row("all")
            for same in zip(*found.values(), strict=True)
        ]
    protocol = PROTOCOL.format(
        worlds=len(seeds), seeds=", ".join(map(str, seeds)), epochs=epochs, **asdict(size)
    )
    return BenchmarkReport("learning", protocol, rows)
