"""`benchmark signals`: B17 and B18 meet their goals; public rows use excerpts of the recordings."""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser

import numpy as np
import pytest
from scipy.io import savemat

from emotion.benchmarks import CannotMeasure, signals
from emotion.simulate import waveforms
from tests.fixtures.emotion.public_signals import read_cut


def report(*arguments):
    parser = ArgumentParser()
    signals.add_arguments(parser)
    return signals.run(vars(parser.parse_args(arguments)), lambda line: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Excerpts of the recordings, named and laid out like the whole ones."""
    at = tmp_path_factory.mktemp("signals")
    ecg, pleth = read_cut("a103l_ii"), read_cut("a103l_pleth")
    savemat(at / "a103l.mat", {"val": np.stack([ecg, ecg, pleth]).astype(np.int16)})
    for name in ("nst_118e00", "nst_118e12"):
        np.savetxt(at / f"heartpy_{name[4:]}.csv", read_cut(name) / 200, fmt="%.3f")
    np.savetxt(at / "heartpy_118e12_ann.csv", read_cut("nst_beats"), fmt="%d")
    eda = np.repeat(read_cut("neurokit_eda"), 2)
    light = np.full(len(eda), 5.0)
    light[300:350] = light[3540:3600] = 0
    rows = np.stack([np.zeros(len(eda)), eda, light, np.zeros(len(eda))], axis=1)
    head = "ECG,EDA,Photosensor,RSP"
    np.savetxt(at / "neurokit_bio_100Hz.csv", rows, "%.5f", ",", header=head, comments="")
    return at


@pytest.fixture(scope="module")
def rows(folder):
    found = report("--data", str(folder), "--seeds", "1").rows
    return json.loads(json.dumps(found))


def select_rows(rows, task, data="simulated"):
    return [row for row in rows if row["task"] == task and row["data"].startswith(data)]


def test_the_goals_of_b17_and_b18_hold(rows):
    wrists = {row["motion"]: row for row in select_rows(rows, "B17")}

    assert sorted(wrists) == [0, 0.15, 0.3, 0.6, 1.2]
    for motion in (0, 0.3, 0.6):
        assert wrists[motion]["hr_mae_bpm"][0] <= 1
        assert wrists[motion]["rmssd_mae_ms"][0] <= 12
    assert wrists[1.2]["quality_median"] < wrists[0]["quality_median"]
    assert select_rows(rows, "B18")[0]["max_difference"] <= 1e-9
    assert select_rows(rows, "CPU")[0]["cpu_ms_60_s"] <= 10


def test_planted_skin_responses_are_found_and_no_others(rows):
    (row,) = select_rows(rows, "SCR")

    assert min(row["recall"], row["precision"]) >= 0.95


def test_pulses_agree_with_r_peaks(rows):
    everything, _, good = select_rows(rows, "PPG beats vs ECG beats", "a103l")

    assert everything["parts"] == "all parts (1 of 1)"
    assert good["f1"] > 0.97
    assert good["believed_right"] > 0.97
    assert good["hr_mae_bpm"] < 0.5
    assert 0 < good["delay_s"] < 0.4


def test_quality_and_detection_fall_with_noise(rows):
    levels = select_rows(rows, "ECG under electrode motion", "NST")
    quality, f1 = ([row[name] for row in levels] for name in ("quality", "f1"))

    assert [row["snr_db"] for row in levels] == [24, 18, 12, 6, 0]
    assert [row["snr_db"] for row in levels if "as recorded" in row["data"]] == [12, 0]
    assert (np.diff(quality) <= 0).all()
    assert (np.diff(f1) <= 0).all()
    assert levels[-1]["hr_error_bpm"] is None


def test_skin_responses_are_counted_near_the_events(rows):
    (row,) = select_rows(rows, "SCR", "NeuroKit")

    assert (row["events"], row["events_followed_within_5_s"]) == (2, 2)
    assert row["of_1_us"] >= 3


def test_pulse_features_meet_the_planted_truth_and_agree_between_sensors(rows):
    (planted,) = select_rows(rows, "pulse features")
    sensors = {row["stream"]: row for row in select_rows(rows, "pulse features", "a103l")}
    spent = {
        row["stream"]: row["cpu_ms_30_s"] for row in select_rows(rows, "CPU of pulse features")
    }

    assert planted["hr_mae_bpm"] <= 1.5
    assert planted["rmssd_mae_ms"] <= 12
    assert planted["breath_mae"] <= 0.5
    assert set(sensors) == set(spent) == {"ppg 55 Hz", "ppg 64 Hz", "ppg 130 Hz", "ecg 130 Hz"}
    for row in sensors.values():
        assert row["hr_released"] == 1
        assert row["hr_difference_bpm"] < 1
    (belt,) = select_rows(rows, "pulse features", "NeuroKit")
    assert (belt["hr_released"], belt["breath_difference"]) == (0, None)  # the cut has no ECG


def test_the_pulse_features_of_a_wrist_are_compared_with_the_devices(wrist):
    row = signals.pulse_features.compare_wrists(wrist, lambda line: None)

    assert (row["data"], row["hr_released"]) == ("wrists of 1 people", 1)
    assert row["hr_mae_bpm_device_rate"] < 3
    assert row["hr_mae_bpm_device_intervals"] is None  # the device gave none


def test_without_data_only_simulated_rows_are_made(monkeypatch):
    monkeypatch.setattr(signals, "MOTION", (0.0,))
    monkeypatch.setattr(signals, "HEARTS", (70.0,))
    said = []
    found = signals.run({"data": None, "wrist": None, "eyes": None, "seeds": 1}, said.append)

    assert {row["data"] for row in found.rows} == {"simulated"}
    assert said[-1].startswith("no --data")


@pytest.fixture
def wrist(tmp_path):
    """An E4 folder of four minutes: a simulated pulse at 70 bpm, and a device that reports 70."""
    at = tmp_path / "people" / "S02"
    at.mkdir(parents=True)
    wave = waveforms.simulate_ppg(70, np.random.default_rng(9), seconds=240, rate_hz=64.0)
    still = np.tile([0, 0, 64], (32 * 240, 1))
    for name, rate, values in (
        ("BVP", 64, 50 * wave.values), ("EDA", 4, np.full(960, 2.0)), ("TEMP", 4, np.full(960, 33)),
        ("HR", 1, np.full(240, 70.0)), ("ACC", 32, still),
    ):  # fmt: skip
        width = 3 if name == "ACC" else 1
        head = ", ".join(["1500000000"] * width) + "\n" + ", ".join([f"{rate}"] * width)
        np.savetxt(at / f"{name}.csv", values, "%.3f", ",", header=head, comments="")
    return tmp_path / "people"


def test_the_rate_from_the_wrist_is_compared_with_the_devices(wrist):
    rows = list(signals._test_wrists(wrist, lambda line: None))

    assert [row["share"] for row in rows] == [1, 1, 1]
    assert rows[0]["hr_mae_bpm"][0] < 2
    assert rows[0]["rmssd_released"] == 1
    with pytest.raises(CannotMeasure, match="expected Empatica E4 folders"):
        list(signals._test_wrists(wrist.parent / "nobody", lambda line: None))


def test_a_folder_with_a_missing_file_is_named(folder, tmp_path, monkeypatch):
    for part in ("_test_wrist", "_test_streaming", "_measure_speed", "_test_responses"):
        monkeypatch.setattr(signals, part, lambda *_: {})
    partial = tmp_path / "partial"
    shutil.copytree(folder, partial)
    (partial / "heartpy_118e12.csv").unlink()

    with pytest.raises(CannotMeasure, match=r"heartpy_118e12\.csv is not in .*partial"):
        report("--data", str(partial))
