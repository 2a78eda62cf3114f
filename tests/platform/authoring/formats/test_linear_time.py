r"""Every reader of an author's text takes time linear in the text, whatever the text repeats.

A quadratic reader of 120 kB of `\(` held the worker for 31 seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from authoring import captions, oatutor_text, pictures
from authoring.editing import colours
from authoring.formats import words
from authoring.formats.gift import paragraphs, reading
from authoring.formats.olx import simple
from courses import latex, maths
from discussion import texts

SIZE = 100_000
# The linear readers take below 0.1 s; a quadratic one takes from 4 s up.
MOST_SECONDS = 1.5
# Markdown takes up to 2.5 s for its 100 kB, and from 10 s up where a step is quadratic.
MOST_SECONDS_OF = {"Markdown of a reading": 6.0}
NESTED = r"\frac{"
READERS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "course text of HTML": (
        lambda text: words.of_html(text, words.no_pictures, Counter()),
        [r"\(", r"\[", "$$", "[mathjax]", "[mathjaxinline]", "<img ", "<"],
    ),
    "Markdown of HTML": (
        lambda text: words.markdown_of(text, words.no_pictures, Counter()),
        [r"\(", "<b></b>", "x<br>"],
    ),
    "words": (words.literal, [r"\(", r"\[", "$$a$", "[mathjax]", "[mathjaxinline]"]),
    "pictures of a text": (
        lambda text: words.without_pictures(text, Counter()),
        ["![", "![a](", "!"],
    ),
    "course text as HTML": (
        lambda text: words.html_of(text, words.round_brackets, words.no_pictures),
        ["![", "$a "],
    ),
    "pictures of a package": (lambda text: pictures._PICTURE.sub("", text), ["![", "![a](x"]),
    "Open edX short form": (
        simple.xml,
        [">>", ">>a||", "[[", "[", "(x) {{", "(x) a{{b", " ", "\n", " \n", "( ", "\n||a",
         "[explanation]", "= 1+-"],
    ),
    "tags of GIFT": (lambda text: reading._tags((text,)), ["[id:", r"[tag:\]", "["]),
    "marks of GIFT": (reading._words_about_html, ["<", "<a ", "</b"]),
    "paragraphs of GIFT": (
        lambda text: list(paragraphs.paragraphs("{=" + text + "}", "a.gift")),
        ["\n", "a\n\n", r"\("],
    ),
    "words of captions": (lambda text: captions._words([text]), ["<", "<v ", "{\\a"]),
    "lines of captions": (captions._times, [" ", "1", "00:"]),
    "OATutor": (
        lambda text: oatutor_text.told("##" + text, Path("/"), "a", Counter()),
        [" ", "$$a", "##", "# "],
    ),
    "OATutor on one line": (oatutor_text.plain, ["![Figure](", "![", "\n"]),
    "maths as words": (latex.plain, ["{", "^{", NESTED, "x^", "{{}"]),
    "course text on a page": (maths.inline, ["![", "\n", "$a ", "\\"]),
    "Markdown of a reading": (
        maths.reading,
        ["$$a$", "$a ", r"\$", "[a](", "[a][", "<a", "*a_ ", "- a\n", "|a|b|\n|-|-|\n", "![", "\\"],
    ),
    "a formula of a reading": (
        lambda text: maths.reading(f"${text}$"),
        ["x", "{", NESTED, r"\text{", r"\verb|", "x^", "x'", "&"],
    ),
    "a formula with a long name": (
        lambda text: maths.reading(rf"$\operatorname{{{text}$"),
        [" ", "* "],
    ),
    "the longest formula that is converted": (
        lambda text: maths._converted(text[: maths._LONGEST]),
        ["x", r"\text{", r"\verb|", r"\sqrt[", r"\left(", r"\begin{matrix}"],
    ),
    "colours": (colours._STYLE.findall, ["<font ", "style=\"", "style "]),
    "tags of a discussion": (lambda text: texts.TAG.sub("", text), ["<a>", "a"]),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_reads_any_repetition_in_linear_time(reader: str) -> None:
    read, repeated = READERS[reader]
    most = MOST_SECONDS_OF.get(reader, MOST_SECONDS)
    seconds = {
        pattern: min(_seconds(read, pattern) for _ in range(2))
        for pattern in repeated
        if _seconds(read, pattern) > most
    }
    slow = {pattern: took for pattern, took in seconds.items() if took > most}
    assert not slow


def _seconds(read: Callable[[str], object], pattern: str) -> float:
    text = (pattern * (SIZE // len(pattern) + 1))[:SIZE]
    start = time.process_time()
    read(text)
    return time.process_time() - start
