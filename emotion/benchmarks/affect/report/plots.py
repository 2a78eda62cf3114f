"""The report's figures: each a drawing with what it shows in words, and its numbers to open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from emotion.benchmarks.affect.report import svg_charts

Details = Mapping[str, Any]


def figures(details: Details) -> Iterator[str]:
    """Yield every figure there are numbers for."""
    yield _confusion(details)
    yield _roc(details)
    yield _calibration(details)
    yield _risk(details)
    if details["tsne"]:
        yield _tsne(details)
    if details["losses"]:
        yield _losses(details)
    yield _distribution(details)
    if details["grid"]:
        yield _grid(details)


def _confusion(details: Details) -> str:
    counts = np.array(details["confusion"], float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = details["labels"]
    svg = svg_charts.matrix(
        shares.tolist(),
        names,
        names,
        title="Confusion matrix",
        desc="Share of each true label's Windows that got each answer.",
        shown=lambda v: f"{v:.0%}",
        x="the answer",
        y="the truth",
    )
    return _figure(
        "What it answers", "Share of each true label's Windows.", svg, details["confusion"]
    )


def _roc(details: Details) -> str:
    drawn = [
        svg_charts.Line(n, [(x, y) for x, y in points]) for n, points in details["roc"].items()
    ]
    svg = svg_charts.lines(
        drawn,
        title="ROC curves",
        desc="True against false positive rate of each label against the rest.",
        x="false alarms",
        y="found",
    )
    return _figure(
        "Each label against the rest", "ROC; the further up, the better.", svg, details["roc"]
    )


def _calibration(details: Details) -> str:
    svg = svg_charts.diagonal(
        [(x, y) for x, y in details["calibration"]],
        title="Calibration curve",
        desc="Share right against how sure it was; on the dashed line both are equal.",
        x="how sure it was",
        y="share right",
    )
    return _figure(
        "Is it as sure as it should be?", "On the dashed line it is.", svg, details["calibration"]
    )


def _risk(details: Details) -> str:
    line = svg_charts.Line("wrong", [(x, y) for x, y in details["risk_coverage"]])
    svg = svg_charts.lines(
        [line],
        title="Risk and coverage",
        desc="Share wrong among the answers, by how many Windows are answered, surest first.",
        x="share answered",
        y="share wrong",
    )
    return _figure(
        "When it may say “not sure”",
        "Share wrong among the surest answers.",
        svg,
        details["risk_coverage"],
    )


def _tsne(details: Details) -> str:
    found = details["tsne"]
    svg = svg_charts.scatter(
        [(x, y) for x, y in found["places"]],
        found["labels"],
        details["labels"],
        title="t-SNE",
        desc="Windows of the first test fold by what enters the last layer; near is alike.",
    )
    return _figure("What it holds alike", "t-SNE of one test fold; axes mean nothing.", svg, None)


def _losses(details: Details) -> str:
    first = details["losses"][0]
    drawn = [
        svg_charts.Line(name, [(float(e), loss) for e, loss in enumerate(first[name], start=1)])
        for name in ("train", "valid")
    ]
    top = max(*first["train"], *first["valid"])
    svg = svg_charts.lines(
        drawn,
        title="Loss curves of the first fold",
        desc="Training and validation loss by epoch; the weights kept are of the least validation.",
        x="epoch",
        y="loss",
        top=top,
    )
    return _figure(
        "How it learned", "First fold; all folds in the numbers.", svg, details["losses"]
    )


def _distribution(details: Details) -> str:
    counts = details["label_distribution"]
    total = sum(counts.values())
    svg = svg_charts.bars(
        [(name, count, f"{count} ({count / total:.0%})") for name, count in counts.items()],
        title="Label distribution",
        desc="How many Windows carry each label.",
    )
    return _figure("How common each label is", "Windows of all test folds.", svg, None)


def _grid(details: Details) -> str:
    found = details["grid"]
    svg = svg_charts.matrix(
        found["values"],
        [f"{value:g}" for value in found["rows"]],
        [f"{value:g}" for value in found["columns"]],
        title="Grid search",
        desc="Mean macro-F1 over inner folds of people, inside each training part.",
        shown=lambda v: f"{v:.3f}",
        x="C",
        y="components of the semantics",
    )
    return _figure(
        "What tuning saw",
        "Macro-F1 of logistic regression over inner folds; no test row was asked.",
        svg,
        None,
    )


def _figure(title: str, said: str, svg: str, numbers: Any) -> str:
    opened = ""
    if numbers is not None:
        opened = (
            "<details><summary>Numbers</summary>"
            f"<pre>{escape(json.dumps(numbers, separators=(', ', ': ')))}</pre></details>"
        )
    return (
        f"<figure><figcaption><h3>{escape(title)}</h3>{escape(said)}</figcaption>"
        f"{svg}{opened}</figure>"
    )
