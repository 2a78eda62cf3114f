"""One OATutor problem: its steps as questions under one stem, with their hints and scaffolds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.broken import BrokenPackage, load_json
from authoring.drafts import HintDraft, QuestionDraft
from authoring.oatutor_replies import Rich, reply_columns
from authoring.oatutor_text import plain, rich
from authoring.shelf import Shelf

NO_LEVEL = 3
IMAGES = (".gif", ".png", ".jpg", ".webp")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem's folder and its file."""

    root: Path
    name: str
    data: Json

    @classmethod
    def load(cls, root: Path, name: str) -> Problem:
        file = f"content-pool/{name}/{name}.json"
        data = load_json(root, file)
        if not isinstance(data, dict) or data.get("id") != name:
            raise BrokenPackage(file, "id", f"expected {name!r}, the name of its folder")
        for field in ("title", "body", "lesson", "lessonId"):
            if not isinstance(data.get(field), str):
                raise BrokenPackage(file, field, "expected a text")
        return cls(root, name, data)

    @property
    def folder(self) -> str:
        return f"content-pool/{self.name}"

    @property
    def lesson(self) -> tuple[str, str]:
        """Title and id of its lesson."""
        return re.sub(r"\s+", " ", self.data["lesson"]).strip(), self.data["lessonId"]


def problem_drafts(
    problem: Problem, skills: Mapping[str, list[str]], shelf: Shelf, left_out: Counter[str]
) -> list[QuestionDraft]:
    """The steps of a problem in their order."""
    folder = problem.root / problem.folder / "steps"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        raise BrokenPackage(f"{problem.folder}/steps", "", "expected steps, found none")
    names.sort(key=lambda name: (len(name), name))
    return [_step(problem, name, skills, shelf, left_out) for name in names]


def _step(
    problem: Problem,
    name: str,
    skills: Mapping[str, list[str]],
    shelf: Shelf,
    left_out: Counter[str],
) -> QuestionDraft:
    file = f"{problem.folder}/steps/{name}/{name}.json"
    step = load_json(problem.root, file)
    if not isinstance(step, dict) or name not in skills:
        raise BrokenPackage(
            file if name in skills else "skillModel.json", name, "expected this step"
        )
    left_out["difficulty, which the package does not say (3 of 5 is taken)"] += 1
    if step.get("variabilization") or problem.data.get("variabilization"):
        left_out["random values (variabilization) of a step"] += 1

    def html(text: str) -> str:
        return rich(text, _figures(problem, shelf, file), left_out)

    text = "\n".join(filter(None, (_text(step, "stepTitle", file), _text(step, "stepBody", file))))
    columns = reply_columns(step, step.get("stepAnswer"), html, left_out, (file, "stepAnswer"))
    stem = " ".join(filter(None, (plain(problem.data["title"]), plain(problem.data["body"]))))
    columns |= {
        "difficulty": NO_LEVEL,
        "group": problem.name,
        "stem_html": _stem(problem, html),
        "prompt": text,
        "prompt_html": html(text),
        "linear": plain(text) or stem,
        "source_note": _source(problem.data),
    }
    hints = _hints(problem, name, shelf, left_out)
    return QuestionDraft(name, tuple(dict.fromkeys(skills[name])), columns, hints)


def _stem(problem: Problem, html: Rich) -> str:
    title, body = html(problem.data["title"]), html(problem.data["body"])
    return (f"<p><strong>{title}</strong></p>" if title else "") + (
        f"<p>{body}</p>" if body else ""
    )


def _hints(
    problem: Problem, step: str, shelf: Shelf, left_out: Counter[str]
) -> tuple[HintDraft, ...]:
    file = f"{problem.folder}/steps/{step}/tutoring/{step}DefaultPathway.json"
    if not (problem.root / file).is_file():
        left_out["step without hints"] += 1
        return ()
    rows = load_json(problem.root, file)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenPackage(file, "", "expected a list of hints")
    places = {str(row.get("id")): place for place, row in enumerate(rows, 1)}

    def html(text: str) -> str:
        return rich(text, _figures(problem, shelf, file), left_out)

    return tuple(
        _hint(row, places, place == len(rows), html, left_out, file)
        for place, row in enumerate(rows, 1)
    )


def _hint(
    row: Json,
    places: Mapping[str, int],
    last: bool,
    html: Rich,
    left_out: Counter[str],
    file: str,
) -> HintDraft:
    ref = _text(row, "id", file)
    where = (file, ref)
    if row.get("type") not in ("hint", "scaffold"):
        raise BrokenPackage(*where, f"expected a hint or scaffold, got {row.get('type')!r}")
    scaffold = row["type"] == "scaffold"
    left_out["hint for a scaffold (subHints)"] += len(row.get("subHints") or ())
    left_out["hint with an empty text"] += not _text(row, "text", file).strip()
    known = [name for name in row.get("dependencies") or () if name in places]
    left_out["dependency on a hint of another step"] += len(row.get("dependencies") or ()) - len(
        known
    )
    text = row["text"]
    return HintDraft(
        ref=ref,
        position=places[ref],
        kind="scaffold" if scaffold else "worked_step" if last else "strategy",
        title=plain(_text(row, "title", file))[:300],
        text=text,
        html=html(text),
        linear=plain(text),
        needs=tuple(sorted(places[name] for name in known)),
        reply=reply_columns(row, row.get("hintAnswer"), html, left_out, where) if scaffold else {},
        source_note=_source(row),
    )


def _figures(problem: Problem, shelf: Shelf, file: str) -> Rich:
    def address(name: str) -> str:
        path = f"{problem.folder}/figures/{name}"
        return shelf.url(shelf.add(path, kinds=IMAGES, where=(file, name)))

    return address


def _source(row: Json) -> str:
    """`oer` and `license` are "address <name>"; ours is "name, address"."""
    notes = (str(row[field]).strip() for field in ("oer", "license") if row.get(field))
    return " · ".join(re.sub(r"^(\S+) <(.+)>$", r"\2, \1", note) for note in notes)


def _text(row: Json, field: str, file: str) -> str:
    found = row.get(field, "")
    if not isinstance(found, str):
        raise BrokenPackage(file, field, f"expected a text, got {type(found).__name__}")
    return found
