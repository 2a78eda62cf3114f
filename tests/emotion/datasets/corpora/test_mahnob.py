"""MAHNOB-HCI in its real layout, made here: sessions with triggers, without, and one to skip."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import mahnob
from tests.fixtures.emotion.bdf_files import write

RATE, SECONDS = 32, 70
BEGIN, END = 31 * RATE + 5, 39 * RATE + 5
LABELS = (*mahnob._EEG, "EXG1", "EXG2", "EXG3", "GSR1", "Resp", "Temp")

XML = (
    '<?xml version="1.0"?>\n<session sessionId="{n}" isStim="{stim}" mediaFile="69.avi" '
    'cutLenSec="8.0" feltEmo="{felt}" feltArsl="6" feltVlnc="3" feltCtrl="5" feltPred="7">\n'
    '<subject gender="f" id="17" />\n<track filename="x.bdf" /></session>\n'
)
GAZE = "\n".join(
    [
        "Export date:\t2010-01-01",
        "Recording resolution:\t1280 x 800",
        "",
        "Timestamp\tGazePointXLeft\tGazePointYLeft\tPupilLeft\tDistanceLeft\tValidityLeft\tEvent",
        "900\t1\t1\t3,0\t600\t0\t",
        "1000\t\t\t\t\t\tMovieStart",
        "1016\t640,5\t400\t3.5\t610\t0\t",
        "1033\t641\t401\t3.6\t611\t1\t",
        "1050\t-1\t-1\t-1\t-1\t4\t",
        "1060\t\t\t\t\t\tMouseClick",
        "1066\t642\t402\t3.7\t612\t0\t",
        "1080\t\t\t\t\t\tMovieEnd",
        "1100\t9\t9\t9\t9\t0\t",
    ]
)


def make_samples():
    rng = np.random.default_rng(6)
    made = {label: rng.integers(-1000, 1000, RATE * SECONDS) for label in LABELS}
    made["Status"] = np.zeros(RATE * SECONDS, int) + 0x10000
    return made


def write_session(root, number, *, triggers=(BEGIN, END), stim=1, felt=4, gaze=GAZE):
    at = root / "Sessions" / str(number)
    at.mkdir(parents=True)
    (at / "session.xml").write_text(XML.format(n=number, stim=stim, felt=felt))
    made = make_samples()
    for trigger in triggers:
        made["Status"][trigger : trigger + 3] |= mahnob.TRIGGER
    channels = {label: (values, RATE) for label, values in made.items()}
    write(at / "Part_17_S_Trial1_emotion.bdf", channels)
    if gaze:
        (at / "P17-Rec1-All-Data-New_Section_2.tsv").write_text(gaze)
    return at


@pytest.fixture
def folder(tmp_path):
    write_session(tmp_path, 2)
    write_session(tmp_path, 10, triggers=(), felt=12, gaze=None)
    write_session(tmp_path, 4, stim=0)
    return tmp_path


def test_the_sessions_with_a_film_are_read(folder):
    first, second = mahnob.iterate_sessions(folder)

    assert mahnob.list_sessions(folder) == ["2", "4", "10"]
    assert (first.trial.person, first.trial.video) == ("17", "69")
    assert first.trial.ratings == {
        "valence": 3, "arousal": 6, "dominance": 5, "predictability": 7
    }  # fmt: skip
    assert [one.felt for one in (first, second)] == ["joy", "anxiety"]


def test_signals_are_those_during_the_film(folder):
    first, second = (one.trial.signals for one in mahnob.iterate_sessions(folder))
    made = make_samples()

    assert first["eda"].rate_hz == RATE
    lead = (made["EXG3"] - made["EXG1"])[BEGIN:END] / 32
    np.testing.assert_allclose(first["ecg"].values, lead, atol=0.6)
    for name, label in (("eda", "GSR1"), ("resp", "Resp"), ("temp", "Temp")):
        np.testing.assert_allclose(first[name].values, made[label][BEGIN:END] / 32, atol=0.6)
    assert first["eeg"].values.shape == (END - BEGIN, 32)
    np.testing.assert_allclose(first["eeg"].values[:, 3], made["F7"][BEGIN:END] / 32, atol=0.6)
    np.testing.assert_allclose(
        second["eda"].values, made["GSR1"][30 * RATE : -30 * RATE] / 32, atol=0.6
    )


def test_gaze_is_that_during_the_film_and_missing_without_an_eye(folder):
    first, second = mahnob.iterate_sessions(folder)

    np.testing.assert_allclose(first.gaze.times, [0.016, 0.033, 0.050, 0.066])
    np.testing.assert_allclose(first.gaze.values[0], [640.5, 400, 3.5, 610])
    assert np.isnan(first.gaze.values[2]).all()
    assert np.isfinite(first.gaze.values[[0, 1, 3]]).all()
    assert second.gaze is None


def test_felt_emotions_become_paper_1s_three_classes(folder):
    first, second = mahnob.iterate_sessions(folder)

    assert (first.arousal, first.valence) == ("medium", "pleasant")
    assert (second.arousal, second.valence) == ("excited", "unpleasant")


@pytest.mark.parametrize("classes", [mahnob.AROUSAL, mahnob.VALENCE])
def test_every_emotion_is_in_exactly_one_class(classes):
    members = [felt for group in classes.values() for felt in group]

    assert sorted(members) == sorted(mahnob.EMOTIONS.values())
    assert len(classes) == 3


def test_a_wrong_or_partial_folder_is_named(folder, tmp_path):
    with pytest.raises(WrongFolder, match="2: expected MAHNOB-HCI's"):
        mahnob.list_sessions(folder / "Sessions" / "2")
    at = folder / "Sessions" / "2"
    table = at / "P17-Rec1-All-Data-New_Section_2.tsv"
    for text, said in (
        (GAZE.replace("MovieEnd", ""), "MovieStart and MovieEnd"),
        (GAZE.replace("PupilLeft", "Pupil"), "without PupilLeft"),
        ("nothing", "expected a line of Tobii's columns"),
    ):
        table.write_text(text)
        with pytest.raises(WrongFolder, match=rf"Section_2\.tsv: .*{said}"):
            list(mahnob.iterate_sessions(folder))
    (at / "Part_17_S_Trial1_emotion.bdf").unlink()
    with pytest.raises(WrongFolder, match=r"2: expected Part_<person>_\.\.\._emotion\.bdf"):
        list(mahnob.iterate_sessions(folder))
    (at / "session.xml").write_text("<session isStim='1'>")
    with pytest.raises(WrongFolder, match=r"session\.xml: expected <session"):
        list(mahnob.iterate_sessions(folder))
    (at / "session.xml").write_text(XML.format(n=2, stim=1, felt=99))
    with pytest.raises(WrongFolder, match=r"session\.xml: expected"):
        list(mahnob.iterate_sessions(folder))


def test_a_recording_too_short_for_its_margins_is_named(tmp_path):
    at = write_session(tmp_path, 1, triggers=())
    short = {label: (values[: RATE * 50], RATE) for label, values in make_samples().items()}
    write(at / "Part_17_S_Trial1_emotion.bdf", short)

    with pytest.raises(WrongFolder, match="30 s before and after"):
        list(mahnob.iterate_sessions(tmp_path))
