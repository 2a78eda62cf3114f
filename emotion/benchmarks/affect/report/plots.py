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
        desc="Share of each true label's windows that got each predicted label.",
        shown=lambda v: f"{v:.0%}",
        x="predicted label",
        y="true label",
    )
    return _figure(
        "Confusion matrix", "Share of each true label's windows.", svg, details["confusion"]
    )


def _roc(details: Details) -> str:
    drawn = [
        svg_charts.Line(n, [(x, y) for x, y in points]) for n, points in details["roc"].items()
    ]
    svg = svg_charts.lines(
        drawn,
        title="ROC curves",
        desc="True and false positive rate of each label against the rest.",
        x="false positive rate",
        y="true positive rate",
    )
    return _figure("ROC curves", "Each label against the rest.", svg, details["roc"])


def _calibration(details: Details) -> str:
    svg = svg_charts.diagonal(
        [(x, y) for x, y in details["calibration"]],
        title="Calibration curve",
        desc="Accuracy by confidence; on the dashed line both are equal.",
        x="confidence",
        y="accuracy",
    )
    return _figure("Calibration", "Ideal on the dashed line.", svg, details["calibration"])


def _risk(details: Details) -> str:
    line = svg_charts.Line("wrong", [(x, y) for x, y in details["risk_coverage"]])
    svg = svg_charts.lines(
        [line],
        title="Risk and coverage",
        desc="Error rate by the share of windows answered, most confident first.",
        x="share answered",
        y="error rate",
    )
    return _figure(
        "Risk and coverage",
        "Error rate among the most confident predictions.",
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
        desc="Windows of the first test fold by the input of the last layer; near means similar.",
    )
    return _figure("t-SNE", "One test fold; the axes have no meaning.", svg, None)


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
        desc="Loss by epoch; the weights with the lowest validation loss are kept.",
        x="epoch",
        y="loss",
        top=top,
    )
    return _figure("Training", "First fold; all folds are in the numbers.", svg, details["losses"])


def _distribution(details: Details) -> str:
    counts = details["label_distribution"]
    total = sum(counts.values())
    svg = svg_charts.bars(
        [(name, count, f"{count} ({count / total:.0%})") for name, count in counts.items()],
        title="Label distribution",
        desc="Number of windows with each label.",
    )
    return _figure("Label distribution", "Windows of all test folds.", svg, None)


def _grid(details: Details) -> str:
    found = details["grid"]
    svg = svg_charts.matrix(
        found["values"],
        [f"{value:g}" for value in found["rows"]],
        [f"{value:g}" for value in found["columns"]],
        title="Grid search",
        desc="Mean macro-F1 over inner folds of people, within the training data.",
        shown=lambda v: f"{v:.3f}",
        x="C",
        y="components of the semantics",
    )
    return _figure(
        "Tuning",
        "Macro-F1 of logistic regression over inner folds; no test row was used.",
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
