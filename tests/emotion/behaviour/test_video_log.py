"""A log of video statements: by learner, in the order of stamps; errors name the line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.behaviour.video_log import EVENTS, read
from emotion.datasets import WrongFolder
from tests.fixtures.emotion.video_logs import statement, write_statements


def test_a_learners_events_are_in_the_order_of_their_stamps(tmp_path):
    write_statements(
        tmp_path,
        [
            statement("b", "paused", at=90, session="two", position=31.5),
            statement("a", "seeked", at=5),
            statement("b", "played", at=10, session="one", position=0),
            statement("b", "completed", at=100, session="one", video="other"),
        ],
    )
    a, b = read(tmp_path)
    assert [EVENTS[kind] for kind in b.kind] == ["played", "paused", "completed"]
    np.testing.assert_array_equal(np.diff(b.at), [80, 10])
    assert (b.session.tolist(), b.video.tolist()) == ([0, 1, 0], [0, 0, 1])
    np.testing.assert_array_equal(b.position, [0, 31.5, np.nan])
    assert [EVENTS[kind] for kind in a.kind] == ["seeked"]


def test_an_uncompressed_log_is_read(tmp_path):
    (tmp_path / "statements.json").write_text(json.dumps(statement("a", "played", at=0)) + "\n")
    assert len(read(tmp_path)) == 1


def test_a_folder_without_a_log_is_refused(tmp_path):
    with pytest.raises(WrongFolder, match=r"expected statements\.json\.gz or statements\.json in"):
        read(tmp_path)


@pytest.mark.parametrize(
    "wrong", ["{", "[]", "{}", json.dumps({**statement("a", "played", at=0), "timestamp": "x"}),
              json.dumps(statement("a", "danced", at=0))]
)  # fmt: skip
def test_a_line_that_is_not_a_video_statement_is_named(tmp_path, wrong):
    good = json.dumps(statement("a", "played", at=0))
    (tmp_path / "statements.json").write_text(f"{good}\n{wrong}\n")
    with pytest.raises(WrongFolder, match="line 2: expected a video statement"):
        read(tmp_path)


def test_an_uncompressed_file_with_a_compressed_name_is_refused(tmp_path):
    (tmp_path / "statements.json.gz").write_text("{}")
    with pytest.raises(WrongFolder, match="line 1"):
        read(tmp_path)
