"""VideoMAE's branch with two layers made here: masks, crops, clips, weights, three strategies."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from emotion.networks import videomae
from emotion.networks.videomae import (
    LARGER,
    SMALLER,
    PretrainingPlan,
    Shape,
    VideoMaeSchedule,
    VideoSource,
    face_box,
)
from emotion.streams import load

TINY = Shape(32, 8, 2, 24, 2, 2, 16, 1, 2)
QUICK = VideoMaeSchedule(reconstruct=1, classify=1, tune=1, rate=1e-3)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def draw_faces(count, seed, levels):
    """Return clips of a square, bright or dark, its edges inside patches; targets say which."""
    rng = np.random.default_rng(seed)
    bright = rng.integers(0, 2, count)
    pixels = rng.normal(0, 0.05, (count, 16, 3, 32, 32)).astype(np.float32)
    pixels[:, :, :, 4:28, 4:28] += (2.0 * bright - 1.0)[:, None, None, None, None]
    targets = np.stack([bright, np.full(count, np.nan)], axis=1) if levels else bright
    dtype = torch.float32 if levels else torch.int64
    return torch.from_numpy(pixels), torch.from_numpy(targets).to(dtype)


def make_source(seed, levels=True, count=16, seen=None):
    pixels, targets = draw_faces(count, seed, levels)

    def batches(generator):
        if seen is not None:
            seen.append(seed)
        for index in torch.randperm(count, generator=generator).split(8):
            yield pixels[index], targets[index]

    return VideoSource(batches, 2)


def train(way, seen=None, schedule=QUICK, **changes):
    sources = {
        "kinetics-400": make_source(1, levels=False, seen=seen),
        "amigos": make_source(2, seen=seen),
        "deap": make_source(3, seen=seen),
    }
    said = []
    given = {"shape": TINY, "schedule": schedule, "seed": 5, "say": said.append} | changes
    return videomae.learn(way, "amigos", sources, **given), said


def test_nine_tenths_of_the_patches_are_masked_and_the_same_in_every_frame():
    config = TINY.config()
    mask = videomae.mask_tubes(config, 3, torch.Generator().manual_seed(1))
    tubelets = mask.view(3, 8, 16)  # (B, 16 frames / 2, 4 x 4 places)
    assert (tubelets == tubelets[:, :1]).all()
    assert (tubelets[:, 0].sum(dim=1) == round(0.9 * 16)).all()
    assert (tubelets[0, 0] != tubelets[1, 0]).any()


def test_the_papers_form_is_vit_b_and_masks_176_of_196_patches():
    from transformers import VideoMAEConfig

    config = Shape.paper().config()
    assert config.to_dict() == VideoMAEConfig().to_dict()
    mask = videomae.mask_tubes(config, 1, torch.Generator().manual_seed(1))
    assert mask.shape == (1, 1568)
    assert mask.sum() == 8 * 176


def test_four_seconds_give_sixteen_frames_and_the_remainder_is_dropped():
    found = videomae.sample_frames(250, 25.0)  # 10 s
    assert found.shape == (2, 16)
    assert (np.diff(found[0]) >= 6).all()
    assert found[0].min() >= 0
    assert found[0].max() < 100 <= found[1].min()
    assert found[1].max() < 200


def test_a_short_video_is_one_clip_and_an_empty_one_is_refused():
    assert videomae.sample_frames(5, 25.0).shape == (1, 16)
    assert videomae.sample_frames(5, 25.0).max() == 4
    with pytest.raises(ValueError, match="a frame or more"):
        videomae.sample_frames(0, 25.0)


def test_the_larger_crop_contains_the_face_wherever_it_moves():
    points = np.array([[[10.0, 20.0], [30.0, 60.0]], [[50.0, 20.0], [70.0, 60.0]]])
    top, left, side = face_box(points)
    assert side == pytest.approx(60 * (1 + 2 * LARGER))
    assert left < 10 < 70 < left + side
    assert top < 20 < 60 < top + side
    assert face_box(points, SMALLER) == pytest.approx((10.0, 10.0, 60.0))


def test_frames_without_a_face_do_not_affect_the_crop_and_no_face_is_refused():
    points = np.array([[[10.0, 20.0], [30.0, 60.0]], [[np.nan, np.nan]] * 2])
    assert face_box(points) == face_box(points[:1])
    with pytest.raises(ValueError, match="landmarks of a face"):
        face_box(points[1:])


def test_a_crop_shows_the_box_and_repeats_the_edge():
    frames = np.zeros((2, 40, 60, 3), np.uint8)
    frames[:, :, 30:] = 255
    found = videomae.crop(frames, (0.0, 20.0, 20.0), 8)
    bright = (1 - torch.tensor(videomae.MEAN)) / torch.tensor(videomae.DEVIATION)
    torch.testing.assert_close(found[0, :, 4, 7], bright)
    assert (found[..., :4] < 0).all()
    assert (found[..., 4:] > 0).all()
    outside = videomae.crop(frames, (-100.0, 200.0, 20.0), 8)
    torch.testing.assert_close(outside[1, :, 0, 0], bright)


def test_a_video_becomes_clips():
    frames = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3)).astype(np.uint8)
    points = np.tile(np.array([[20.0, 10.0], [40.0, 30.0]]), (40, 1, 1))
    assert videomae.make_clips(frames, points, 5.0, 32).shape == (2, 16, 3, 32, 32)


def test_the_three_strategies_are_the_papers():
    ways = videomae.list_plans("amigos", "deap")
    assert ways["i"] == PretrainingPlan(("kinetics-400",))
    assert ways["ii"] == PretrainingPlan(("kinetics-400", "amigos", "deap"))
    assert ways["iii"] == PretrainingPlan(("kinetics-400",), ("kinetics-400", "deap"))


@pytest.mark.parametrize(
    ("way", "read"), [("i", [1, 2]), ("ii", [1, 2, 3, 2]), ("iii", [1, 1, 3, 2])]
)
def test_each_strategy_reads_its_data_sets_in_order_and_ends_with_the_target(way, read):
    seen = []
    branch, said = train(videomae.list_plans("amigos", "deap")[way], seen)
    assert seen == read
    assert said[-1] == "fine-tuning on amigos"
    assert "amigos" in branch.heads
    assert torch.isfinite(branch(draw_faces(2, 9, True)[0], "amigos")).all()


def test_the_same_seed_gives_the_same_branch():
    first, second = (train(videomae.list_plans("amigos", "deap")["iii"])[0] for _ in range(2))
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_reconstruction_improves_and_its_encoder_is_fine_tuned():
    network = videomae.make_reconstructor(TINY, None)
    generator, pixels = torch.Generator().manual_seed(1), draw_faces(16, 1, False)[0]
    mask = videomae.mask_tubes(network.config, 16, generator)

    def error():
        with torch.no_grad():
            return float(network.eval()(pixels, bool_masked_pos=mask).loss)

    before = error()
    losses = videomae._reconstruct(network, make_source(1, levels=False), 30, generator)
    videomae._train(network, losses, replace(QUICK, rate=5e-3))
    assert error() < 0.95 * before
    branch = videomae.Branch(network.videomae, network.config.hidden_size, {"amigos": 2})
    assert branch.encoder is network.videomae


def test_fine_tuning_learns_the_content_of_the_clips():
    branch, _ = train(PretrainingPlan(()), schedule=replace(QUICK, tune=10, rate=2e-3))
    pixels, targets = draw_faces(40, 77, True)
    with torch.no_grad():
        right = (branch(pixels, "amigos")[:, 0] > 0) == (targets[:, 0] > 0)
        video = branch.video(pixels[:3], "amigos")
        torch.testing.assert_close(video, branch(pixels[:3], "amigos").mean(dim=0))
    assert right.float().mean() >= 0.9


def test_weights_come_from_a_local_folder(tmp_path):
    made = videomae.make_reconstructor(TINY, None)
    made.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["hidden_size"] == 24
    again = videomae.make_reconstructor(Shape.paper(), tmp_path)
    for name, weight in again.state_dict().items():
        torch.testing.assert_close(weight, made.state_dict()[name], rtol=0, atol=0)


def test_saved_settings_are_not_read_again(tmp_path):
    videomae.make_reconstructor(TINY, None).save_pretrained(tmp_path)
    seen = []
    way = videomae.list_plans("amigos", "deap")["ii"]
    train(way, seen, folder=tmp_path, known=["kinetics-400"])
    assert seen == [2, 3, 2]


def test_a_folder_without_safe_weights_is_refused(tmp_path):
    TINY.config().save_pretrained(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        videomae.make_reconstructor(TINY, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        videomae.make_reconstructor(TINY, tmp_path / "nowhere")


def test_no_stream_contains_a_picture():
    wide = [name for name, stream in load().items() if len(stream.channels) > 60]
    named = [n for n in load() if any(word in n for word in ("video", "image", "frame", "camera"))]
    assert wide == named == []


def test_importing_it_imports_no_transformers():
    code = "import sys; import emotion.networks.videomae; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
