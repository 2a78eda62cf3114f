"""The form of a video unit: its chapters, each to the next one, and none at all."""

from __future__ import annotations

import pytest

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.units import forms

FILM = {"kind": "video", "title": "A film", "skills": [], "duration": 200.0}


def read(*starts):
    """Return the chapters read from a form with these starts, and its errors."""
    typed = forms.form_values(FILM)
    for number, start in enumerate(starts):
        typed |= {f"chapters-{number}-start": start, f"chapters-{number}-title": start}
    form = AuthorForm(typed)
    return forms.read_unit(FILM, form, [])["chapters"], form.errors


@pytest.mark.parametrize(
    ("starts", "spans"),
    [
        ([], []),
        (["0:10"], [(10, 200)]),
        (["1:00", "0:10", "2:00"], [(10, 60), (60, 120), (120, 200)]),
    ],
)
def test_each_chapter_lasts_to_the_next_one_and_the_last_to_the_end(starts, spans):
    chapters, errors = read(*starts)
    assert [(each["start"], each["end"]) for each in chapters] == spans
    assert errors == {}


def test_a_chapter_beyond_the_end_is_refused_at_its_field():
    _, errors = read("4:00")
    assert list(errors) == ["chapters-0-end"]


def test_an_end_beyond_the_video_is_refused_at_its_field():
    typed = {"chapters-0-start": "0:10", "chapters-0-end": "4:00", "chapters-0-title": "One"}
    form = AuthorForm(forms.form_values(FILM) | typed)
    forms.read_unit(FILM, form, [])
    assert list(form.errors) == ["chapters-0-end"]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (" https://vimeo.com/76979871 ", []),
        ("http://vimeo.com/76979871", ["address"]),
        ("vimeo.com/76979871", ["address"]),
        ("", ["address"]),
    ],
)
def test_a_video_on_another_site_needs_an_https_address(typed, errors):
    unit = {"kind": "external", "title": "A film", "skills": [], "address": ""}
    form = AuthorForm(forms.form_values(unit) | {"address": typed})
    changed = forms.read_unit(unit, form, [])
    assert list(form.errors) == errors
    assert changed["address"] == typed.strip()
