"""Empatica E4 folders made at test time: invented people with a planted heart rate and stress."""

from __future__ import annotations

import numpy as np

START = 1_644_227_574


def stressed(at):
    """Every other minute."""
    return (np.asarray(at) // 60 % 2 == 1).astype(float)


def folder(path, *, seconds=120, seed=0, bpm=70.0, more=12.0):
    """Write one person's recording: stress adds `more` bpm and makes the skin conduct."""
    rng = np.random.default_rng(seed)
    path.mkdir(parents=True, exist_ok=True)
    at = np.arange(seconds * 64) / 64
    turns = np.cumsum(bpm + more * stressed(at)) / 60 / 64  # beats so far
    pulse = 60 * np.exp(-(((turns % 1) - 0.3) ** 2) / 0.02) + rng.normal(0, 1, len(at))
    slow = np.arange(seconds * 4) / 4
    skin = 2 + 0.002 * np.cumsum(stressed(slow) - 0.4) + rng.normal(0, 0.002, len(slow))
    warm = 33 + rng.normal(0, 0.02, len(slow))
    motion = rng.normal(0, 1, (seconds * 32, 3)) + np.array([0, 0, 63])
    second = np.arange(seconds)
    rate = bpm + more * stressed(second) + rng.normal(0, 0.5, seconds)
    _write(path / "BVP.csv", 64, pulse[:, None])
    _write(path / "EDA.csv", 4, skin[:, None])
    _write(path / "TEMP.csv", 4, warm[:, None])
    _write(path / "ACC.csv", 32, np.round(motion))
    _write(path / "HR.csv", 1, rate[10:, None], START + 10)
    beats = np.flatnonzero(np.diff(np.floor(turns))) / 64
    rows = [f"{when:f},{gap:f}" for when, gap in zip(beats[1:], np.diff(beats), strict=True)]
    (path / "IBI.csv").write_text("\n".join([f"{START:f}, IBI", *rows]) + "\n")
    (path / f"tags_{path.name}.csv").write_text(f"{START + 60}\n{START + 90}\n")
    return path


def study(path, *, people=3, seconds=120, first=2):
    """Write a Stress-Predict folder of `people` invented people, as its archive unpacks."""
    lines = ["Participant,HR,respr,Time(sec),Label"]
    for number in range(first, first + people):
        folder(
            path / "Raw_data" / f"S{number:02d}",
            seconds=seconds,
            seed=number,
            bpm=60 + 4 * (number % 7),
            more=8 + number % 5,
        )
        lines += [f"{number},70,12,{START + s},{int(stressed(s))}" for s in range(9, seconds)]
    (path / "Processed_data").mkdir(exist_ok=True)
    (path / "Processed_data" / "hr_rsp_binary_test.csv").write_text("\n".join(lines) + "\n")
    return path


def _write(path, rate, rows, start=START):
    width = rows.shape[1]
    head = [", ".join([f"{start:f}"] * width), ", ".join([f"{rate:f}"] * width)]
    body = [",".join(f"{value:f}" for value in row) for row in rows]
    path.write_text("\n".join([*head, *body]) + "\n")
