"""Packages of other tools: import them, export in each format, and import again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from authoring.errors import BrokenPackage
from authoring.formats import registry
from courses.attempt_questions import OPEN_KINDS
from courses.models import Course, Question, Unit
from courses.questions import question_spec
from tests.platform.authoring.conftest import DEMO, OATUTOR, files_in
from tests.platform.authoring.formats.inputs import INPUTS

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[3] / "data/formats"
SETS = {
    "olx": (DATA / "olx", "openu-phy101-2026", 17),
    "qti": (DATA / "qti", "weather-test", 13),
    "gift": (DATA / "moodle.gift", "moodle", 15),
    "csv": (DATA / "questions.csv", "geometry", 7),
    "moodle": (DATA / "moodle.xml", "moodle", 13),
    "qti3": (DATA / "qti3", "weather", 8),
    "h5p": (DATA / "h5p", "sea-water", 4),
}
NAMES = ["attune", "olx", "qti", "qti22", "qti3", "moodle", "gift", "csv"]


@pytest.mark.parametrize("name", SETS)
def test_importing_a_foreign_package_twice_adds_nothing(load, name):
    path, slug, number = SETS[name]
    done = load(path)
    assert (done.course.slug, done.counts["questions"]) == (slug, number)
    assert done.left_out or name == "csv"
    codes = set(Question.objects.values_list("code", "pk"))
    units = set(Unit.objects.values_list("code", "pk"))
    again = load(path)
    assert again.counts == done.counts
    assert set(Question.objects.values_list("code", "pk")) == codes
    assert set(Unit.objects.values_list("code", "pk")) == units


@pytest.mark.parametrize("name", SETS)
def test_each_stored_answer_grades_as_correct(load, name):
    load(SETS[name][0])
    for question in Question.objects.exclude(kind__in=OPEN_KINDS):
        item = question_spec.item_of(question)
        assert item.grade(right(item)).correct, question.ref


def right(item):
    if item.kind in ("numeric", "text"):
        unit = f" {item.units[0].name}" if item.units else ""
        return f"{item.answer}{unit}"
    if item.kind == "order":
        return [row.id for row in item.choices]
    if item.kind == "match":
        return [f"{row.id}={row.match}" for row in item.choices]
    if item.kind == "cloze":
        return [f"{gap.id}={right(gap.item)}" for gap in item.gaps]
    chosen = [choice.id for choice in item.choices if choice.correct]
    return chosen[0] if item.kind == "single" else chosen


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("source", [*SETS, "demo", "oatutor"])
def test_a_second_export_is_the_first(load, tmp_path, source, name):
    """An export imported under another slug gives the same export again."""
    load(DEMO if source == "demo" else OATUTOR if source == "oatutor" else SETS[source][0])
    out = [tmp_path / f"{number}.bin" for number in range(3)]
    registry.export(Course.objects.get(), name, out[0])
    load(out[0], slug="again")
    again = Course.objects.get(slug="again")
    registry.export(again, name, out[1])
    load(out[1], slug="again")
    registry.export(again, name, out[2])
    assert out[1].read_bytes() == out[2].read_bytes()


NUMBERS = (
    (0, "0.00000000000000000016", "0.0000000000000000001584", "0.00000000000000000016161"),
    (1, "602000000000000000000000", "607999999999999999999999", "609000000000000000000000"),
)


@pytest.mark.parametrize("name", NAMES)
def test_very_small_and_large_numbers_survive_import_export_and_import(load, tmp_path, name):
    """Import Open edX's 1.6e-19 and 6.02e23, each with a tolerance of 1 %."""
    load(INPUTS / "olx/c08-small-number")
    registry.export(Course.objects.get(), name, tmp_path / "out.bin")
    load(tmp_path / "out.bin", slug="again")
    rows = list(Question.objects.filter(unit__course__slug="again").order_by("position"))
    for at, right, held, beyond in NUMBERS:
        item = question_spec.item_of(rows[at])
        assert question_spec.to_fraction(item.answer) == question_spec.to_fraction(right)
        assert [item.grade(one).correct for one in (right, held, beyond)] == [
            True, True, False]  # fmt: skip


def test_unsupported_content_is_reported(load, tmp_path):
    load(DEMO)
    course = Course.objects.get()
    gift = registry.export(course, "gift", tmp_path / "a.txt")
    assert (gift["video unit"], gift["reading unit"]) == (4, 4)
    assert gift["easier or harder variant of a question"] == 36
    assert gift["position of a question in a video (it is put in a quiz after the video)"] == 12
    olx = registry.export(course, "olx", tmp_path / "a.tar.gz")
    assert "video unit" not in olx
    assert olx["chapter of a video"] > 0
    assert not registry.export(course, "attune", tmp_path / "a.zip")


def test_questions_alone_do_not_replace_a_course_with_videos(load, tmp_path, media):
    load(DEMO)
    registry.export(Course.objects.get(), "gift", tmp_path / "a.txt")
    before = list(Unit.objects.order_by("pk").values()), files_in(media)
    with pytest.raises(BrokenPackage, match=r"has 8 units that GIFT .* as a new course"):
        load(tmp_path / "a.txt", slug=Course.objects.get().slug)
    assert (list(Unit.objects.order_by("pk").values()), files_in(media)) == before


def test_the_commands_take_a_slug_and_a_format(load, media, tmp_path, capsys):
    call_command("import_course", str(SETS["gift"][0]), slug="mine")
    assert "partly correct answer" in capsys.readouterr().out
    call_command("export_course", "mine", to=tmp_path / "mine.zip", format="qti")
    assert "mine: QTI 2.1 in" in capsys.readouterr().out
    with pytest.raises(CommandError, match="expected a new file"):
        call_command("export_course", "mine", to=tmp_path / "mine.zip", format="qti")
    with pytest.raises(CommandError, match="lower-case letters"):
        call_command("import_course", str(SETS["gift"][0]), slug="Not a slug")


def test_pictures_videos_and_captions_are_exported(load, media, tmp_path):
    load(SETS["olx"][0])
    suffixes = sorted(Path(name).suffix for name in files_in(media))
    assert suffixes == [".mp4", ".png", ".vtt", ".vtt"]
    registry.export(Course.objects.get(), "olx", tmp_path / "out.tar.gz")
    load(tmp_path / "out.tar.gz", slug="again")
    video = Unit.objects.get(course__slug="again", kind="video").video
    assert [track.lang for track in video.captions.all()] == ["de", "en"]
    assert video.captions.last().cues[1]["text"] == "spring & wave."
    assert video.duration_s == 3


def test_reading_a_folder_changes_nothing_in_it(load):
    before = files_in(DATA / "olx")
    load(DATA / "olx")
    assert files_in(DATA / "olx") == before
