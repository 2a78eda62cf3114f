"""A real recogniser drafts captions of a lecture: most of its words are those of the lecture."""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from authoring.media import captions
from authoring.speech.models import SpeechDraft
from demo.seed_data import COURSE_PACKAGE
from tests.fixtures.media_files import folder_of

WRAPPER = Path(__file__).parents[4] / "deploy/speech/pocketsphinx_captions.py"
LECTURE = "01-one-step-equations"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    pytest.mark.skipif(
        find_spec("pocketsphinx") is None,
        reason="PocketSphinx is not installed: python3 manage.py test gets it from PyPI",
    ),
]


def words_of(cues):
    """Return how often each word of three or more letters occurs, because signs are not spoken."""
    text = " ".join(cue["text"] for cue in cues).lower()
    return Counter(word for word in re.findall(r"[a-z]+", text) if len(word) > 2)


def test_pocketsphinx_drafts_what_a_lecture_of_the_demo_says(desk, settings, tmp_path):
    program = tmp_path / "captions"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{WRAPPER}" "$@"\n')
    program.chmod(0o755)
    settings.SPEECH_PROGRAM = program
    unit = desk.unit()
    film = folder_of(desk.course) / unit["files"]["video"]
    film.write_bytes((COURSE_PACKAGE / f"{LECTURE}.mp4").read_bytes())
    desk.save(unit | {"duration": 102.99})
    desk.ask()
    desk.work()
    row = SpeechDraft.objects.get()
    assert (row.state, row.why) == ("there", [])
    written = COURSE_PACKAGE / f"{LECTURE}.en.vtt"
    said = words_of(captions.read_vtt(written.read_text(encoding="utf-8")))
    heard = words_of(row.cues)
    share = (said & heard).total() / said.total()
    print(f"{len(row.cues)} cues, {share:.0%} of {said.total()} words")
    assert share > 0.6
    assert row.cues[0]["start"] < 3
    assert 95 < row.cues[-1]["end"] <= 102.99
