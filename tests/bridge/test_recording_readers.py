"""E4 folders, OpenFace CSV and Consensys exports as Streams; an unusable file is named."""

from __future__ import annotations

import numpy as np
import pytest

from bridge import recording_readers
from bridge.recording import RecordedStream, ReplayableRecording, split_into_blocks
from emotion.datasets import WrongFolder
from emotion.datasets.formats import empatica
from emotion.datasets.formats.openface import AUS, GAZE
from emotion.streams import stream

SHIMMER = "Shimmer_5E8A"
COLUMNS = {
    f"{SHIMMER}_Timestamp_Unix_CAL": "ms",
    f"{SHIMMER}_GSR_Skin_Conductance_CAL": "uS",
    f"{SHIMMER}_PPG_A13_CAL": "mV",
}


def lane(tape, name) -> RecordedStream:
    (found,) = [each for each in tape.lanes if each.device.stream == name]
    return found


def export(path, *, separator=",", units=COLUMNS, rows=256, gap=None, skin=2.5):
    """Write a Consensys export of 128 Hz; at row `gap` half a second is missing."""
    at = 1_700_000_000_000 + np.arange(rows) * 1000 / 128
    if gap:
        at[gap:] += 500
    lines = [f'"sep={separator}"', separator.join(units), separator.join(units.values())]
    for n, when in enumerate(at):
        lines.append(separator.join([f"{when:.3f}", f"{skin}", f"{1500 + n % 7:.4f}"]) + separator)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_consensys_export_gives_skin_conductance_and_pulse_wave(tmp_path, separator):
    tape = recording_readers.read_recording(export(tmp_path / "a.csv", separator=separator))
    assert set(tape.streams) == {"eda", "ppg"}
    assert {each.device.backend for each in tape.lanes} == {"shimmer3"}
    skin, pulse = lane(tape, "eda"), lane(tape, "ppg")
    assert skin.rate_hz == pytest.approx(128, rel=1e-3)
    assert skin.values[:, 0].tolist() == [2.5] * 256
    assert pulse.device.scale == 0.1
    (first, *_) = split_into_blocks(pulse, slice(0, 3), 10.0)
    assert first.t0 == 10.0
    assert (first.values[:, 0] * 0.1).tolist() == pytest.approx([1500, 1501, 1502])


def test_missing_rows_begin_a_new_block(tmp_path):
    tape = recording_readers.read_recording(export(tmp_path / "a.csv", gap=64))
    parts = list(split_into_blocks(lane(tape, "eda"), slice(0, 128), 0.0))
    assert [len(part.values) for part in parts] == [64, 64]
    assert parts[1].t0 == pytest.approx(1.0)


def test_impossible_skin_conductance_is_left_out(tmp_path):
    tape = recording_readers.read_recording(export(tmp_path / "a.csv", skin=4000.0))
    assert tape.streams == ("ppg",)


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({**COLUMNS, f"{SHIMMER}_GSR_Skin_Conductance_CAL": "kOhms"}, "in uS, got 'kOhms'"),
        ({"x_Timestamp_Unix_CAL": "ms", "x_Battery_CAL": "mV", "x_Range": ""}, "found none"),
        ({"x_Timestamp_Sync_Unix_CAL": "ms", "x_a": "", "x_b": ""}, "export it as Unix time"),
    ],
)
def test_an_unusable_export_is_named(tmp_path, units, said):
    with pytest.raises(WrongFolder, match=said):
        recording_readers.read_recording(export(tmp_path / "a.csv", units=units))


def film(path, *, frames=90, lost=()):
    """Write OpenFace's CSV of a video of 30 frames a second."""
    pose = [f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"]
    names = ["frame", "face_id", "timestamp", "confidence", "success", *GAZE, *pose]
    names += [f"AU{unit:02d}_r" for unit in AUS if unit != 28]
    names += [f"AU{unit:02d}_c" for unit in AUS]
    lines = [", ".join(names)]
    for n in range(frames):
        seen = n not in lost
        row = [n, 0, n / 30, 0.98 if seen else 0.1, int(seen)]
        row += [0.1, 0.2, -0.97, -0.1, 0.2, -0.97, 14, 28, 700, 0.1, 0.2, 0.3]
        row += [2.5] * 17 + [1] * 18
        lines.append(", ".join(str(value) for value in row))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_openface_gives_face_and_gaze_at_ten_hertz(tmp_path):
    tape = recording_readers.read_recording(film(tmp_path / "f.csv"))
    face, gaze = lane(tape, "face"), lane(tape, "gaze")
    assert face.rate_hz == pytest.approx(10, rel=1e-3)
    assert face.values.shape == (30, len(stream("face").channels))
    assert gaze.values.shape == (30, len(stream("gaze").channels))
    row = {c.name: v for c, v in zip(stream("face").channels, face.values[0], strict=True)}
    assert (row["au12"], row["au28"], row["au12_confidence"]) == (2.5, 1.0, 0.98)
    assert (row["pitch"], row["yaw"], row["roll"]) == (0.1, 0.2, 0.3)
    assert (row["x"], row["y"], row["z"]) == pytest.approx((0.1, 0.2, 5.0))
    assert (row["blink"], row["quality"]) == (1.0, 0.98)
    assert gaze.values[0, :6].tolist() == [0.1, 0.2, -0.97, -0.1, 0.2, -0.97]
    assert np.isnan(gaze.values[0, 6])


def test_frames_without_a_face_are_left_out(tmp_path):
    tape = recording_readers.read_recording(film(tmp_path / "f.csv", lost=range(30, 60)))
    face = lane(tape, "face")
    assert len(face.times) == 20
    assert len(list(split_into_blocks(face, slice(None), 0.0))) == 2
    with pytest.raises(WrongFolder, match="a face in some frame"):
        recording_readers.read_recording(film(tmp_path / "none.csv", lost=range(90)))


def test_an_e4_folder_gives_every_sample_of_the_file(recording):
    tape, own = recording_readers.read_recording(recording), empatica.read(recording).streams
    assert set(tape.streams) == set(own)
    for name, rows in own.items():
        assert len(lane(tape, name).values) == len(rows.values)
    motion = np.concatenate(
        [cut.values for cut in split_into_blocks(lane(tape, "acc"), slice(None), 0.0)]
    )
    raw = np.loadtxt(recording / "ACC.csv", delimiter=",", skiprows=2)
    assert (motion == raw).all()


def test_a_part_has_its_exact_length(recording):
    tape = recording_readers.read_recording(recording).only(["eda"])
    part = [cut for s in range(10, 20) for cut in tape.between(s, min(s + 1, 19.5), 100.0)]
    assert sum(len(cut.values) for cut in part) == 38
    assert (part[0].t0, part[-1].t0) == (110.0, 119.0)


def test_a_file_that_is_no_recording_is_named(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for path in (tmp_path / "x.csv", tmp_path / "none", tmp_path):
        with pytest.raises(WrongFolder, match="expected"):
            recording_readers.read_recording(path)


def test_an_empty_recording_lasts_one_second():
    assert ReplayableRecording([]).length_s == 1.0
