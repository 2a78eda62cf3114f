"""Reads a GIFT file: a category becomes a quiz, and missing words become gaps."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.formats.course_builder import CourseBuilder, Package, require_one
from authoring.formats.gift.answers import Rich, is_embedded, read_answers
from authoring.formats.gift.tokenizer import CATEGORY, Paragraph, split_paragraphs, unescape
from authoring.formats.question_builder import GAP, Json, cloze_question, gap_of
from authoring.formats.text import text_conversion
from authoring.formats.text.html_parser import DROPPED_TAGS, MATHS
from authoring.formats.text.safe_xml import VOID, decode_text
from authoring.media.storage import MediaShelf
from authoring.slugs import course_slug, digest, make_title, slug

_QUESTION = re.compile(r"\{([^{}]*)\}")
_FORMAT = re.compile(r"^\[(html|plain|markdown|moodle)\]", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(#\d+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_TAGGED = re.compile(r"\[(id|tag):((?:\\\]|[^\]\[]|\[(?!(?:id|tag):))*)\]")
_OWN = re.compile(r"(course|unit|skill): ([a-z0-9-]+)(?: = (.*))?$", re.IGNORECASE)
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_ANSWERS = re.compile(
    r"(?<!\\)\{(?:\s|//[^\n]*\n)*+([=~#}]|[TF]|(?:true|false)\s*[#}]|[0-9]*\s*:\s*[A-Z])", re.I
)
_MARKING_UP = frozenset(
    ["a", "b", "big", "blockquote", "br", "center", "code", "div", "em", "font", "h1",
     "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "math", "ol", "p", "pre", "q",
     "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "th",
     "thead", "tr", "tt", "u", "ul"]
)  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*)?/?)>")
_DROPPED = frozenset(DROPPED_TAGS)
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
            self._place = _read_category(paragraph.text[len(CATEGORY) :], unit)
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
        text, form = _split_format(text)
        question = self._read_text_and_blocks(text, form)
        if question is None:
            return None
        explanation = self._convert(feedback[2], form) if feedback[1] else ""
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
        gaps = [_gap(one, left_out) for one in questions]
        if None in gaps:
            left_out[_("gap that is neither a text field nor a list")] += None not in questions
            return None
        question = cloze_question(text, [gap for gap in gaps if gap is not None])
        left_out[_("gap inside content that is left out")] += question is None
        return question

    def _convert(self, part: str, form: str) -> str:
        text, own = _split_format(part.strip())
        text, left_out = unescape(text).strip(), self.builder.left_out
        form = own or form
        if form == "markdown":
            text, form = text_conversion.markdown_to_html(text), "html"
        if form == "html":
            made = text_conversion.html_to_text(text, self._count_picture, left_out)
            return made if made or "<img" in text.lower() else text_conversion.plain_to_text(text)
        if form != "plain" and _MARKUP.search(text):
            html = _keep_markup(text).replace("\n", "<br>")
            made = text_conversion.html_to_text(html, self._count_picture, left_out)
            return made if made or "<img" in html.lower() else text_conversion.plain_to_text(text)
        return text_conversion.plain_to_text(text)

    def _count_picture(self, _name: str) -> str:
        self.builder.left_out[_("image (a GIFT file cannot contain images)")] += 1
        return ""


def _keep_markup(text: str) -> str:
    """Keep only tags that mark something up; other tags, such as a lone `<body>`, are words."""
    tags = [(match[1], match[2].lower()) for match in _TAG.finditer(text)]
    opened, closed = (Counter(name for sign, name in tags if sign == mark) for mark in ("", "/"))

    def keep_markup(match: re.Match[str]) -> str:
        name = match[2].lower()
        void = name in VOID
        marks = name in _MARKING_UP or name in _DROPPED or name in MATHS or name == "text"
        whole = void or opened[name] == closed[name]
        return match[0] if marks and whole else match[0].replace("<", "&lt;")

    return _TAG.sub(keep_markup, text)


def _split_title(text: str) -> tuple[str, str]:
    """Split the title between `::` from the rest."""
    if text.startswith("::") and "::" in text[2:]:
        title, _, rest = text[2:].partition("::")
        return " ".join(title.split()), rest.strip()
    return "", text


def _split_format(text: str) -> tuple[str, str]:
    """Split the name of a text's format from the text."""
    match = _FORMAT.match(text.strip())
    return (text.strip()[match.end() :], match[1].lower()) if match else (text, "")


def _read_category(text: str, unit: str) -> tuple[str, str, str]:
    """Return the requested id, the title (the last name of the path) and the path.

    `//` is a literal stroke.
    """
    path = re.sub(r"^\$\w+\$/?", "", unescape(text).strip())
    names = [part.strip() for part in re.split(r"(?<!/)/(?!/)", path)]
    names = [name.replace("//", "/") for name in names if name and name != "top"]
    title = names[-1].removeprefix("Default for ") if names else "Questions"
    return unit or slug(" ".join(names), "quiz"), title, "" if unit else path


def _read_tags(remarks: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"id": [], "tag": []}
    for remark in remarks:
        for name, value in _TAGGED.findall(remark):
            found[name].append(value.replace("\\]", "]").strip())
    return found


def _gap(question: Json | None, left_out: Counter[str]) -> Json | None:
    found = gap_of(question) if question else None
    if question and found:
        rows = [*question.get("choices", ()), *question.get("wrong_answers", ())]
        left_out[_("feedback for a gap")] += sum(bool(row.get("feedback")) for row in rows)
    return found
