"""Search through a draft: the titles and texts of its units, and its questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authoring.course_package import iterate_questions
from authoring.media.images import iterate_texts
from courses.rendering import course_html

Json = Mapping[str, Any]
MOST_MATCHES: Final = 50
AROUND: Final = 60
# The texts of a question that people read; ids and settings are no words.
QUESTION_TEXTS: Final = ("stem", "prompt", "choices", "parts", "answer", "explanation", "hints")


@dataclass(frozen=True, slots=True)
class Match:
    """A part of the draft that contains each word: `kind` is "unit" or "question"."""

    kind: str
    ref: str
    title: str
    unit: str
    excerpt: str


def search_draft(package: Json, query: str) -> list[Match]:
    """Return what contains every word of the query, in the order of the course."""
    words = query.casefold().split()
    if not words:
        return []
    found = (match for match in _iterate_parts(package, words) if match is not None)
    return [match for match, _ in zip(found, range(MOST_MATCHES), strict=False)]


def _iterate_parts(package: Json, words: list[str]) -> Iterator[Match | None]:
    for unit in package["units"]:
        texts = [unit["title"], unit.get("body", "")]
        yield _match("unit", unit, unit["title"], unit, texts, words)
    for packaged in iterate_questions(package):
        question, unit = packaged.question, packaged.unit
        texts = [text for name in QUESTION_TEXTS for text in _texts_of(question.get(name, ""))]
        texts += question.get("tags", ())
        title = course_html.linear(question["prompt"] or question.get("stem", ""))
        yield _match("question", question, title, unit, texts, words)


def _texts_of(content: Any) -> Iterator[str]:
    """Yield the texts of a part of a question, of its rows without their ids."""
    if isinstance(content, list):
        for row in content:
            yield from iterate_texts([row.get(name, "") for name in ("text", "feedback", "title")])
    else:
        yield str(content)


def _match(
    kind: str, part: Json, title: str, unit: Json, texts: list[str], words: list[str]
) -> Match | None:
    whole = " ".join(" ".join(texts).split())
    if not all(word in whole.casefold() for word in words):
        return None
    shown = " ".join(" ".join(course_html.linear(text) for text in texts).split())
    shown = shown.removeprefix(title).strip()
    return Match(kind, part["id"], title, unit["title"], _cut_excerpt(shown, words[0]))


def _cut_excerpt(text: str, word: str) -> str:
    """Return the text around the word, or its start; casefolding can shift it by a letter."""
    at = max(0, text.casefold().find(word) - AROUND)
    end = at + 2 * AROUND + len(word)
    return f"{'… ' if at else ''}{text[at:end].strip()}{' …' if end < len(text) else ''}"
