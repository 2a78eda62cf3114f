"""Damaged recordings are read with a note of what was left out, or refused with one sentence.

The files in tests/data/inputs/bridge were written after public bug reports.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from bridge import __main__ as program
from bridge import recording_readers
from bridge.recording import split_into_blocks
from emotion.datasets import WrongFolder

INPUTS = Path("tests/data/inputs/bridge")
CUT = "left out the last line, which is cut off"
E4 = {"ppg": 3840, "eda": 240, "temp": 240, "acc": 1920, "heart": 50}
MUTATIONS = 300
WORDS = (b"", b"\0", b"-nan(ind)", b"1e999", b"1e39", b"-5", b"\xff\xfe", b",", b";", b'"', b"\n")
WORDS += (b"\t", b"1_0", "٣".encode(), b"\x81", b"\x1a", b" ", b"#")


def rows_of(tape):
    return {lane.device.stream: len(lane.values) for lane in tape.lanes}


@pytest.mark.parametrize(
    ("name", "rows", "notes"),
    [
        ("of-nan-ind.csv", {"face": 30, "gaze": 30}, ["of-nan-ind.csv: left out 1 of 90 frames"]),
        ("sh-latin1.csv", {"eda": 1280, "ppg": 1280}, []),
        ("sh-cut.csv", {"eda": 1279, "ppg": 1279}, [f"sh-cut.csv: {CUT}"]),
        ("sh-comma-decimal.csv", {"eda": 1280, "ppg": 1280}, []),
        ("e4-empty-hr", {**E4, "heart": 0}, ["HR.csv: left out, the file has no samples"]),
        ("e4-cut", {**E4, "acc": 1919}, [f"ACC.csv: {CUT}"]),
    ],
)
def test_a_recording_is_read_and_what_was_left_out_is_reported(name, rows, notes):
    tape = recording_readers.read_recording(INPUTS / name)
    assert rows_of(tape) == {stream: count for stream, count in rows.items() if count}
    assert len(tape.notes) == len(notes)
    assert all(said.startswith(note) for said, note in zip(tape.notes, notes, strict=True))
    for lane in tape.lanes:
        assert (np.diff(lane.times) > 0).all()
        assert len(list(split_into_blocks(lane, slice(None), 0.0))) >= 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("of-images.csv", "a file of single images has no times"),
        ("of-two-faces.csv", "expected one face, found more: cut the film to one person"),
    ],
)
def test_an_unusable_recording_is_refused_with_one_sentence(name, said):
    with pytest.raises(WrongFolder, match=said):
        recording_readers.read_recording(INPUTS / name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (name, change)
        for name in ("of-nan-ind.csv", "sh-comma-decimal.csv", "sh-latin1.csv")
        for change in (
            lambda text: text.encode("utf-8-sig"),
            lambda text: text.encode("utf-16"),
            lambda text: text.encode("utf-16-le"),
            lambda text: text.encode("cp1252"),
            lambda text: text.replace("\n", "\r\n").encode(),
            lambda text: text.replace("-nan(ind)", "-1.#IND").replace("30.1\t", "#N/A\t").encode(),
        )
    ],
)
def test_encodings_line_ends_and_spellings_of_nan_change_no_value(tmp_path, name, change):
    plain = recording_readers.read_recording(INPUTS / name)
    (tmp_path / name).write_bytes(change((INPUTS / name).read_bytes().decode("cp1252")))
    found = recording_readers.read_recording(tmp_path / name)
    assert found.notes == plain.notes
    for one, other in zip(found.lanes, plain.lanes, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.times, other.times)


def test_decimal_commas_give_the_numbers_that_points_give(tmp_path):
    (point,) = recording_readers.read_recording(INPUTS / "sh-latin1.csv").only(["eda"]).lanes
    (comma,) = recording_readers.read_recording(INPUTS / "sh-comma-decimal.csv").only(["eda"]).lanes
    np.testing.assert_array_equal(point.values, comma.values)
    shutil.copytree(INPUTS / "e4-cut", tmp_path / "e4")
    for path in (tmp_path / "e4").iterdir():
        path.write_text(path.read_text().replace(",", ";").replace(".", ","))
    for one, other in zip(
        recording_readers.read_recording(tmp_path / "e4").lanes,
        recording_readers.read_recording(INPUTS / "e4-cut").lanes,
        strict=True,
    ):
        np.testing.assert_array_equal(one.values, other.values)


def test_a_face_outside_the_sampled_frames_is_found(tmp_path):
    """Every third frame is used; here the face is in each of the other two."""
    lines = (INPUTS / "of-nan-ind.csv").read_text().splitlines()
    lines[1::3] = [line.replace("0.98, 1,", "0.10, 0,", 1) for line in lines[1::3]]
    (tmp_path / "f.csv").write_text("\n".join(lines) + "\n")
    assert rows_of(recording_readers.read_recording(tmp_path / "f.csv")) == {"face": 30, "gaze": 30}


@pytest.mark.parametrize("step", ["0.5", "0.0"])
def test_times_that_do_not_increase_are_refused(tmp_path, step):
    lines = (INPUTS / "of-nan-ind.csv").read_text().splitlines()
    cells = lines[20].split(", ")
    lines[20] = ", ".join([*cells[:2], step, *cells[3:]])
    (tmp_path / "f.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(WrongFolder, match="times that increase"):
        recording_readers.read_recording(tmp_path / "f.csv")


def test_the_program_reports_what_was_left_out(tmp_path, capsys, monkeypatch):
    async def replay(_where, tape, _part, _say):
        return len(tape.lanes)

    monkeypatch.setattr(program, "_replay", replay)
    (tmp_path / "key").write_text("key")
    site = ["--site", "https://lab.example", "--token-file", str(tmp_path / "key")]
    assert program.main([*site, "replay", str(INPUTS / "sh-cut.csv")]) == 2
    assert f"sh-cut.csv: {CUT}" in capsys.readouterr().err


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Cut, duplicate, drop or overwrite a piece, as a full disk or another program would."""
    at = rng.randrange(len(content) + 1)
    end = min(len(content), at + rng.choice((1, 3, 40, 400)))
    word = rng.choice(WORDS)
    kinds = (
        content[:at],
        content[:at] + content[end:],
        content[:end] + content[at:],
        content[:at] + word + content[end:],
        content.replace(b".", word),
        word + content,
    )
    return rng.choice(kinds)


def test_any_damaged_file_is_read_or_refused_with_one_sentence(tmp_path):
    rng = random.Random(27)
    sentences: list[str] = []
    sources = [*sorted(INPUTS.glob("*.csv")), *sorted(INPUTS.glob("e4-*/*.csv"))]
    for number in range(MUTATIONS):
        source = rng.choice(sources)
        path = folder = tmp_path / f"{number}.csv"
        if source.parent != INPUTS:
            shutil.copytree(source.parent, folder)
            path = folder / source.name
        # The first lines suffice for the damage, and are read faster.
        content = b"\n".join(source.read_bytes().split(b"\n")[: rng.choice((12, 60))]) + b"\n"
        path.write_bytes(spoil(spoil(content, rng), rng))
        try:
            tape = recording_readers.read_recording(folder)
        except WrongFolder as refused:
            sentences.append(str(refused))
        else:
            assert rows_of(tape), (number, source)
            for lane in tape.lanes:
                assert np.isfinite(lane.times).all(), (number, source)
                assert len(list(split_into_blocks(lane, slice(None), 0.0))) >= 1
    assert MUTATIONS / 5 < len(sentences) < MUTATIONS
    assert [
        said for said in sentences if len(said.splitlines()) != 1 or "expected" not in said
    ] == []
