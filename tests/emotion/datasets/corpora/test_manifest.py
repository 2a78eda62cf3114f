"""A custom data set described by a manifest, made here."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.manifest import iterate_clips, read_series

HEAD = "person,video,start_s,end_s,label,gaze,ppg,film"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "gaze.csv").write_text("time_s, x, y\n0.0,1,2\n0.5,,3\n1.0,4,5\n1.5,6,7\n")
    (tmp_path / "s1" / "ppg.csv").write_text("time_s,ppg\n0,10\n1,11\n2,12\n")
    (tmp_path / "s1" / "v.mp4").touch()
    return tmp_path


def write(folder, *rows, head=HEAD):
    (folder / "manifest.csv").write_text("\n".join([head, *rows, ""]))


def test_a_clip_has_its_label_and_its_rows(folder):
    write(folder, "p1,v1,0.5,1.5,boredom,s1/gaze.csv,s1/ppg.csv,s1/v.mp4", "p2,v1,0,1,interest,,,")
    first, second = iterate_clips(folder)

    assert (first.person, first.video, first.label) == ("p1", "v1", "boredom")
    gaze = first.read_series("gaze")
    assert gaze.names == ("x", "y")
    np.testing.assert_array_equal(gaze.times, [0.5, 1.0])
    np.testing.assert_array_equal(gaze.values, [[np.nan, 3], [4, 5]])
    assert first.read_series("ppg").values.tolist() == [[11.0]]
    assert first.files["film"].name == "v.mp4"
    assert dict(second.files) == {}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",v1,0,1,x,,,", "expected a person"),
        ("p1,v1,0,1,,,,", "expected a person"),
        ("p1,v1,1,1,x,,,", "start_s < end_s"),
        ("p1,v1,-1,1,x,,,", "start_s < end_s"),
        ("p1,v1,soon,1,x,,,", "start_s < end_s"),
        ("p1,v1,0,inf,x,,,", "start_s < end_s"),
        ("p1,v1", "expected a person"),
        ("p1,v1,0,1,x,none.csv,,", "expected none.csv in the folder"),
        ("p1,v1,0,1,x,../outside.csv,,", "outside.csv in the folder"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(folder, row, said):
    (folder.parent / "outside.csv").write_text("time_s,x\n0,1\n")
    write(folder, "p0,v1,0,1,x,,,", row)

    with pytest.raises(WrongFolder, match=rf"manifest\.csv: line 3: .*{said}"):
        list(iterate_clips(folder))


def test_a_wrong_manifest_is_named(folder):
    with pytest.raises(WrongFolder, match=r"manifest\.csv: expected a manifest"):
        list(iterate_clips(folder))
    write(folder, head="person,video,start_s,end_s")
    with pytest.raises(WrongFolder, match=r"without \['label'\]"):
        list(iterate_clips(folder))
    write(folder, head=HEAD + ",voice")
    with pytest.raises(WrongFolder, match=r"got \['voice'\]"):
        list(iterate_clips(folder))


@pytest.mark.parametrize(
    "text", ["", "x,time_s\n", "time_s\n0\n", "time_s,x\n0,a\n", "time_s,x\n0,1\n0,2\n",
             "time_s,x\n0,1,2\n", "time_s,x\n0,1\n1\n", "time_s,x\n,1\n1,2\n", "time_s,x\n,1\n"],
)  # fmt: skip
def test_a_wrong_signal_is_named(folder, text):
    path = folder / "s1" / "ppg.csv"
    path.write_text(text)

    with pytest.raises(WrongFolder, match=r"ppg\.csv: expected"):
        read_series(path)


def test_a_signal_without_rows_is_empty(folder):
    path = folder / "s1" / "ppg.csv"
    path.write_text("time_s,ppg\n")

    assert read_series(path).values.shape == (0, 1)
