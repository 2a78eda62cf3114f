"""Heart rate, variability, quality and skin responses, compared with planted and public truth.

Simulated rows say so in `data`: they show that the computation is correct, not its accuracy on
people.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import BenchmarkReport, CannotMeasure
from emotion.benchmarks import _public_signals as public
from emotion.benchmarks import _pulse_features as pulse_features
from emotion.benchmarks._labelled_eyes import compare_eyes

Array = NDArray[np.float64]
Row = Mapping[str, object]

HEARTS = tuple(np.linspace(55, 112, 20).tolist())
MOTION = (0.0, 0.15, 0.3, 0.6, 1.2)
NOISE_DB = (24, 18, 12, 6, 0)
PART_S = 30.0
DRAWS = 2000


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--data", type=Path, help="folder of the public signals; without it, B17")
    parser.add_argument("--wrist", type=Path, help="folder with Empatica E4 recordings in it")
    parser.add_argument("--eyes", type=Path, help="folder of labelled gaze, as tables of GazeCom")
    parser.add_argument("--seeds", type=int, default=5, help="simulated people a heart rate (5)")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Analyse simulated signals, then the public ones if there are any."""
    rows: list[Row] = []
    for motion in MOTION:
        say(f"simulated PPG, motion {motion:g}")
        rows.append(_test_wrist(motion, options["seeds"]))
    say("streaming and speed")
    rows += [_test_streaming(), _measure_speed(), _test_responses()]
    rows += [pulse_features.measure_simulated(), *pulse_features.measure_speed()]
    if options["data"] is None:
        say("no --data: the rows of public recordings are left out")
    else:
        for made in (_test_transit, _test_noise, _test_skin):
            say(f"public signals: {made.__name__[1:]}")
            rows += made(options["data"])
        rows += pulse_features.compare_two_sensors(options["data"])
        rows.append(pulse_features.compare_with_belt(options["data"]))
    if options["wrist"] is not None:
        rows += _test_wrists(options["wrist"], say)
        rows.append(pulse_features.compare_wrists(options["wrist"], say))
    if options["eyes"] is not None:
        say("labelled eyes")
        rows += compare_eyes(options["eyes"])
    return BenchmarkReport("signals", _PROTOCOL.format(seeds=options["seeds"]), rows)


_PROTOCOL = (
    "simulated: 20 heart rates 55-112 bpm x {seeds} seeds, 60 s at 128 Hz, [mean, 95 % interval "
    "over recordings], RMSSD where released; public: whole recordings, 30-s parts; wrists: 60-s "
    "parts, interval over people"
)


def _test_wrist(motion: float, seeds: int) -> Row:
    """B17: heart rate and RMSSD of a simulated wrist, compared with the planted beats."""
    from emotion.signals.heart_rate import read_ppg
    from emotion.signals.hrv import rmssd_ms
    from emotion.simulate import waveforms

    rate, spread, quality = [], [], []
    people = [(bpm, seed) for seed in range(seeds) for bpm in HEARTS]
    for number, (bpm, _) in enumerate(people):
        wave = waveforms.simulate_ppg(bpm, np.random.default_rng([17, number]), motion=motion)
        heart = read_ppg(wave.values, wave.rate_hz)
        told, truth = rmssd_ms(heart.intervals), np.diff(wave.events_s)
        quality.append(heart.quality)
        if heart.rate_bpm is not None:
            rate.append(abs(heart.rate_bpm - 60 / truth.mean()))
        if told is not None:
            spread.append(abs(told - 1000 * np.sqrt(np.mean(np.diff(truth) ** 2))))
    return {
        "task": "B17",
        "data": "simulated",
        "motion": motion,
        "hr_mae_bpm": _bootstrap_mean(rate),
        "hr_released": len(rate) / len(people),
        "rmssd_mae_ms": _bootstrap_mean(spread),
        "rmssd_released": len(spread) / len(people),
        "quality_median": float(np.median(quality)),
    }


def _test_streaming() -> Row:
    """B18: random chunks compared with the whole signal."""
    from emotion.signals.filters import PPG, design_chain, filter_causally
    from emotion.signals.streaming_filter import StreamingFilter
    from emotion.simulate import waveforms

    rng = np.random.default_rng(18)
    wave = 20_000 + 400 * waveforms.simulate_ppg(70, rng, seconds=240).values
    sos = design_chain(PPG, 128.0)
    live, start, rows, chunks = StreamingFilter(sos, 128.0), 0, [], 0
    began = time.process_time()
    while start < len(wave):
        chunk = wave[start : start + int(rng.integers(1, 64))]
        rows.append(live.push(chunk, start / 128.0).values)
        start, chunks = start + len(chunk), chunks + 1
    spent = time.process_time() - began
    difference = np.abs(np.concatenate(rows) - filter_causally(wave, sos)).max()
    return {
        "task": "B18",
        "data": "simulated",
        "max_difference": float(difference),
        "us_per_chunk": 1e6 * spent / chunks,
        "state_bytes": len(live.pack()),
    }


def _measure_speed(batches: int = 15, times: int = 5) -> Row:
    """CPU time to analyse 60 s of PPG at 128 Hz, from filter to RMSSD: the fastest batch's mean.

    Other load of the machine can only increase it.
    """
    from emotion.signals.heart_rate import read_ppg
    from emotion.signals.hrv import rmssd_ms
    from emotion.simulate import waveforms

    wave = waveforms.simulate_ppg(70, np.random.default_rng(0), motion=0.3)
    spent = []
    for _ in range(batches):
        began = time.process_time()
        for _ in range(times):
            rmssd_ms(read_ppg(wave.values, wave.rate_hz).intervals)
        spent.append(1000 * (time.process_time() - began) / times)
    return {"task": "CPU", "data": "simulated", "cpu_ms_60_s": min(spent)}


def _test_responses() -> Row:
    """Skin responses of 0.1-1 µS at 4 Hz: how many are found, and how many false ones."""
    from emotion.signals.beat_matching import match_beats
    from emotion.signals.eda import find_responses
    from emotion.simulate import waveforms

    hits = found = known = 0
    for seed in range(10):
        rng = np.random.default_rng([4, seed])
        onsets = np.arange(8.0, 112, 10) + rng.uniform(-2, 2, 11)
        wave = waveforms.simulate_eda(onsets, rng.uniform(0.1, 1, 11), rng)
        counted = match_beats(find_responses(wave.values, wave.rate_hz).onset_s, onsets, 1.0)
        hits, found, known = hits + counted.hits, found + counted.found, known + counted.known
    return {"task": "SCR", "data": "simulated", "recall": hits / known, "precision": hits / found}


def _test_transit(folder: Path) -> Iterator[Row]:
    """Record a103l: PPG pulses compared with the ECG's R peaks, after subtracting the delay."""
    from emotion.signals.beat_matching import match_beats, measure_delay
    from emotion.signals.heart_rate import read_ecg, read_ppg
    from emotion.signals.hrv import rmssd_ms

    ecg, ppg = public.read_a103l(folder)
    rate = public.A103L_HZ
    peaks, pulses = read_ecg(ecg, rate).beats_s, read_ppg(ppg, rate).beats_s
    late = measure_delay(pulses, peaks)
    parts = []
    for first in np.arange(0, len(ecg) / rate - PART_S + 1, PART_S):
        cut = slice(round(first * rate), round((first + PART_S) * rate))
        both = read_ecg(ecg[cut], rate), read_ppg(ppg[cut], rate)
        known = _select_between(peaks, first)
        sure = both[1].intervals.end_s[both[1].intervals.good] + first - late
        parts.append(
            (
                both,
                match_beats(_select_between(pulses - late, first), known),
                match_beats(sure, known),
            )
        )
    for name, least in (("all parts", 0.0), ("PPG quality >= .5", 0.5), ("PPG quality >= .8", 0.8)):
        kept = [part for part in parts if part[0][1].quality >= least]
        hearts = [heart for heart, _, _ in kept]
        yield {
            "task": "PPG beats vs ECG beats",
            "data": "a103l",
            "parts": f"{name} ({len(kept)} of {len(parts)})",
            "f1": _pool([found for _, found, _ in kept]),
            "believed_right": _precision([sure for _, _, sure in kept]),
            "delay_s": late,
            "hr_mae_bpm": _mean_difference((ecg.rate_bpm, ppg.rate_bpm) for ecg, ppg in hearts),
            "rmssd_mae_ms": _mean_difference(
                (rmssd_ms(ecg.intervals), rmssd_ms(ppg.intervals)) for ecg, ppg in hearts
            ),
        }


def _test_noise(folder: Path) -> Iterator[Row]:
    """Record 118e of the Noise Stress Test: quality and beats at each noise level."""
    from emotion.signals.beat_matching import match_beats
    from emotion.signals.heart_rate import read_ecg

    record = public.read_118e(folder)
    known = 60 / np.diff(record.beats_s).mean()
    for db in NOISE_DB:
        heart = read_ecg(record.mix_at(db), public.NST_HZ)
        told = heart.rate_bpm
        yield {
            "task": "ECG under electrode motion",
            "data": "NST 118e, " + ("as recorded" if db in (0, 12) else "noise scaled"),
            "snr_db": db,
            "quality": heart.quality,
            "f1": match_beats(heart.beats_s, record.beats_s).f1,
            "hr_error_bpm": None if told is None else float(abs(told - known)),
        }


def _test_skin(folder: Path) -> Iterator[Row]:
    """NeuroKit's recording: detected responses, and those that follow its four events."""
    from emotion.signals.eda import find_responses
    from emotion.signals.quality import measure_eda_quality

    raw, events = public.read_conductance(folder)
    found = find_responses(raw, public.NEUROKIT_HZ)
    after = found.onset_s[:, None] - events  # (N, E)
    yield {
        "task": "SCR",
        "data": "NeuroKit bio_100Hz",
        "responses": len(found.onset_s),
        "of_1_us": int((found.amplitude_us >= 1).sum()),
        "per_minute": found.per_minute,
        "events_followed_within_5_s": int(((after > 0) & (after <= 5)).any(axis=0).sum()),
        "events": len(events),
        "quality": measure_eda_quality(raw, public.NEUROKIT_HZ),
    }


def _test_wrists(folder: Path, say: Callable[[str], None]) -> Iterator[Row]:
    """Heart rate from wrist PPG compared with the device's own; there is no reference for RMSSD."""
    found = []
    for at in sorted(path.parent for path in folder.rglob("BVP.csv")):
        say(f"wrist {at.name}")
        found.append(np.array(list(_analyse_minutes(at)), np.float64).reshape(-1, 3))
    if not found:
        raise CannotMeasure(f"{folder}: expected Empatica E4 folders (BVP.csv ...) in it")
    for least in (0.0, 0.5, 0.8):
        kept = [person[(person[:, 0] >= least) & np.isfinite(person[:, 1])] for person in found]
        yield {
            "task": "PPG rate vs device rate",
            "data": f"wrists of {len(found)} people",
            "parts": f"PPG quality >= {least:g}",
            "share": sum(map(len, kept)) / sum(map(len, found)),
            "hr_mae_bpm": _bootstrap_mean(
                [float(person[:, 1].mean()) for person in kept if len(person)]
            ),
            "rmssd_released": float(np.mean(np.concatenate(found)[:, 2])),
        }


def _analyse_minutes(folder: Path) -> Iterator[tuple[float, float, bool]]:
    """Yield for each minute: quality, error of the rate (NaN without one), whether RMSSD was
    released.
    """
    from emotion.datasets.formats.empatica import read
    from emotion.signals.heart_rate import rate_bpm, read_ppg
    from emotion.signals.hrv import rmssd_ms
    from emotion.signals.quality import find_motion

    streams = read(folder).streams
    if not {"ppg", "acc", "heart"} <= set(streams):
        return
    ppg, acc, device = streams["ppg"], streams["acc"], streams["heart"]
    rate = 1 / ppg.period_s
    moving = find_motion(acc.values, 1 / acc.period_s, rate, len(ppg.values))
    for first in np.arange(60.0, ppg.times[-1] - 60, 60):
        inside = (ppg.times >= first) & (ppg.times < first + 60)
        told = device.values[(device.times >= first) & (device.times < first + 60), 1]
        heart = read_ppg(ppg.values[inside, 0], rate, moving[inside])
        found = rate_bpm(heart.intervals, 0.0)
        error = np.nan if found is None or len(told) < 50 else abs(found - told.mean())
        yield heart.quality, float(error), rmssd_ms(heart.intervals) is not None


def _select_between(times: Array, first: float) -> Array:
    return times[(times >= first) & (times < first + PART_S)]


def _pool(counts: list[Any]) -> float | None:
    total = sum(counted.found + counted.known for counted in counts)
    return 2 * sum(counted.hits for counted in counts) / total if total else None


def _precision(counts: list[Any]) -> float | None:
    """Return the share of detections that are true."""
    found = sum(counted.found for counted in counts)
    return sum(counted.hits for counted in counts) / found if found else None


def _mean_difference(pairs: Iterator[tuple[float | None, float | None]]) -> float | None:
    """Return the mean difference of the pairs of which both were released."""
    both = [abs(one - other) for one, other in pairs if one is not None and other is not None]
    return float(np.mean(both)) if both else None


def _bootstrap_mean(errors: list[float]) -> list[float] | None:
    """Return [mean, low, high]: 95 % of bootstrap means over recordings; None without any."""
    if not errors:
        return None
    drawn = np.random.default_rng(0).choice(errors, (DRAWS, len(errors))).mean(axis=1)
    return [float(np.mean(errors)), *np.quantile(drawn, [0.025, 0.975]).tolist()]
