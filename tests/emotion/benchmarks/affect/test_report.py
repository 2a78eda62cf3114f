"""The page is self-contained, marks simulated data, and crosses out leaky results."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from emotion.benchmarks import BenchmarkReport
from emotion.benchmarks.affect.report import svg_charts
from emotion.benchmarks.affect.report.writer import make_page

ROW = {
    "table": "2",
    "row": "KNN <script>",
    "cohort": "additive",
    "split": "people",
    "modalities": "gaze ppg",
    "semantics": "none",
    "paper_accuracy": 59.56,
    "people": 68,
    "windows": 7150,
    "macro_f1": [0.4, 0.35, 0.45],
    "accuracy": [0.5, 0.45, 0.55],
    "win": False,
    "wins_over_untold": True,
}
LEAKY = {
    **ROW,
    "table": "leaky",
    "split": "leaky",
    "cohort": "zero signal",
    "row": "RF, random",
    "LEAKY": True,
    "accuracy": 0.93,
}
FINDING = {
    "finding": "B7",
    "what": "ECE-15",
    "ece": [0.04, 0.03, 0.06],
    "goal": "at most .05",
    "reached": False,
}
DETAILS = {
    "row": "six modalities",
    "cohort": "at home",
    "labels": ["ONE", "TWO"],
    "confusion": [[8, 2], [3, 7]],
    "roc": {"ONE": [[0, 0], [0.5, 0.9], [1, 1]], "TWO": [[0, 0], [1, 1]]},
    "tsne": {"places": [[0.0, 1.0], [2.0, -1.0]], "labels": [0, 1]},
    "losses": [{"train": [1.3, 1.1], "valid": [1.35, 1.2]}],
    "label_distribution": {"ONE": 10, "TWO": 10},
    "calibration": [[0.5, 0.4], [0.9, 0.8]],
    "risk_coverage": [[0.1, 0.0], [1.0, 0.25]],
    "grid": {"rows": [10, 25], "columns": [0.1, 1.0], "values": [[0.3, 0.4], [0.5, 0.2]]},
    "surest_and_wrong": [
        {"person": 3, "video": 1, "second": 40.0, "said": "ONE", "sure": 0.97, "true": "TWO"}
    ],
}


@pytest.fixture
def report_page():
    return make_page(
        BenchmarkReport("affect", "SIMULATED people only", [ROW, LEAKY, FINDING]), DETAILS
    )


class Tags(HTMLParser):
    """Records every tag, and checks that each is closed in order."""

    VOID = ("meta", "br", "rect", "circle", "path", "line", "polyline")

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_it_needs_no_other_file_and_runs_no_script(report_page):
    tags = Tags()
    tags.feed(report_page)
    assert tags.open == []
    names = {name for name, _ in tags.seen}
    assert not names & {"script", "link", "img", "iframe", "object"}
    assert not any({"src", "href", "onload"} & set(attrs) for _, attrs in tags.seen)
    assert not re.search(r"https?://|url\(|@import", report_page)


def test_it_says_simulated_first(report_page):
    body = report_page[report_page.index("<body>") :]
    assert body.index("Simulated people") < body.index("<h1>")
    assert report_page.count("<h1>") == 1


def test_a_leaky_figure_appears_only_crossed_out(report_page):
    assert '<tr class="leaky"><th scope="row">RF, random</th>' in report_page
    assert report_page.count("RF, random") == 1
    assert "<s>59.6%</s>" in report_page


def test_a_missed_goal_is_reported(report_page):
    assert '<span class="missed">missed</span>' in report_page


def test_names_are_escaped(report_page):
    assert "KNN &lt;script&gt;" in report_page


def test_every_figure_has_a_title_and_a_description(report_page):
    drawn = re.findall(r"<svg.*?</svg>", report_page, re.DOTALL)
    assert len(drawn) == 8
    assert all("<title>" in svg and "<desc>" in svg for svg in drawn)


def test_rows_that_were_not_run_are_left_out():
    bare = make_page(BenchmarkReport("affect", "p", [ROW]), None)
    assert "Most confident errors" not in bare
    assert "crossed out" not in bare


def test_labels_at_line_ends_do_not_overlap():
    svg = svg_charts.draw_lines(
        [svg_charts.ChartLine(name, [(0, 0), (1, 1)]) for name in "ABC"],
        title="t",
        desc="d",
        x="",
        y="",
    )
    heights = sorted(float(y) for y, _ in re.findall(r'y="([\d.]+)" [^>]*>([ABC])<', svg))
    assert np.all(np.diff(heights) >= 15)


def test_bars_begin_at_zero():
    svg = svg_charts.draw_bars(
        [("one", 2.0, ""), ("two", 1.0, ""), ("none", 0.0, "")], title="", desc=""
    )
    widths = [float(w) for w in re.findall(r'class="bar"[^>]*width="([\d.]+)"', svg)]
    assert widths[0] == pytest.approx(2 * widths[1])
    assert widths[2] == 0
