from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from authoring.errors import BrokenPackage
from authoring.formats import registry
from courses.models import CaptionTrack, Hint, Question, Reading, Skill, Unit, Video
from tests.platform.authoring.conftest import DEMO, files_in

pytestmark = pytest.mark.django_db
STORED = (Unit, Question, Hint, Skill, Reading, Video, CaptionTrack)


def test_what_is_exported_imports_to_the_same_rows(load, media, tmp_path):
    load(DEMO)
    before = {model: rows(model) for model in STORED}
    call_command("export_course", "attune-algebra-lectures", to=tmp_path / "out")
    done = load(tmp_path / "out")
    assert {model: rows(model) for model in STORED} == before
    assert done.counts["retired questions"] == 0
    assert len(files_in(media)) == 16


def test_exported_questions_equal_the_imported_ones(load, whole_course, tmp_path):
    load(DEMO)
    call_command("export_course", "attune-algebra-lectures", to=tmp_path / "out")
    exported = json.loads((tmp_path / "out/course.json").read_text(encoding="utf-8"))
    for ours, theirs in zip(exported["units"], whole_course["units"], strict=True):
        assert ours.get("questions") == theirs.get("questions")
        assert ours.get("body") == theirs.get("body")


def test_an_unknown_slug_or_a_full_folder_is_refused(load, tmp_path):
    with pytest.raises(CommandError, match="expected the slug of a course"):
        call_command("export_course", "none", to=tmp_path / "out")
    (tmp_path / "full.txt").write_text("kept")
    with pytest.raises(CommandError, match="empty or new folder"):
        call_command("export_course", "none", to=tmp_path)


def test_an_export_names_a_missing_file_and_copies_no_film(any_store, load, tmp_path, monkeypatch):
    course = load(DEMO).course
    monkeypatch.setattr(type(any_store), "fetch", pytest.fail)
    film = course.units.filter(kind="video").first().video.file
    assert registry.find_left_out(course, "attune") == {}
    registry.export(course, "attune", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read(Path(film).name) == any_store.read_bytes(film)
    any_store.delete([film])
    with pytest.raises(BrokenPackage, match="no longer on the site") as raised:
        registry.export(course, "attune", tmp_path / "again.zip")
    assert Path(film).name in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


def rows(model):
    hidden = {"id", "video_id", "file", "poster"}
    return [
        {name: value for name, value in row.items() if name not in hidden}
        for row in model.objects.order_by("pk").values()
    ]
