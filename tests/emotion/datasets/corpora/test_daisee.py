"""DAiSEE in its real layout, made here with invented numbers."""

from __future__ import annotations

import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import daisee

# The space after the last name is in the original data set.
HEAD = "ClipID,Boredom,Engagement,Confusion,Frustration "


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "DAiSEE"
    for split, person, clip, kind in (
        ("Train", "900001", "9000010101", ".avi"),
        ("Train", "900001", "9000010102", ".mp4"),
        ("Train", "900002", "9000020101", ".avi"),
        ("Validation", "900003", "9000030101", ".avi"),
        ("Test", "900004", "9000040101", ".avi"),
    ):
        film = root / "DataSet" / split / person / clip / f"{clip}{kind}"
        film.parent.mkdir(parents=True)
        film.touch()
    labels(
        root, "Train", "9000010101.avi,0,2,1,3", "9000010102.avi,3,3,0,0", "9000019999.avi,1,1,1,1"
    )
    labels(root, "Validation", "9000030101.avi,1,2,0,0")
    labels(root, "Test", "9000040101.avi,1,2,0,0")
    return tmp_path


def labels(root, split, *rows, head=HEAD):
    (root / "Labels").mkdir(exist_ok=True)
    (root / "Labels" / f"{split}Labels.csv").write_text("\n".join([head, *rows, ""]))


def test_films_and_labels_are_matched_by_number_and_the_rest_is_reported(folder):
    found = daisee.read(folder)

    assert [(clip.person, clip.split, clip.film.suffix) for clip in found.clips] == [
        ("900001", "Train", ".avi"),
        ("900001", "Train", ".mp4"),
        ("900003", "Validation", ".avi"),
        ("900004", "Test", ".avi"),
    ]
    first = found.clips[0].levels
    assert first == {"boredom": 0, "engagement": 2, "confusion": 1, "frustration": 3}
    assert list(found.without_label) == ["9000020101.avi"]
    assert list(found.without_film) == ["9000019999"]


def test_a_single_split_can_be_read(folder):
    assert {clip.split for clip in daisee.read(folder / "DAiSEE", ["Test"]).clips} == {"Test"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9000040101.avi,1,2,0", "four whole numbers"),
        ("9000040101.avi,1,2,0,x", "four whole numbers"),
        ("9000040101.avi,1,2,0,4", "levels 0 to 3"),
    ],
)
def test_a_wrong_label_is_named_with_its_clip(folder, row, said):
    labels(folder / "DAiSEE", "Test", row)

    with pytest.raises(WrongFolder, match=rf"TestLabels\.csv: 9000040101\.avi: .*{said}"):
        daisee.read(folder)


def test_a_wrong_or_partial_folder_is_named(folder):
    root = folder / "DAiSEE"
    labels(root, "Test", head="ClipID,Boredom")
    with pytest.raises(WrongFolder, match=r"TestLabels\.csv: expected ClipID,boredom"):
        daisee.read(folder)
    (root / "Labels" / "TestLabels.csv").unlink()
    with pytest.raises(WrongFolder, match="expected the labels of Test"):
        daisee.read(folder)
    (root / "DataSet" / "Validation" / "900003" / "9000030101" / "9000030101.avi").unlink()
    with pytest.raises(WrongFolder, match="Validation: expected <person>/<clip>"):
        daisee.read(folder)
    with pytest.raises(WrongFolder, match="Train: expected a folder of people"):
        daisee.read(root / "Labels")
