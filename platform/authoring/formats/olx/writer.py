"""Writes a course as an Open edX course, with one sequence for each unit."""

from __future__ import annotations

import json
from collections import Counter
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.archive_writer import Content
from authoring.formats.olx.problem_writer import KINDS, write_problem
from authoring.formats.olx.reader import OWN_ORG
from authoring.formats.olx.videos import NAMES
from authoring.formats.package_images import file_of_course
from authoring.formats.question_builder import Json
from authoring.formats.text import text_conversion
from authoring.media import captions
from courses.media.media_store import LocalCopies

SUPPORTED = frozenset(
    ["explanation", "hints", "points", "other_answers", "partial_credit", "shares"]
)
_COLUMNS = frozenset(["language", "due_at", "attempts", "time_limit_s", "scenario"])
RUN = "course"


def write(package: Json, media: LocalCopies) -> tuple[dict[str, Content], Counter[str]]:
    """Return the files of the course, and a count of what it cannot hold."""
    writer = _Writer(package, media)
    return writer.files(), writer.left_out


class _Writer:
    def __init__(self, package: Json, media: LocalCopies) -> None:
        self.left_out: Counter[str] = Counter()
        self._package, self._media = package, media
        self._static: dict[str, Content] = {}
        self._files: dict[str, Content] = {}

    def files(self) -> dict[str, Content]:
        unsupported_features.note_columns(self._package, _COLUMNS, self.left_out)
        quizzes = {
            quiz["of"]: quiz
            for quiz in unsupported_features.supported_quizzes(self._package, KINDS, self.left_out)
        }
        units = []
        for unit in self._package["units"]:
            if unit["kind"] == "reading":
                units.append(self._reading(unit))
            elif unit["kind"] == "external":
                units.append(self._external_video(unit))
            elif unit["kind"] == "video":
                units.append(self._video(unit))
            if unit["id"] in quizzes:
                units.append(self._quiz(quizzes[unit["id"]]))
        return {**self._head(units), **self._files, **self._static}

    def _head(self, units: list[str]) -> dict[str, Content]:
        title, language = escape(self._package["title"]), escape(self._package["language"])
        slug = self._package["slug"]
        refs = "".join(f'<sequential url_name="{name}"/>\n' for name in units)
        policy = {f"course/{RUN}": {"display_name": self._package["title"]}}
        grading = {"GRADER": [], "GRADE_CUTOFFS": {"Pass": 0.5}}
        return {
            "course.xml": f'<course url_name="{RUN}" org="{OWN_ORG}" course="{slug}"/>\n',
            f"course/{RUN}.xml": f'<course display_name="{title}" language="{language}">\n'
            '<chapter url_name="units"/>\n</course>\n',
            "chapter/units.xml": f'<chapter display_name="{title}">\n{refs}</chapter>\n',
            f"policies/{RUN}/policy.json": json.dumps(policy, ensure_ascii=False, indent=1),
            f"policies/{RUN}/grading_policy.json": json.dumps(grading, indent=1),
        }

    def _sequence(self, unit: Json, blocks: str, settings: str = "") -> str:
        name, title = unit["id"], escape(unit["title"])
        self._files[f"sequential/{name}.xml"] = (
            f'<sequential display_name="{title}"{settings}>\n<vertical url_name="{name}"/>\n'
            "</sequential>\n"
        )
        self._files[f"vertical/{name}.xml"] = (
            f'<vertical display_name="{title}">\n{blocks}</vertical>\n'
        )
        return str(name)

    def _picture(self, name: str) -> str:
        path = file_of_course(self._media, name)
        if path is None:
            return ""
        self._static[f"static/{name}"] = path
        return f"/static/{name}"

    def _reading(self, unit: Json) -> str:
        name, title = unit["id"], escape(unit["title"])
        body = text_conversion.reading_to_html(
            unit["body"], text_conversion.round_brackets, self._reading_picture
        )
        self._files[f"html/{name}.xml"] = f'<html filename="{name}" display_name="{title}"/>\n'
        self._files[f"html/{name}.html"] = body + "\n"
        return self._sequence(unit, f'<html url_name="{name}"/>\n')

    def _reading_picture(self, address: str) -> str:
        return self._picture(address.rpartition("/")[2])

    def _video(self, unit: Json) -> str:
        name, files = unit["id"], unit["files"]
        self._static[f"static/{files['video']}"] = self._media.content(files["video"])
        self.left_out[_("thumbnail of a video (poster)")] += bool(files.get("poster"))
        self.left_out[_("chapter of a video")] += len(unit.get("chapters", ()))
        tracks = {track["lang"]: self._transcript(name, track) for track in files["captions"]}
        transcripts = escape(json.dumps(tracks))
        rows = "".join(
            f'<transcript language="{lang}" src="{src}"/>\n' for lang, src in tracks.items()
        )
        self._files[f"video/{name}.xml"] = (
            f'<video display_name="{escape(unit["title"])}" transcripts="{transcripts}"'
            f' youtube_id_1_0="">\n<source src="/static/{files["video"]}"/>\n{rows}</video>\n'
        )
        return self._sequence(unit, f'<video url_name="{name}"/>\n')

    def _external_video(self, unit: Json) -> str:
        name = unit["id"]
        self._files[f"video/{name}.xml"] = (
            f'<video display_name="{escape(unit["title"])}" youtube_id_1_0="">\n'
            f'<source src="{escape(unit["address"])}"/>\n</video>\n'
        )
        return self._sequence(unit, f'<video url_name="{name}"/>\n')

    def _transcript(self, name: str, track: Json) -> str:
        lang = track["lang"]
        self.left_out[_("name of a caption track")] += track["label"] != NAMES.get(lang, lang)
        cues = captions.read_captions(self._media.path(track["src"]).read_text(encoding="utf-8"))
        self._static[f"static/{name}-{lang}.srt"] = _srt(cues)
        return f"{name}-{lang}.srt"

    def _quiz(self, quiz: Json) -> str:
        unsupported_features.note_questions(quiz["questions"], SUPPORTED, self.left_out)
        blocks = ""
        for row in quiz["questions"]:
            made = write_problem(row, quiz, self._picture, self.left_out)
            self._files[f"problem/{row['id']}.xml"] = made
            blocks += f'<problem url_name="{row["id"]}"/>\n'
        return self._sequence(quiz, blocks, self._settings(quiz))

    def _settings(self, quiz: Json) -> str:
        scenario = quiz.get("scenario", "course")
        found = {"due": quiz.get("due_at", "")}
        if scenario == "course":
            self.left_out[_("opening date of a quiz that is not a test")] += "opens_at" in quiz
            self.left_out[_("attempts allowed in a quiz that is not a test")] += "attempts" in quiz
            self.left_out[_("time limit of a quiz that is not a test")] += "time_limit_s" in quiz
        else:
            found["start"] = quiz.get("opens_at", "")
            found |= {"graded": "true", "format": "Test"} if scenario == "graded" else {
                "format": "practice"}  # fmt: skip
            minutes, rest = divmod(quiz.get("time_limit_s", 0), 60)
            self.left_out[_("seconds of a time limit")] += bool(rest)
            found["default_time_limit_minutes"] = str(minutes or "")
        return "".join(f' {name}="{escape(value)}"' for name, value in found.items() if value)


def _srt(cues: list[Json]) -> str:
    return "\n".join(
        f"{number}\n{_format_srt_time(cue['start'])} --> {_format_srt_time(cue['end'])}\n"
        f"{cue['text']}\n"
        for number, cue in enumerate(cues, 1)
    )


def _format_srt_time(seconds: float) -> str:
    return captions.format_vtt_time(seconds).replace(".", ",")
