"""WESAD in its real layout, made here: one person, ten seconds."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import wesad
from tests.fixtures.emotion.python2_pickles import pickle_as_python2


def recording(person="S2", **changes):
    rng = np.random.default_rng(4)
    chest = {name: rng.normal(size=(7000, 1)) for name in ("ECG", "EMG", "EDA", "Temp", "Resp")}
    chest["ACC"] = np.tile([0.0, 0.0, 1.0], (7000, 1))
    wrist = {"BVP": rng.normal(size=(640, 1)), "EDA": np.full((40, 1), 2.5)}
    wrist |= {"TEMP": np.full((40, 1), 33.0), "ACC": np.tile([0.0, 64.0, 0.0], (320, 1))}
    label = np.repeat([0, 1, 2, 7], 1750)
    held = {"subject": person, "label": label, "signal": {"chest": chest, "wrist": wrist}}
    return {**held, **changes}


@pytest.fixture
def folder(tmp_path):
    for person in ("S2", "S10"):
        (tmp_path / "WESAD" / person).mkdir(parents=True)
        (tmp_path / "WESAD" / person / f"{person}.pkl").write_bytes(
            pickle_as_python2(recording(person))
        )
    (tmp_path / "WESAD" / "S3").mkdir()
    return tmp_path


def test_signals_come_with_their_rates_and_units(folder):
    person = wesad.read(folder, "S2")

    assert wesad.list_people(folder) == ["S2", "S10"]
    for name, rate, unit in (("BVP", 64, "device"), ("EDA", 4, "µS"), ("TEMP", 4, "°C")):
        assert (person.wrist[name].rate_hz, person.wrist[name].unit) == (rate, unit)
        assert person.wrist[name].seconds == 10
        assert person.wrist[name].values.ndim == 1
    assert person.chest["ECG"].rate_hz == 700
    np.testing.assert_allclose(np.linalg.norm(person.wrist["ACC"].values, axis=1), 1000)
    np.testing.assert_allclose(np.linalg.norm(person.chest["ACC"].values, axis=1), 1000)


def test_a_segment_has_a_state_only_if_it_is_uniform_and_in_use(folder):
    person = wesad.read(folder, "S2")

    assert person.state(2.5, 5) == "baseline"
    assert person.state(5, 7.5) == "stress"
    assert person.state(4, 6) is None
    assert person.state(0, 2) is None
    assert person.state(8, 10) is None
    assert person.state(9, 12) is None


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (recording("S4"), "expected the recording of S2, got S4"),
        (recording(signal={"chest": {}}), "expected subject, label"),
        ([1, 2], "expected subject, label"),
    ],
)
def test_a_file_not_in_the_layout_is_named(folder, held, said):
    (folder / "WESAD" / "S2" / "S2.pkl").write_bytes(pickle_as_python2(held))

    with pytest.raises(WrongFolder, match=rf"S2\.pkl: {said}"):
        wesad.read(folder, "S2")


def test_a_wrong_folder_is_named(folder, tmp_path):
    with pytest.raises(WrongFolder, match=r"S3\.pkl: expected the recording of S3"):
        wesad.read(folder, "S3")
    with pytest.raises(WrongFolder, match=r"S2: expected WESAD's S2/S2\.pkl"):
        wesad.list_people(folder / "WESAD" / "S2")
