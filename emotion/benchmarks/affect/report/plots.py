"""The report's figures: each a plot with a description in words, and its numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from emotion.benchmarks.affect.report import svg_charts

Details = Mapping[str, Any]


def draw_figures(details: Details) -> Iterator[str]:
    """Yield every figure with available data."""
    yield _draw_confusion(details)
    yield _draw_roc(details)
    yield _draw_calibration(details)
    yield _draw_risk(details)
    if details["tsne"]:
        yield _draw_tsne(details)
    if details["losses"]:
        yield _draw_losses(details)
    yield _draw_distribution(details)
    if details["grid"]:
        yield _draw_grid(details)


def _draw_confusion(details: Details) -> str:
    counts = np.array(details["confusion"], float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = details["labels"]
    svg = svg_charts.draw_matrix(
        shares.tolist(),
        names,
        names,
        title="Confusion matrix",
        desc="Share of each true label's windows that got each predicted label.",
        shown=lambda v: f"{v:.0%}",
        x="predicted label",
        y="true label",
    )
    return _wrap_figure(
        "Confusion matrix", "Share of each true label's windows.", svg, details["confusion"]
    )


def _draw_roc(details: Details) -> str:
    drawn = [
        svg_charts.ChartLine(n, [(x, y) for x, y in points]) for n, points in details["roc"].items()
    ]
    svg = svg_charts.draw_lines(
        drawn,
        title="ROC curves",
        desc="True and false positive rate of each label against the rest.",
        x="false positive rate",
        y="true positive rate",
    )
    return _wrap_figure("ROC curves", "Each label against the rest.", svg, details["roc"])


def _draw_calibration(details: Details) -> str:
    svg = svg_charts.draw_diagonal(
        [(x, y) for x, y in details["calibration"]],
        title="Calibration curve",
        desc="Accuracy by confidence; on the dashed line both are equal.",
        x="confidence",
        y="accuracy",
    )
    return _wrap_figure("Calibration", "Ideal on the dashed line.", svg, details["calibration"])


def _draw_risk(details: Details) -> str:
    line = svg_charts.ChartLine("wrong", [(x, y) for x, y in details["risk_coverage"]])
    svg = svg_charts.draw_lines(
        [line],
        title="Risk and coverage",
        desc="Error rate by the share of windows answered, most confident first.",
        x="share answered",
        y="error rate",
    )
    return _wrap_figure(
        "Risk and coverage",
        "Error rate among the most confident predictions.",
        svg,
        details["risk_coverage"],
    )


def _draw_tsne(details: Details) -> str:
    found = details["tsne"]
    svg = svg_charts.draw_scatter(
        [(x, y) for x, y in found["places"]],
        found["labels"],
        details["labels"],
        title="t-SNE",
        desc="Windows of the first test fold by the input of the last layer; near means similar.",
    )
    return _wrap_figure("t-SNE", "One test fold; the axes have no meaning.", svg, None)


def _draw_losses(details: Details) -> str:
    first = details["losses"][0]
    drawn = [
        svg_charts.ChartLine(
            name, [(float(e), loss) for e, loss in enumerate(first[name], start=1)]
        )
        for name in ("train", "valid")
    ]
    top = max(*first["train"], *first["valid"])
    svg = svg_charts.draw_lines(
        drawn,
        title="Loss curves of the first fold",
        desc="Loss by epoch; the weights with the lowest validation loss are kept.",
        x="epoch",
        y="loss",
        top=top,
    )
    return _wrap_figure(
        "Training", "First fold; all folds are in the numbers.", svg, details["losses"]
    )


def _draw_distribution(details: Details) -> str:
    counts = details["label_distribution"]
    total = sum(counts.values())
    svg = svg_charts.draw_bars(
        [(name, count, f"{count} ({count / total:.0%})") for name, count in counts.items()],
        title="Label distribution",
        desc="Number of windows with each label.",
    )
    return _wrap_figure("Label distribution", "Windows of all test folds.", svg, None)


def _draw_grid(details: Details) -> str:
    found = details["grid"]
    svg = svg_charts.draw_matrix(
        found["values"],
        [f"{value:g}" for value in found["rows"]],
        [f"{value:g}" for value in found["columns"]],
        title="Grid search",
        desc="Mean macro-F1 over inner folds of people, within the training data.",
        shown=lambda v: f"{v:.3f}",
        x="C",
        y="components of the semantics",
    )
    return _wrap_figure(
        "Tuning",
        "Macro-F1 of logistic regression over inner folds; no test row was used.",
        svg,
        None,
    )


def _wrap_figure(title: str, said: str, svg: str, numbers: Any) -> str:
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
