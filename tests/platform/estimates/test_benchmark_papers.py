"""`manage.py benchmark papers` on tiny invented data sets, one in each layout."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from emotion.benchmarks.affect.result_store import ResultStore
from emotion.benchmarks.papers.paper_plan import CATALOGUE
from tests.fixtures.emotion import paper_folders

# The tables of each layout that must be run, at least in part.
COVERED = {
    "vlmed": [(1, f"Table {n}") for n in (1, 2, 3, 4)]
    + [(1, f"Figure {n}") for n in (3, 4, 5)]
    + [(1, "components")],
    "mahnob": [(1, "Table 1"), (1, "Table 5")],
    "deap": [(2, "Table 4"), (2, "Figure 3")],
    "amigos": [(2, t) for t in ("Table 3", "Table 4", "Figure 3", "Figure 4")],
    "daisee": [(3, f"Table {n}") for n in (1, 2, 3, 4)]
    + [(3, "facial sub-network"), (3, "Figure 4"), (3, "Figure 5"), (3, "Figure 6")]
    + [(3, "Figures 7-8")],
    "wesad": [(3, "equations 3-4"), (3, "physiological sub-network"), (3, "Figure 4")],
}


def run(*arguments):
    out = StringIO()
    call_command("benchmark", "papers", "--json", "--quick", *map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(scope="module", params=sorted(COVERED))
def layout_run(request, tmp_path_factory):
    at = tmp_path_factory.mktemp(request.param)
    folder = getattr(paper_folders, f"write_{request.param}")(_make(at / "data"))
    return request.param, folder, at / "out", run("--data", folder, "--out", at / "out")


def _make(folder):
    folder.mkdir()
    return folder


def test_each_layout_is_recognised_and_its_tables_are_run(layout_run):
    layout, _, out, report = layout_run
    ran = {(row["paper"], row["table"]) for row in report["rows"] if "not_run" not in row}

    assert report["protocol"].startswith(f"Layout {layout},")
    assert set(COVERED[layout]) - ran == set()
    assert json.loads((out / "papers.json").read_text())["rows"] == report["rows"]
    assert "## Paper" in (out / "papers.md").read_text()


def test_what_cannot_be_run_is_listed_with_a_reason(layout_run):
    _, _, _, report = layout_run
    ran = {(row["paper"], row["table"]) for row in report["rows"] if "not_run" not in row}
    missing = {(row["paper"], row["table"]): row for row in report["rows"] if "not_run" in row}

    assert set(CATALOGUE) <= ran | set(missing)
    assert all(row["not_run"].endswith(".") and row["extent"] for row in missing.values())


def test_each_row_has_people_apart_an_interval_the_paper_and_what_differs(layout_run):
    _, _, _, report = layout_run
    told = [row for row in report["rows"] if "macro_f1" in row and "folds" in row]

    assert {row["row"].split(",")[0] for row in told if row["table"] == "baselines"} == {
        "prior", "video-ID", "time in sitting"
    }  # fmt: skip
    for row in told:
        low, high = row["macro_f1"][1:]
        assert low <= row["macro_f1"][0] <= high
        assert row["people"] == paper_folders.PEOPLE
        assert row["differs"]
        if row["table"] != "baselines":
            assert row["win"] is (row["gain"][1] > 0)
            assert row["best_baseline"].split(",")[0] in ("prior", "video-ID", "time in sitting")


def test_a_second_run_fits_nothing_and_reports_the_same(layout_run, monkeypatch):
    _, folder, out, report = layout_run

    def refuse(*_):
        raise AssertionError("expected no fit")

    monkeypatch.setattr(ResultStore, "save", refuse)
    assert run("--data", folder, "--out", out)["rows"] == report["rows"]


def test_a_killed_run_is_resumed(tmp_path, monkeypatch):
    folder, saved, save = paper_folders.write_wesad(tmp_path / "data"), [], ResultStore.save

    def killed_after_two(state, key, kept):
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(key)
        save(state, key, kept)

    monkeypatch.setattr(ResultStore, "save", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        run("--data", folder, "--out", tmp_path / "out", "--rows", "equations")
    again = []
    monkeypatch.setattr(
        ResultStore, "save", lambda state, key, kept: again.append(key) or save(state, key, kept)
    )
    whole = run("--data", folder, "--out", tmp_path / "out", "--rows", "equations")

    assert len(saved) == 2
    assert not set(saved) & set(again)
    assert whole["rows"] == run("--data", folder, "--out", tmp_path / "other", "--rows",
                                "equations")["rows"]  # fmt: skip


def test_changed_data_are_not_mixed_with_results_from_before(tmp_path):
    folder = paper_folders.write_wesad(tmp_path / "data")
    options = ["--data", folder, "--out", tmp_path / "out", "--rows", "SVM, equations"]
    run(*options)
    (folder / "S2" / "S2.pkl").write_bytes((folder / "S3" / "S3.pkl").read_bytes() + b" ")

    with pytest.raises(CommandError, match="holds results of another plan"):
        run(*options)


def test_a_missing_or_unknown_folder_is_named(tmp_path):
    with pytest.raises(CommandError, match="--layout simulated"):
        run("--layout", "deap")
    with pytest.raises(CommandError, match=r"expected a folder, got .*nowhere"):
        run("--data", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no layout recognised"):
        run("--data", tmp_path)
    with pytest.raises(CommandError, match="expected DEAP's"):
        run("--data", tmp_path, "--layout", "deap", "--out", tmp_path / "out")
    folder = paper_folders.write_wesad(tmp_path / "data")
    with pytest.raises(CommandError, match="--weights: expected a folder"):
        run("--data", folder, "--weights", tmp_path / "nowhere")


def find_missing(report, paper, table):
    return next(row["not_run"] for row in report["rows"]
                if (row["paper"], row["table"]) == (paper, table) and "not_run" in row)  # fmt: skip


def test_missing_parts_of_a_data_set_are_named(tmp_path):
    plain = paper_folders.write_vlmed(_make(tmp_path / "vlmed"), texts=False)
    amigos = paper_folders.write_amigos(tmp_path / "amigos", tables=False)
    faces = paper_folders.write_daisee(tmp_path / "daisee", tables=False)
    films = paper_folders.write_mahnob(tmp_path / "mahnob", texts=False)
    reports = {
        at.name: run("--data", at, "--out", tmp_path / "out" / at.name)
        for at in (plain, amigos, faces, films)
    }

    assert "description needs semantics of kind description" in find_missing(
        reports["vlmed"], 1, "Table 3"
    )
    assert "OpenFace's <film>.csv" in find_missing(reports["amigos"], 2, "Table 4")
    assert "OpenFace's <film>.csv" in find_missing(reports["amigos"], 2, "Figure 4")
    assert "RF+Geo needs landmarks" in find_missing(reports["daisee"], 3, "Table 2")
    assert "semantics.csv" in find_missing(reports["mahnob"], 1, "Table 5")


def test_too_few_people_are_a_reason_not_a_crash(tmp_path):
    folder = paper_folders.write_wesad(tmp_path / "data", people=2)
    report = run("--data", folder, "--out", tmp_path / "out")

    assert "expected 4 people or more, got 2" in find_missing(report, 3, "equations 3-4")


def test_pretraining_reads_the_other_data_set_and_kinetics(tmp_path):
    target = paper_folders.write_amigos(tmp_path / "amigos")
    kinetics = tmp_path / "kinetics"
    for kind in ("running", "reading"):
        paper_folders.write_film(kinetics / kind / "one.avi")
    report = run(
        *("--data", target, "--out", tmp_path / "out", "--kinetics", kinetics, "--rows", "Table 3")
    )

    ways = {row["row"].split(",")[0] for row in report["rows"] if row["table"] == "Table 3"}
    assert ways == {"no pre-training", "i", "general"}


def test_simulated_people_without_signal_are_not_told_apart(tmp_path):
    """The same protocol on labels that depend on nothing but time and video."""
    options = ["--layout", "simulated", "--rows", "equations 3-4", "--signal", "0"]
    rows = run(*options, "--out", tmp_path)["rows"]
    found = [row for row in rows if row["table"] == "equations 3-4"]

    assert len(found) == 3
    assert all(row["gain"][1] <= 0 for row in found)
    assert not any(row["win"] for row in found)


def shuffle_labels(folder):
    """Permute a manifest's labels."""
    path = folder / "manifest.csv"
    head, *rows = path.read_text().split()
    cells = np.array([row.split(",") for row in rows])
    cells[:, 4] = np.random.default_rng(9).permutation(cells[:, 4])
    path.write_text("\n".join([head, *(",".join(row) for row in cells), ""]))


def test_labels_are_learned_and_shuffled_labels_are_not(tmp_path):
    folder = paper_folders.write_vlmed(_make(tmp_path / "data"), people=12)
    told = run("--data", folder, "--out", tmp_path / "a", "--rows", "KNN")["rows"]
    shuffle_labels(folder)
    lost = run("--data", folder, "--out", tmp_path / "b", "--rows", "KNN")["rows"]
    real, shuffled = (next(r for r in rows if r["row"] == "KNN") for rows in (told, lost))

    assert real["accuracy"][1] > 0.5
    assert shuffled["accuracy"][1] <= 0.25 <= shuffled["accuracy"][2]
    assert not shuffled["win"]
