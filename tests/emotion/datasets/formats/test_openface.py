"""OpenFace's CSV in its real layout (names begin with a space), made here."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.formats.openface import AUS, GAZE, read

BOTH = [unit for unit in AUS if unit != 28]
NAMES = [
    "frame", "face_id", "timestamp", "confidence", "success", *GAZE,
    *(f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"),
    "x_0", "y_0",
    *(f"AU{unit:02d}_r" for unit in BOTH), *(f"AU{unit:02d}_c" for unit in AUS),
]  # fmt: skip


def rows(count=4):
    found = {name: np.zeros(count) for name in NAMES}
    found["timestamp"] = np.arange(count) / 30
    found["confidence"] = np.full(count, 0.98)
    found["success"] = np.ones(count)
    found["gaze_1_z"] = np.full(count, -1.0)
    found["AU12_r"] = np.full(count, 3.5)
    found["AU12_c"] = np.ones(count)
    found["AU28_c"] = np.ones(count)
    found["AU45_r"] = np.full(count, 1.25)
    return found


@pytest.fixture
def at(tmp_path):
    def write(columns):
        path = tmp_path / "film.csv"
        lines = [",".join([next(iter(columns)), *(f" {name}" for name in [*columns][1:])])]
        lines += [
            ", ".join(f"{cell:g}" for cell in row) for row in zip(*columns.values(), strict=True)
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_a_frame_is_paper_2s_42_numbers(at):
    frames = read(at(rows()))
    found = frames.features()

    assert found.shape == (4, 42)
    assert AUS == (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)
    assert set(np.flatnonzero(found[0]).tolist()) == {
        AUS.index(12), AUS.index(28), 18 + AUS.index(12), 18 + AUS.index(45), 36 + 5
    }  # fmt: skip
    assert (found[0, 18 + AUS.index(12)], found[0, 18 + AUS.index(45)]) == (3.5, 1.25)
    np.testing.assert_allclose(np.diff(frames.times), 1 / 30, rtol=1e-3)


def test_the_intensity_of_au28_is_0_as_openface_has_none(at):
    assert not read(at(rows())).intensity[:, AUS.index(28)].any()


@pytest.mark.parametrize(
    ("column", "value"), [("success", 0), ("confidence", 0.3), ("x_0", np.nan)]
)
def test_a_frame_without_a_face_is_all_zeros_and_marked(at, column, value):
    columns = rows()
    columns[column][2] = value
    frames = read(at(columns))

    assert frames.sound.tolist() == [True, True, False, True]
    assert not frames.features()[2].any()
    assert frames.features()[1].any()


def test_more_than_one_face_is_refused(at):
    columns = rows()
    columns["face_id"][1] = 1

    with pytest.raises(WrongFolder, match="expected one face"):
        read(at(columns))


def test_a_wrong_or_partial_file_is_named(at, tmp_path):
    columns = rows()
    del columns["AU45_c"], columns["gaze_0_x"]
    with pytest.raises(WrongFolder, match=r"film\.csv: .*without gaze_0_x, AU45_c: run Feature"):
        read(at(columns))
    with pytest.raises(WrongFolder, match=r"none\.csv: expected OpenFace's CSV, found none"):
        read(tmp_path / "none.csv")
    path = at(rows())
    text = path.read_text()
    for spoilt in (text.replace("3.5", "x"), text.splitlines()[0], "", text[:-20] + "\n"):
        path.write_text(spoilt)
        with pytest.raises(WrongFolder, match=r"film\.csv: expected"):
            read(path)


def test_a_truncated_last_row_is_left_out_and_reported(at):
    path = at(rows())
    path.write_text(path.read_text()[:-20])
    frames = read(path)
    assert len(frames.times) == 3
    assert frames.notes == ("film.csv: left out the last line, which is cut off",)
