"""Legal profiles: deny by default, and a file that is not understood is refused whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent import profiles
from consent.profiles import ProfileError
from consent.scopes import GRANT_SCOPES, PURPOSES, STREAMS

DEMO = (profiles.FOLDER / "demo.toml").read_text()


def loaded(tmp_path: Path, text: str, name: str = "odd.toml"):
    path = tmp_path / name
    path.write_text(text)
    return profiles.load(path)


def test_none_is_chosen_until_somebody_chooses(settings):
    settings.LEGAL_PROFILE = None
    assert profiles.current() is None


def test_the_demo_keeps_seven_days_and_shows_groups_of_five(settings):
    settings.LEGAL_PROFILE = "demo"
    demo = profiles.current()
    assert (demo.retention.blocks, demo.retention.estimates, demo.retention.aggregates) == (7, 7, 7)
    assert (demo.floor_people, demo.floor_simulated, demo.minors) == (5, 1, "alone")
    assert demo.banner


def test_eu_education_blocks_every_biometric_stream_for_every_purpose(settings):
    settings.LEGAL_PROFILE = "eu_education"
    law = profiles.current()
    allowed = {name for name in GRANT_SCOPES if law.allows(name)}
    assert {name.partition(":")[0] for name in allowed} == {"activity", "layout"}
    for stream in STREAMS.values():
        if stream.biometric:
            for purpose in PURPOSES:
                reason = law.reason(f"{stream.name}:{purpose}")
                assert "5(1)(f)" in reason.article
                assert reason.text.startswith("Blocked by law")


@pytest.mark.parametrize("path", sorted(profiles.FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_profile_is_understood_and_says_why(path):
    profile = profiles.load(path)
    for name in GRANT_SCOPES:
        assert profile.allows(name) or profile.reason(name).text.endswith(".")
    assert profile.floor_people >= 5


def test_what_a_file_does_not_name_is_blocked(tmp_path):
    profile = loaded(tmp_path, DEMO.replace('face = ["adapt", "teach", "research"]\n', ""))
    assert not profile.allows("face:adapt")
    assert profile.allows("gaze:adapt")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pointer =", "poniter ="),
        ('pointer = ["adapt"', 'pointer = ["grade"'),
        ('pointer = ["adapt", ', "pointer = ["),
        ('minors = "alone"', 'minors = "whatever"'),
        ("floor_people = 5\n", ""),
        ("version = 1", "version = 1\ncolour = 3"),
        ("[reasons.default]", "[reasons.anything]"),
        ("blocks = 7", 'blocks = 7\nraw = "x"'),
        ("[allow]", "[allow"),
    ],
)
def test_a_file_with_a_slip_is_refused_whole_and_named(tmp_path, old, new):
    assert old in DEMO
    with pytest.raises(ProfileError, match=r"odd\.toml"):
        loaded(tmp_path, DEMO.replace(old, new, 1))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ProfileError, match="absent"):
        profiles.load(tmp_path / "absent.toml")
