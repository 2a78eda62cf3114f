"""The report: figures as JSON, and a single self-contained page.

Simulated results are marked as such first; leaky figures are crossed out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from emotion.benchmarks import BenchmarkReport
from emotion.benchmarks.affect.report.plot_data import collect
from emotion.benchmarks.affect.result_tables import NAMES, Results

Row = Mapping[str, object]

PAGE = Path(__file__).with_name("page.html")
TITLE = "Evaluation report"

TABLES = {
    "2": "Paper 1, Table 2: models",
    "3": "Paper 1, Table 3: information about the videos",
    "4": "Paper 1, Table 4: modalities and fusion",
    "ours": "Six modalities, with sensors missing as at home",
    "new videos": "New people and new videos",
    "honest": "No signal to learn, split by person",
    "baselines": "Baselines for every row",
}
FIGURES = {
    "macro_f1": "Macro-F1",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "auroc": "AUROC",
    "ece": "ECE",
    "gain": "Gain over the best baseline",
}


def write(path: Path, report: BenchmarkReport, results: Results) -> None:
    """Write the page to `path`, and its figures next to it as .json."""
    shown = _choose_row(results)
    details = None if shown is None else collect(shown, results.select_first(model="tuned"), NAMES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make_page(report, details), encoding="utf-8")
    whole = {
        "name": report.name,
        "protocol": report.protocol,
        "rows": [dict(row) for row in report.rows],
        "details": details,
    }
    path.with_suffix(".json").write_text(json.dumps(whole, indent=1), encoding="utf-8")


def make_page(report: BenchmarkReport, details: Mapping[str, Any] | None) -> str:
    """Return the whole page."""
    rows = list(report.rows)
    sections = [_make_leaks(rows), _make_findings(rows)]
    sections += [_make_table(rows, table, cohort) for table, cohort in _list_tables(rows)]
    if details is not None:
        sections.insert(1, _make_plots(details))
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=TITLE,
        summary=escape(_make_summary(rows)),
        protocol=escape(report.protocol),
        sections="\n".join(section for section in sections if section),
    )


def _choose_row(results: Results) -> Any:
    """Return the row to plot: ours, or the first trained one."""
    return results.select_first(model="ours", cohort="at home") or next(
        (results.collect(row) for row in results.rows if row.split == "people"), None
    )


def _make_summary(rows: Sequence[Row]) -> str:
    ours = next((r for r in rows if r.get("table") == "ours"), None)
    leaky = [r for r in rows if r.get("LEAKY") and r["cohort"] == "zero signal"]
    said = []
    if ours is not None:
        figure = _format_interval(ours["accuracy"])
        said.append(
            f"Accuracy {figure} on simulated people not seen in training. The best baseline "
            f"without the person’s own labels is {ours.get('best_untold_baseline')}."
        )
    if leaky:
        best = max(_to_number(row["accuracy"]) for row in leaky)
        said.append(
            f"With all signals removed, a random split of windows still gives {best:.0%}: "
            "such a split recognises people, not states."
        )
    return " ".join(said)


def _make_leaks(rows: Sequence[Row]) -> str:
    """Return the comparison of both protocols, the leaky one crossed out."""
    leaky = [row for row in rows if row.get("LEAKY")]
    if not leaky:
        return ""
    body = [
        f'<tr class="leaky"><th scope="row">{escape(str(row["row"]))}</th>'
        f"<td>{escape(str(row['cohort']))}</td><td>{_to_number(row['accuracy']):.1%}</td></tr>"
        for row in leaky
    ]
    return (
        "<h2>Why the first figures are crossed out</h2>"
        "<p>In a random split, windows of the same person are in both training and test data, and "
        "rows made by resampling before the split can be tested on the rows they were made from. "
        "Even where the signals carry no information, this looks like a success. It is shown only "
        "as a warning.</p>"
        + _html_table(
            "Random split of windows: not a valid result", ("Model", "Cohort", "“Accuracy”"), body
        )
    )


def _make_findings(rows: Sequence[Row]) -> str:
    body = []
    for row in rows:
        if "finding" in row:
            rest = {n: v for n, v in row.items() if n not in ("finding", "what", "goal", "reached")}
            figures = "; ".join(
                f"{n.replace('_', ' ')} {_format_plain(v)}" for n, v in rest.items()
            )
            body.append(
                f'<tr><th scope="row">{escape(str(row["finding"]))}</th>'
                f"<td>{escape(str(row['what']))}</td><td>{escape(figures)}</td>"
                f"<td>{escape(str(row.get('goal', '')))}</td><td>{_format_reached(row)}</td></tr>"
            )
    if not body:
        return ""
    return "<h2>Goals reached and missed</h2>" + _html_table(
        "Benchmark rows on affect", ("", "What", "Measured", "Goal", "Reached"), body
    )


def _format_reached(row: Row) -> str:
    if "reached" not in row:
        return ""
    return "yes" if row["reached"] else '<span class="missed">missed</span>'


def _list_tables(rows: Sequence[Row]) -> list[tuple[str, tuple[object, object]]]:
    """Return every table with its cohort and split, in the order of `TABLES`."""
    found = {
        (str(row["table"]), (row["cohort"], row["split"])): None
        for row in rows
        if "table" in row and not row.get("LEAKY")
    }
    order = list(TABLES)
    return sorted(found, key=lambda kind: order.index(kind[0]))


def _make_table(rows: Sequence[Row], table: str, kind: tuple[object, object]) -> str:
    mine = [row for row in rows if row.get("table") == table]
    mine = [row for row in mine if (row["cohort"], row["split"]) == kind and not row.get("LEAKY")]
    body = [
        f'<tr><th scope="row">{escape(str(row["row"]))}<br>'
        f"<small>{escape(_format_inputs(row))}</small></th>"
        + "".join(f"<td>{_format_cell(row.get(name))}</td>" for name in FIGURES)
        + f"<td>{_format_win(row)}</td><td>{_format_paper(row)}</td></tr>"
        for row in mine
    ]
    people, windows = mine[0]["people"], mine[0]["windows"]
    split = "new people" if kind[1] == "people" else "new people and videos"
    caption = f"{TABLES[table]}: {kind[0]} cohort, {split}, n = {people} people, {windows} windows"
    columns = ("Row", *FIGURES.values(), "Win", "Reported in the paper, random split")
    return _html_table(caption, columns, body)


def _format_inputs(row: Row) -> str:
    return f"{row['modalities']} ({row['semantics']})" if "semantics" in row else ""


def _format_win(row: Row) -> str:
    if "win" not in row:
        return ""
    also = "" if row["win"] or not row["wins_over_untold"] else "<small>without own labels</small>"
    return ("yes" if row["win"] else "no") + also


def _format_paper(row: Row) -> str:
    paper = row.get("paper_accuracy")
    return "" if paper is None else f"<s>{_to_number(paper):.1f}%</s>"


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return f"{value[0]:.3f}<small>{value[1]:.3f} to {value[2]:.3f}</small>"
    return escape(_format_plain(value))


def _format_plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _format_interval(value: object) -> str:
    if not isinstance(value, list | tuple):
        return str(value)
    return f"{value[0]:.0%} ({value[1]:.0%} to {value[2]:.0%})"


def _to_number(value: object) -> float:
    return float(str(value))


def _html_table(caption: str, columns: Sequence[str], body: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    name = escape(caption)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table>'
        f"<caption>{name}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _make_plots(details: Mapping[str, Any]) -> str:
    from emotion.benchmarks.affect.report.plots import draw_figures

    where = f"{details['row']}, {details['cohort']} cohort, simulated people not seen in training"
    drawn = "".join(draw_figures(details))
    wrong = [
        f'<tr><th scope="row">{row["person"]}</th><td>{row["video"]}</td>'
        f"<td>{row['second']:g} s</td><td>{escape(row['said'])}</td><td>{row['sure']:.0%}</td>"
        f"<td>{escape(row['true'])}</td></tr>"
        for row in details["surest_and_wrong"]
    ]
    columns = ("Simulated person", "Video", "Time", "Predicted", "Confidence", "True label")
    return (
        f"<h2>Predictions and confidence</h2><p class='quiet'>{escape(where)}</p>"
        f'<div class="cards">{drawn}</div><h2>Most confident errors</h2>'
        + _html_table("The ten most confident incorrect predictions", columns, wrong)
    )
