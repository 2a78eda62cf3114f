"""Costs of a film's semantics on one core: cuts, slide texts, measures and vectors.

The films of a folder are joined, again and again, until they have the length of the film.
"""

from __future__ import annotations

import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emotion.benchmarks import BenchmarkReport, CannotMeasure
from emotion.semantics.caption_segments import Material

PROTOCOL = (
    "CPU seconds of this process and of ffmpeg, which is the time on one idle core; networks with "
    "one thread and loaded before; every slide and caption of the joined film"
)
# For ten minutes of film, in CPU seconds.
GOAL_S, FILM_S = 60.0, 600.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--data", type=Path, help="folder of MP4 films with .en.vtt captions")
    parser.add_argument("--seconds", type=float, default=FILM_S, help="length of the film (600)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Measure each part on one film, and compare the sum with the goal."""
    from emotion.semantics.local_films import join_films, read_films

    films = read_films(options["data"]) if options["data"] else []
    if not films:
        raise CannotMeasure("expected --data with films and their captions (.mp4, .en.vtt)")
    with tempfile.TemporaryDirectory() as folder:
        say("joining the films")
        path = Path(folder) / "film.mp4"
        costs = _measure(path, join_films(films, path, options["seconds"]), say)
    total = sum(costs.values())
    goal = GOAL_S * options["seconds"] / FILM_S
    rows: list[Mapping[str, object]] = [
        {"part": name, "cpu_s": round(cost, 2)} for name, cost in costs.items()
    ]
    rows.append({"part": "all", "cpu_s": round(total, 2), "goal_s": goal, "met": total <= goal})
    return BenchmarkReport("semantics", PROTOCOL, rows)


def _measure(path: Path, film: Material, say: Callable[[str], None]) -> dict[str, float]:
    """Return the CPU seconds of each part."""
    import torch

    from emotion.semantics import scene_changes, segment_measures, semantic_axes
    from emotion.semantics.slide_describer import SlideDescriber
    from emotion.semantics.text_cleaning import clean, join_texts

    torch.set_num_threads(1)
    slides, costs = SlideDescriber(), dict[str, float]()
    SlideDescriber().describe(film, 0)
    semantic_axes.encode_texts(["a sentence"])
    say("cuts")
    with _clock(costs, "cuts"):
        cuts = scene_changes.count_cuts(path, film.segments)
    say("slide texts")
    with _clock(costs, "slide texts"):
        shown = [slides.describe(film, segment) for segment in range(film.segments)]
    with _clock(costs, "measures"):
        segment_measures.measure_segments(film, shown, cuts)
    said = [clean(film.captions_of(segment)) for segment in range(film.segments)]
    say("vectors")
    with _clock(costs, "vectors"):
        semantic_axes.encode_texts([join_texts(*both) for both in zip(said, shown, strict=True)])
    return costs


@contextmanager
def _clock(costs: dict[str, float], name: str) -> Iterator[None]:
    before = os.times()[:4]
    yield
    costs[name] = sum(os.times()[:4]) - sum(before)
