"""A Raspberry-Pi-class budget: no torch, little memory, one thread, at most 100 ms a Window."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from emotion.features.window import opening
from emotion.models import open_artefact
from emotion.simulate import effects
from emotion.simulate.cohort import Plan, cut_window, iterate_recordings
from tests.fixtures.models.window_arrays import pack_windows

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "artefacts" / "prior-5397095e9055"
PEOPLE = 4

# In a separate process; its Windows come from a file, because making them imports torch.
PROGRAM = """
import json, sys, time
from pathlib import Path
import numpy as np
from tests.oracles.edge.predictor import load
from emotion.windows import Track, Window

def window(given, n):
    names = [key.split(".")[1] for key in given.files if key.startswith(f"{n}.")]
    part = lambda name, what: given[f"{n}.{name}.{what}"]
    tracks = {
        name: Track(
            part(name, "values"), part(name, "times"), part(name, "mask"),
            float(part(name, "quality")), "x", float(part(name, "period")),
        )
        for name in names
    }
    t1 = float(given["ends"][n])
    return Window(t1 - 10, t1, tracks, {name: part(name, "opening") for name in names})

given = np.load(sys.argv[2])
windows = [window(given, n) for n in range(int(sys.argv[3]))]
predictor = load(Path(sys.argv[1]))
predictor.predict(windows[:1])
began = time.process_time()
said = [predictor.predict([each]) for each in windows]
spent = time.process_time() - began
print(json.dumps({
    "proba": [each.proba[0].tolist() for each in said],
    "abstain": [bool(each.abstain[0]) for each in said],
    "ms": 1000 * spent / len(windows),
    # The peak since this program began; getrusage would include the peak of its parent.
    "mb": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024,
    "threads": len(list(Path("/proc/self/task").iterdir())),
    "heavy": sorted({"torch", "scipy", "django", "sklearn", "onnx"} & set(sys.modules)),
}))
"""


@pytest.fixture(scope="module")
def windows():
    """Windows of simulated people familiar enough to the shipped prior for a prediction."""
    people = iterate_recordings(Plan(PEOPLE, effects.load()), rng=np.random.default_rng(5))
    return [make_moment(each, t0) for each in islice(people, 12) for t0 in (70.0, 100.0)]


def make_moment(recording, t0):
    """Return a Window, and the usual values of this person in their first minute."""
    return replace(
        cut_window(recording, t0, t0 + 10), opening=opening(cut_window(recording, 0.0, 60.0))
    )


def measured(windows, tmp_path):
    np.savez(tmp_path / "windows.npz", **pack_windows(windows))
    given = [str(SHIPPED), str(tmp_path / "windows.npz"), str(len(windows))]
    # The module limits its own threads; here only numpy's own pool is limited.
    environment = {"OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, *given],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_it_runs_within_the_budget_and_predicts_like_the_predictor(windows, tmp_path):
    found = measured(windows, tmp_path)
    ours = open_artefact(SHIPPED).predict(windows)
    np.testing.assert_allclose(found["proba"], ours.proba, atol=1e-3)
    assert found["abstain"] == ours.abstain.tolist()
    assert {True, False} == set(found["abstain"])
    assert found["heavy"] == []
    assert found["mb"] <= 250
    assert found["ms"] <= 100


def test_onnxruntime_is_imported_only_where_its_telemetry_is_disabled():
    sources = [
        *(ROOT / "emotion").rglob("*.py"),
        *(ROOT / "platform").rglob("*.py"),
        *(ROOT / "bridge").rglob("*.py"),
        *(ROOT / "attune_client").rglob("*.py"),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "tests" / "oracles").rglob("*.py"),
    ]
    named = sorted(
        path
        for path in sources
        if path != Path(__file__) and "import onnxruntime" in path.read_text()
    )
    assert [path.name for path in named] == ["onnx_session.py", "predictor.py", "runtime.py"]
    assert "from tests.oracles.edge.runtime import onnxruntime" in named[1].read_text()
    for path in (named[0], named[2]):
        text = path.read_text()
        assert text.index("ORT_DISABLE_TELEMETRY") < text.index("\nimport onnxruntime")


def test_no_source_imports_onnxruntime_in_another_form():
    forms = ("from onnxruntime", 'import_module("onnxruntime')
    folders = ("emotion", "platform", "bridge", "attune_client", "tools")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in files if any(form in path.read_text() for form in forms)] == []


def test_it_starts_no_other_thread(windows, tmp_path):
    """onnxruntime would start a thread that sends telemetry to its maker."""
    assert measured(windows[:2], tmp_path)["threads"] == 1
