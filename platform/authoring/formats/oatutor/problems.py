"""Convert one OATutor problem: its steps become questions with a common stem and their hints."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.course_draft import QuestionDraft
from authoring.errors import BrokenPackage, load_json
from authoring.formats.attune.questions import question_draft
from authoring.formats.oatutor.answers import TextConverter, reply_of
from authoring.formats.oatutor.text_markup import convert_text, to_plain_line
from authoring.media import images
from authoring.media.storage import MediaShelf
from authoring.translatable_message import message

DEFAULT_LEVEL = 3
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OatutorProblem:
    """A problem's folder and its file."""

    root: Path
    name: str
    data: Json

    @classmethod
    def load(cls, root: Path, name: str) -> OatutorProblem:
        file = f"content-pool/{name}/{name}.json"
        data = load_json(root, file)
        if not isinstance(data, dict) or data.get("id") != name:
            raise BrokenPackage(
                file, "id", message(_("expected {name!r}, the name of its folder"), name=name)
            )
        for field in ("title", "body", "lesson"):
            if not isinstance(data.get(field), str):
                raise BrokenPackage(file, field, _("expected a text"))
        return cls(root, name, data)

    @property
    def folder(self) -> str:
        return f"content-pool/{self.name}"

    @property
    def lesson_id(self) -> str:
        found = self.data.get("lessonId")
        return found.strip() if isinstance(found, str) else ""

    @property
    def lesson(self) -> tuple[str, str]:
        """Title and id of its lesson."""
        return (title := re.sub(r"\s+", " ", self.data["lesson"]).strip()), self.lesson_id or title


def problem_drafts(
    problem: OatutorProblem,
    skills: Mapping[str, list[str]],
    shelf: MediaShelf,
    left_out: Counter[str],
) -> list[QuestionDraft]:
    """Return the steps of a problem in their order."""
    left_out[
        _("missing lessonId of a problem (its lesson's title is used)")
    ] += not problem.lesson_id
    folder = problem.root / problem.folder / "steps"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        raise BrokenPackage(f"{problem.folder}/steps", "", _("expected steps, found none"))
    names.sort(key=lambda name: (len(name), name))
    return [_step(problem, name, skills, shelf, left_out) for name in names]


def _step(
    problem: OatutorProblem,
    name: str,
    skills: Mapping[str, list[str]],
    shelf: MediaShelf,
    left_out: Counter[str],
) -> QuestionDraft:
    file = f"{problem.folder}/steps/{name}/{name}.json"
    step = load_json(problem.root, file)
    if not isinstance(step, dict) or name not in skills:
        raise BrokenPackage(
            file if name in skills else "skillModel.json", name, _("expected this step")
        )
    left_out[_("difficulty, which the package does not contain (set to 3 of 5)")] += 1
    if step.get("variabilization") or problem.data.get("variabilization"):
        left_out[_("random values (variabilization) of a step")] += 1

    words = partial(convert_text, root=problem.root, folder=problem.folder, left_out=left_out)
    question = {
        "id": name,
        "difficulty": DEFAULT_LEVEL,
        "group": problem.name,
        "stem": _lines(words, problem.data["title"], problem.data["body"]),
        "prompt": _lines(words, _text(step, "stepTitle", file), _text(step, "stepBody", file)),
        "source": _source(problem.data),
        "hints": _hints(problem, name, left_out),
        **reply_of(step, step.get("stepAnswer"), words, left_out, (file, "stepAnswer")),
    }
    placed = images.shelve_images(question, shelf, (file, name))
    return question_draft(placed, list(dict.fromkeys(skills[name])), left_out, {})


def _lines(words: TextConverter, *texts: str) -> str:
    return "\n".join(filter(None, map(words, texts)))


def _hints(problem: OatutorProblem, step: str, left_out: Counter[str]) -> list[dict[str, Any]]:
    file = f"{problem.folder}/steps/{step}/tutoring/{step}DefaultPathway.json"
    if not (problem.root / file).is_file():
        left_out[_("step without hints")] += 1
        return []
    rows = load_json(problem.root, file)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenPackage(file, "", _("expected a list of hints"))
    rows = _with_unique_ids(rows, left_out)
    places = {str(row.get("id")): place for place, row in enumerate(rows, 1)}
    words = partial(convert_text, root=problem.root, folder=problem.folder, left_out=left_out)
    return [_hint(row, places, words, left_out, file) for row in rows]


def _with_unique_ids(rows: list[dict[str, Any]], left_out: Counter[str]) -> list[dict[str, Any]]:
    """Return the hints; a repeated id gets a number, so that both hints are kept."""
    taken = {row.get("id") for row in rows}
    met: set[object] = set()
    found = []
    for row in rows:
        ref = row.get("id")
        if isinstance(ref, str) and ref in met:
            numbers = (f"{ref}-{number}" for number in count(2))
            ref = next(name for name in numbers if name not in taken)
            left_out[_("hint id used twice (both hints are kept)")] += 1
            taken.add(ref)
        met.add(ref)
        found.append({**row, "id": ref})
    return found


def _hint(
    row: Json, places: Mapping[str, int], words: TextConverter, left_out: Counter[str], file: str
) -> dict[str, Any]:
    ref = _text(row, "id", file)
    where = (file, ref)
    if row.get("type") not in ("hint", "scaffold"):
        raise BrokenPackage(
            *where, message(_("expected a hint or scaffold, got {kind!r}"), kind=row.get("type"))
        )
    scaffold, last = row["type"] == "scaffold", places[ref] == len(places)
    left_out[_("hint for a sub-question (subHints)")] += len(row.get("subHints") or ())
    left_out[_("hint with an empty text")] += not _text(row, "text", file).strip()
    known = [name for name in row.get("dependencies") or () if name in places]
    lost = len(row.get("dependencies") or ()) - len(known)
    left_out[_("dependency on a hint of another step")] += lost
    hint: dict[str, Any] = {
        "id": ref,
        "kind": "scaffold" if scaffold else "worked_step" if last else "strategy",
        "title": to_plain_line(words(_text(row, "title", file)))[:300],
        "text": words(row["text"]),
        "needs": sorted(places[name] for name in known),
        "source": _source(row),
    }
    if scaffold:
        hint["reply"] = reply_of(row, row.get("hintAnswer"), words, left_out, where)
    return hint


def _source(row: Json) -> str:
    """Convert `oer` and `license`, which are "address <name>", to "name, address"."""
    notes = (str(row[field]).strip() for field in ("oer", "license") if row.get(field))
    return " · ".join(re.sub(r"^(\S+) <(.+)>$", r"\2, \1", note) for note in notes)


def _text(row: Json, field: str, file: str) -> str:
    found = row.get(field, "")
    if not isinstance(found, str):
        raise BrokenPackage(
            file, field, message(_("expected a text, got {kind}"), kind=type(found).__name__)
        )
    return found
