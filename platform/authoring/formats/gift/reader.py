"""Reads a GIFT file: a category becomes a quiz, and missing words become gaps."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.formats.course_builder import CourseBuilder, Package, require_one
from authoring.formats.gift.answer_blocks import read_answers
from authoring.formats.gift.answers import Rich
from authoring.formats.gift.categories import read_category
from authoring.formats.gift.embedded_answers import gaps_question, is_embedded
from authoring.formats.gift.tokenizer import (
    CATEGORY,
    Paragraph,
    split_format,
    split_paragraphs,
    unescape,
)
from authoring.formats.question_builder import GAP, Json
from authoring.formats.text import moodle_text
from authoring.formats.text.safe_xml import decode_text
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, digest, make_title, slug

_QUESTION = re.compile(r"\{([^{}]*)\}")
_TAGGED = re.compile(r"\[(id|tag):((?:\\\]|[^\]\[]|\[(?!(?:id|tag):))*)\]")
_OWN = re.compile(r"(course|unit|skill): ([a-z0-9-]+)(?: = (.*))?$", re.IGNORECASE)
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_ANSWERS = re.compile(
    r"(?<!\\)\{(?:\s|//[^\n]*\n)*+([=~#}]|[TF]|(?:true|false)\s*[#}]|[0-9]*\s*:\s*[A-Z])", re.I
)
BYTES_CHECKED = 200_000


def fits(package: Package) -> bool:
    return len(_files(package)) == 1 == len(package.files())


def slug_of(package: Package) -> str:
    return _slug_and_title(_read_text(package), package)[0]


def read(package: Package, _shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json, and a count of what it cannot hold."""
    text = _read_text(package)
    name, title = _slug_and_title(text, package)
    reader = _GiftReader(title)
    for paragraph in split_paragraphs(text, _files(package)[0].name):
        reader.take(paragraph)
    return reader.course(name, title), reader.builder.left_out


def _files(package: Package) -> list[Path]:
    return [path for path in package.files() if _looks_like(path)]


def _looks_like(path: Path) -> bool:
    with path.open("rb") as file:
        content = file.read(BYTES_CHECKED)
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8", "replace")
    return CATEGORY in text or _ANSWERS.search(text) is not None


def _read_text(package: Package) -> str:
    file = require_one(_files(package), _("expected one GIFT file, found {found}"), package.name)
    return _PRIVATE.sub("", decode_text(file.read_bytes(), file.name))


def _slug_and_title(text: str, package: Package) -> tuple[str, str]:
    """Return slug and title: from a comment in our own files, else from the file's name."""
    for line in text.split("\n")[:5]:
        match = _OWN.match(line.strip().removeprefix("\ufeff").removeprefix("//").strip())
        if match and match[1] == "course":
            return course_slug(match[2]), match[3] or make_title(match[2])
    return course_slug(package.name), make_title(package.name)


class _GiftReader:
    """Collects the questions by category."""

    def __init__(self, title: str) -> None:
        self.builder = CourseBuilder()
        self._place = ("", title, "")
        self._quizzes: dict[tuple[str, str, str], list[Json]] = {}

    def take(self, paragraph: Paragraph) -> None:
        own = [match for remark in paragraph.remarks if (match := _OWN.match(remark))]
        for match in own:
            if match[1] == "skill":
                self.builder.add_skill(match[3] or match[2], match[2])
        if paragraph.text.startswith(CATEGORY):
            unit = next((match[2] for match in own if match[1] == "unit"), "")
            self._place = read_category(unescape(paragraph.text[len(CATEGORY) :]), unit)
            return
        question = self._read_question(paragraph)
        if question is not None:
            self._quizzes.setdefault(self._place, []).append(question)

    def course(self, name: str, title: str) -> Json:
        for (wanted, words_, _path), questions in self._quizzes.items():
            self.builder.add_quiz(wanted or slug(words_, "quiz"), words_, questions)
        return self.builder.build_course(name, title)

    def _read_question(self, paragraph: Paragraph) -> Json | None:
        title, text = _split_title(paragraph.text)
        found = list(_QUESTION.finditer(text))
        if not found:
            self.builder.left_out[_("description (a text without a question)")] += 1
            return None
        feedback = found[-1][1].rpartition("####")
        if feedback[1]:
            start, end = found[-1].span()
            text = f"{text[:start]}{{{feedback[0]}}}{text[end:]}"
        text, form = split_format(text)
        question = self._read_text_and_blocks(text, form)
        if question is None:
            return None
        blank = moodle_text.is_blank(unescape(feedback[2]))
        explanation = "" if blank or not feedback[1] else self._convert(feedback[2], form)
        tags = _read_tags(paragraph.remarks)
        skills = [self.builder.add_skill(tag, tag) for tag in tags["tag"]]
        name = (
            next(iter(tags["id"]), "")
            or slug(unescape(title), "")
            or f"q-{digest(question['prompt'])}"
        )
        more: Json = {"skills": list(dict.fromkeys(skills))}
        more |= {"explanation": explanation} if explanation else {}
        return {"id": name, **question, **more}

    def _read_text_and_blocks(self, text: str, form: str) -> Json | None:
        """Read a question: a single block at the end asks it; blocks inside the text are gaps."""
        left_out = self.builder.left_out

        def rich(part: str) -> str:
            return self._convert(part, form)

        pieces, blocks = _QUESTION.split(text)[::2], _QUESTION.findall(text)
        after = pieces[-1].strip()
        if (
            len(blocks) == 1
            and not is_embedded(blocks[0])
            and (not after or (blocks[0].lstrip()[:1] == "#" and after in ".?!"))
        ):
            whole = pieces[0].rstrip()
            prompt = rich(whole if whole.endswith((".", "?", "!")) else whole + after)
            return read_answers(prompt, blocks[0], rich, left_out)
        return self._read_gaps(rich(GAP.join(pieces)), blocks, rich)

    def _read_gaps(self, text: str, blocks: list[str], rich: Rich) -> Json | None:
        left_out = self.builder.left_out
        questions = [read_answers("_", block, rich, left_out) for block in blocks]
        return gaps_question(text, questions, left_out)

    def _convert(self, part: str, form: str) -> str:
        text, own = split_format(part.strip())
        return moodle_text.to_course_text(
            unescape(text), own or form, self._count_picture, self.builder.left_out
        )

    def _count_picture(self, _name: str) -> str:
        self.builder.left_out[_("image (a GIFT file cannot contain images)")] += 1
        return ""


def _split_title(text: str) -> tuple[str, str]:
    """Split the title between `::` from the rest."""
    if text.startswith("::") and "::" in text[2:]:
        title, _, rest = text[2:].partition("::")
        return " ".join(title.split()), rest.strip()
    return "", text


def _read_tags(remarks: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"id": [], "tag": []}
    for remark in remarks:
        for name, value in _TAGGED.findall(remark):
            found[name].append(value.replace("\\]", "]").strip())
    return found
