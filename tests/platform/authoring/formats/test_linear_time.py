r"""Each reader of Author's text takes time linear in the text, whatever the text repeats.

A quadratic reader of 120 kB of `\(` kept the worker busy for 31 seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from authoring.editor import contrast
from authoring.editor.units import caption_text
from authoring.formats.cartridge.pages import PageReader
from authoring.formats.gift import reader as gift_reader
from authoring.formats.gift import tokenizer
from authoring.formats.h5p import gaps as h5p_gaps
from authoring.formats.moodle import gaps as moodle_gaps
from authoring.formats.moodle import reader as moodle_reader
from authoring.formats.oatutor import text_markup
from authoring.formats.olx import markdown_problems
from authoring.formats.qti import version_3_names
from authoring.formats.qti12 import material
from authoring.formats.text import moodle_text, text_conversion
from authoring.media import captions, images
from courses.rendering import course_html, latex_to_text
from discussion.posts import post_text

SIZE = 100_000
# Linear readers take less than 0.1 s; a quadratic one takes 4 s or more.
MOST_SECONDS = 1.5
# Markdown takes up to 2.5 s for its 100 kB, and 10 s or more with a quadratic step.
MOST_SECONDS_OF = {"Markdown of a reading": 6.0}
NESTED = r"\frac{"
READERS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "course text of HTML": (
        lambda text: text_conversion.html_to_text(text, text_conversion.no_pictures, Counter()),
        [r"\(", r"\[", "$$", "[mathjax]", "[mathjaxinline]", "<img ", "<"],
    ),
    "Markdown of HTML": (
        lambda text: text_conversion.html_to_reading(text, text_conversion.no_pictures, Counter()),
        [r"\(", "<b></b>", "x<br>"],
    ),
    "equations of Canvas": (material.write_equations, ["<img ", '<img "', "<img a='", '<img a="']),
    "page of a cartridge": (
        lambda text: PageReader(lambda _address, _folder: "", Counter()).convert(text, ""),
        ["<a ", "<a href='", "<iframe ", '<iframe src="', "<iframe src='a'> "],
    ),
    "words": (
        text_conversion.plain_to_text,
        [r"\(", r"\[", "$$a$", "[mathjax]", "[mathjaxinline]"],
    ),
    "pictures of a text": (
        lambda text: text_conversion.remove_pictures(text, Counter()),
        ["![", "![a](", "!"],
    ),
    "course text as HTML": (
        lambda text: text_conversion.text_to_html(
            text, text_conversion.round_brackets, text_conversion.no_pictures
        ),
        ["![", "$a "],
    ),
    "pictures of a package": (lambda text: images._PICTURE.sub("", text), ["![", "![a](x"]),
    "Open edX short form": (
        markdown_problems.to_xml,
        [">>", ">>a||", "[[", "[", "(x) {{", "(x) a{{b", " ", "\n", " \n", "( ", "\n||a",
         "[explanation]", "= 1+-"],
    ),
    "tags of GIFT": (lambda text: gift_reader._read_tags((text,)), ["[id:", r"[tag:\]", "["]),
    "marks of GIFT": (moodle_text._keep_markup, ["<", "<a ", "</b"]),
    "embedded answers of Moodle": (
        lambda text: list(moodle_gaps._find_blocks(text)),
        ["{1:MC:", "{1:MC:}", "}", r"\}", "{1:"],
    ),
    "signs of an embedded answer": (moodle_gaps._hide_signs, ["&#", "&amp;", "\\", "&#1;"]),
    "remarks of Moodle XML": (
        lambda text: list(moodle_reader._own_lines(text + "<question", "skill")),
        ["<!-- skill: a = ", "<!-- skill: ", "a"],
    ),
    "gaps of H5P": (
        lambda text: h5p_gaps._SOLUTION.sub("", h5p_gaps._FEEDBACK.sub("", text)),
        ["*", "*a", "\\+", "\\+a:"],
    ),
    "names of QTI 3": (
        version_3_names.to_version_3,
        ["<a ", '<a b="', '<a b=""', "<modalFeedback"],
    ),
    "paragraphs of GIFT": (
        lambda text: list(tokenizer.split_paragraphs("{=" + text + "}", "a.gift")),
        ["\n", "a\n\n", r"\("],
    ),
    "words of captions": (lambda text: captions._words([text]), ["<", "<v ", "{\\a"]),
    "lines of captions": (captions.find_times, [" ", "1", "00:"]),
    "lines of captions as text": (
        caption_text._has_times,
        ["0:00.0", "0:00.0 ", " ", "1", "1:", "10:", "0:00.1 1:"],
    ),
    "OATutor": (
        lambda text: text_markup.convert_text("##" + text, Path("/"), "a", Counter()),
        [" ", "$$a", "##", "# "],
    ),
    "OATutor on one line": (text_markup.to_plain_line, ["![Figure](", "![", "\n"]),
    "maths as words": (latex_to_text.to_plain_line, ["{", "^{", NESTED, "x^", "{{}"]),
    "course text on a page": (course_html.inline, ["![", "\n", "$a ", "\\"]),
    "Markdown of a reading": (
        course_html.reading,
        ["$$a$", "$a ", r"\$", "[a](", "[a][", "<a", "*a_ ", "- a\n", "|a|b|\n|-|-|\n", "![", "\\"],
    ),
    "a formula of a reading": (
        lambda text: course_html.reading(f"${text}$"),
        ["x", "{", NESTED, r"\text{", r"\verb|", "x^", "x'", "&"],
    ),
    "a formula with a long name": (
        lambda text: course_html.reading(rf"$\operatorname{{{text}$"),
        [" ", "* "],
    ),
    "the longest formula that is converted": (
        lambda text: course_html._convert(text[: course_html._LONGEST]),
        ["x", r"\text{", r"\verb|", r"\sqrt[", r"\left(", r"\begin{matrix}"],
    ),
    "colours": (contrast._STYLE.findall, ["<font ", "style=\"", "style "]),
    "tags of a discussion": (lambda text: post_text.TAG.sub("", text), ["<a>", "a"]),
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
