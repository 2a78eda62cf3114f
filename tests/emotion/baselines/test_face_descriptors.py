"""Local binary patterns by hand, and a drawn face of 68 points that smiles, blinks and tilts."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.baselines.face_descriptors import (
    BINS,
    GEOMETRY,
    UNIFORM,
    count_binary_patterns,
    find_patterns,
    measure_geometry,
)


def test_a_pattern_by_hand():
    """Neighbours at least as bright as 5, clockwise from the upper left: 6, 5, 9 and 7."""
    picture = np.array([[6, 5, 2], [1, 5, 9], [4, 3, 7]])
    # Bits: 6 -> 0, 5 -> 1, 2 no, 9 -> 3, 7 -> 4, 3 no, 4 no, 1 no.
    assert find_patterns(picture).tolist() == [[1 + 2 + 8 + 16]]


def test_every_pixel_of_a_picture_by_loop():
    picture = np.random.default_rng(0).integers(0, 9, (7, 6))
    around = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    for row in range(1, 6):
        for column in range(1, 5):
            code = sum(
                2**bit
                for bit, (down, right) in enumerate(around)
                if picture[row + down, column + right] >= picture[row, column]
            )
            assert find_patterns(picture)[row - 1, column - 1] == code


def test_58_patterns_are_uniform_and_the_rest_share_a_bin():
    turns = [sum(f"{c:08b}"[i] != f"{c:08b}"[i - 1] for i in range(8)) for c in range(256)]
    assert [c for c in range(256) if turns[c] <= 2] == UNIFORM
    assert BINS == 59


def test_each_cells_shares_sum_to_1_and_brightness_changes_nothing():
    pictures = np.random.default_rng(1).integers(0, 100, (3, 30, 24))
    found = count_binary_patterns(pictures, cells=4)
    assert found.shape == (3, 16 * 59)
    np.testing.assert_allclose(found.reshape(3, 16, 59).sum(axis=2), 1, atol=1e-6)
    np.testing.assert_array_equal(found, count_binary_patterns(2 * pictures + 7, cells=4))


def test_a_change_in_one_cell_stays_in_it():
    picture = np.random.default_rng(2).integers(0, 100, (1, 34, 34))
    other = picture.copy()
    other[0, 3:6, 3:6] = 0
    cells = (count_binary_patterns(picture, 4) - count_binary_patterns(other, 4)).reshape(16, 59)
    assert np.flatnonzero(np.abs(cells).sum(axis=1)).tolist() == [0]


def test_a_picture_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="9 pixels"):
        count_binary_patterns(np.zeros((1, 8, 8)))


def face():
    """Return points (68, 2) of a neutral face, x right, y down, eyes 60 apart."""
    points = np.zeros((68, 2))
    points[0:17, 0], points[0:17, 1] = np.linspace(-60, 60, 17), 40
    points[8] = 0, 90
    points[17:22] = np.column_stack([np.linspace(-45, -15, 5), np.full(5, -20)])
    points[22:27] = np.column_stack([np.linspace(15, 45, 5), np.full(5, -20)])
    points[27:36, 1] = np.linspace(-5, 25, 9)
    points[33] = 0, 25
    eye = np.array([[-10, 0], [-4, -4], [4, -4], [10, 0], [4, 4], [-4, 4]])
    points[36:42], points[42:48] = eye, eye
    points[36:48, 0] += np.repeat([-30, 30], 6)
    turn = np.linspace(np.pi, -np.pi, 12, endpoint=False)
    points[48:60] = np.column_stack([20 * np.cos(turn), 50 - 6 * np.sin(turn)])
    points[60:68] = [[-15, 50], [-8, 48], [0, 48], [8, 48], [15, 50], [8, 52], [0, 52], [-8, 52]]
    return points


def describe(points):
    return dict(zip(GEOMETRY, measure_geometry(points[None])[0], strict=True))


def test_distances_of_a_plain_face_by_hand():
    found = describe(face())
    assert found["right_eye_open"] == found["left_eye_open"] == pytest.approx(8 / 20)
    assert found["right_brow_height"] == pytest.approx(20 / 60)
    assert found["brow_gap"] == pytest.approx(30 / 60)
    assert found["mouth_width"] == pytest.approx(40 / 60)
    assert found["mouth_height"] == pytest.approx(12 / 60)
    assert found["mouth_open"] == pytest.approx(4 / 60)
    assert found["mouth_curvature"] == pytest.approx(0, abs=1e-6)
    assert found["chin_drop"] == pytest.approx(65 / 60)


def test_raised_mouth_corners_change_the_mouth_and_not_the_eyes():
    smiling = face()
    smiling[[48, 54], 1] -= 6
    found, plain = describe(smiling), describe(face())
    assert found["mouth_curvature"] == pytest.approx(6 / 60)
    assert found["left_eye_open"] == plain["left_eye_open"]


def test_a_closed_eye_and_lowered_inner_brows_are_measured():
    moved = face()
    moved[[43, 44, 46, 47], 1] = 0
    moved[[21, 22], 1] += 5
    found = describe(moved)
    assert found["left_eye_open"] == pytest.approx(0, abs=1e-6)
    assert found["right_eye_open"] == pytest.approx(0.4)
    assert found["right_brow_angle"] == found["left_brow_angle"] == pytest.approx(np.arctan(5 / 30))


@pytest.mark.parametrize("tilt", [0.4, -1.2])
def test_shift_size_and_tilt_change_nothing(tilt):
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    moved = 3.5 * face() @ turn + [400, -20]
    np.testing.assert_allclose(
        measure_geometry(moved[None]), measure_geometry(face()[None]), atol=1e-5
    )


def test_two_eyes_at_one_point_are_refused():
    with pytest.raises(ValueError, match="eyes apart"):
        measure_geometry(np.zeros((1, 68, 2)))
