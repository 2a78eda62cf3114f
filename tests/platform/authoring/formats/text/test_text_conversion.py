"""Untrusted texts: what is kept, what is cleaned, and that our own texts round-trip."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats.text import moodle_text, safe_xml, text_conversion
from authoring.formats.text.markup import has_markup
from courses.rendering import course_html
from tests.platform.authoring.formats import random_courses


def read(html):
    left_out = Counter()
    return text_conversion.html_to_text(html, str, left_out), +left_out


def test_html_becomes_course_text():
    html = "<p>Two  <b>bold</b> &amp; <em>soft</em></p><ul><li>one</li><li>two</li></ul>costs $5"
    assert read(html)[0] == "Two bold & soft\n• one\n• two\ncosts \\$5"


def test_code_keeps_its_lines_and_spaces():
    html = "<p>Prints?</p><pre><code>for i in  a:\n    if i:\n\tprint(i)\n\nend()</code></pre>Hm"
    lines = ["Prints?", "for i in\u00a0\u00a0a:", "\u00a0" * 4 + "if i:", "\u00a0" * 4 + "print(i)"]
    assert read(html)[0].split("\n") == [*lines, "end()", "Hm"]
    assert read("<p>one\n  two</p>")[0] == "one two"


@pytest.mark.parametrize(
    "html",
    [
        "<ruby>村田<rt>むらた</rt></ruby>さん",
        "<ruby>村田<rt>むらた</ruby>さん",
        "<ruby><rb>村田</rb><rp>(</rp><rt>むらた</rt><rp>)</rp></ruby>さん",
    ],
)
def test_reading_of_a_word_is_in_brackets(html):
    assert read(html) == ("村田(むらた)さん", {})
    assert text_conversion.html_to_reading(html, str, Counter()) == "村田(むらた)さん"


@pytest.mark.parametrize(
    "written",
    [r"\(x < y\)", r"\[x < y\]", "$$x < y$$", "[mathjaxinline]x < y[/mathjaxinline]"],
)
def test_latex_between_the_usual_marks_is_maths(written):
    assert read(f"If {written.replace('<', '&lt;')}, then")[0] == "If $x < y$, then"


def test_mathml_becomes_latex_preferring_its_annotation():
    root = "<math><msqrt><mfrac><mn>1</mn><mi>x</mi></mfrac></msqrt></math>"
    assert read(root)[0] == r"$\sqrt{\frac{1}{x}}$"
    noted = (
        "<math><semantics><mi>y</mi>"
        '<annotation encoding="application/x-tex">\\frac{a}{b}</annotation></semantics></math>'
    )
    assert read(noted)[0] == r"$\frac{a}{b}$"
    assert "<mfrac>" in course_html.inline(read(noted)[0])


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>x",
        '<img src="x" onerror="alert(1)">x',
        '<a href="javascript:alert(1)">x</a>',
        '<math><mtext><img src=x onerror="alert(1)"></mtext></math>x',
        "<style>@import 'http://e'</style>x",
        "&lt;script&gt;alert(1)&lt;/script&gt;x",
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        "[x](javascript:alert(1))",
        "<p>\\(\\href{javascript:alert(1)}{x}\\)</p>",
    ],
)
def test_no_foreign_script_reaches_a_page(html):
    text, _ = read(html)
    page = course_html.inline(text) + course_html.reading(
        text_conversion.html_to_reading(html, str, Counter())
    )
    for tag in ("<script", "<svg", "<style", " onerror=", 'href="javascript'):
        assert tag not in page.lower()


def test_dropped_content_is_counted():
    _, left_out = read('<iframe src="x"></iframe><object></object><b>x</b>')
    assert left_out == {
        "<iframe> in a text": 1,
        "<object> in a text": 1,
        text_conversion.FORMATTING: 1,
    }


def there_and_back(text):
    html = text_conversion.text_to_html(text, text_conversion.round_brackets, str)
    return text_conversion.html_to_text(html, str, Counter())


@settings(max_examples=60, deadline=None)
@given(random_courses.texts)
@example(r"\$\$ \$\$")
@example(r"\$\$\$ and \$\$")
@example(r"\$\$ x \$\$ with $x^2$")
@example(r"\(x\) \[y\] [mathjax]z[/mathjax]")
def test_course_text_round_trips(text):
    assert there_and_back(text) == text


@pytest.mark.parametrize("number", ["0", "7", "9" * 5000])
def test_a_text_with_the_marks_of_a_formula_takes_the_place_of_none(number):
    text = f"a \ue010{number}\ue011 b $x$"
    for convert in (text_conversion.text_to_html, text_conversion.reading_to_html):
        html = convert(text, text_conversion.round_brackets, text_conversion.no_pictures)
        assert html.removeprefix("<p>").startswith(f"a {number}"), convert
        assert html.count("\\(") == 1, convert


PIECES = st.sampled_from([
    "Words *and* more", "**bold**", "`code`", "[link](<https://e.org/a_b>)", "$x^2$", r"a\*b",
    "1\\. no list", "\\# no head", "a \\| b", "x < y & z", "costs \\$5",
    r"\$\$ more \$\$", r"[e \$\$](<https://e.org>)", r"\\(z\\)",
])  # fmt: skip
INLINE = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)
BLOCKS = st.one_of(
    INLINE,
    INLINE.map("## {}".format),
    st.lists(INLINE, min_size=1, max_size=3).map(
        lambda rows: "\n".join(f"- {one}" for one in rows)),
    st.lists(INLINE, min_size=1, max_size=3).map(
        lambda rows: "\n".join(f"{n}. {one}" for n, one in enumerate(rows, 1))),
    INLINE.map("> {}".format),
    st.just("```\nx = 1\n  y\n```"),
    st.tuples(INLINE, INLINE).map(
        lambda two: f"| a | b |\n| --- | --- |\n| {two[0]} | {two[1]} |"),
    st.just("---"),
    st.just("![a wave](/media/x/y.png)"),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=4).map("\n\n".join))
def test_reading_renders_the_same_after_a_round_trip(source):
    html = text_conversion.reading_to_html(source, text_conversion.round_brackets, str)
    again = text_conversion.html_to_reading(html, str, Counter())
    assert text_conversion.reading_to_html(again, text_conversion.round_brackets, str).replace(
        "<p>\u200b</p>\n", ""
    ) == html.replace("<p>\u200b</p>\n", "")


def test_elements_are_found_without_namespace_and_entities_decoded():
    content = b'<q:a xmlns:q="urn:x" q:n="1"><q:b>caf&eacute;&nbsp;&lt;</q:b><![CDATA[<c>]]></q:a>'
    top = safe_xml.parse(content, "a.xml")
    assert (top.name, top.space, top.get("n")) == ("a", "urn:x", "1")
    assert top.all("b")[0].raw() == "café\u00a0<"
    assert top.raw().endswith("<c>")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_is_read_in_the_encoding_it_declares(encoding):
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\r\n<a>é</a>'
    assert safe_xml.parse(text.encode(encoding), "a.xml").text() == "é"


def test_a_declared_document_type_is_never_fetched():
    text = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>x</a>'
    assert safe_xml.parse(text, "a.xml").text() == "x"
    with pytest.raises(BrokenPackage, match="line 1: expected no custom entity, found 'b'"):
        safe_xml.parse(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a.xml")


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<video controls src="a.mp4"></video>', ""),
        ('<p><audio><source src="a.mp3"></audio></p>', ""),
        ("<video></video>", "<video></video>"),
    ],
)
def test_media_without_words_show_no_tags(html, shown):
    left_out = Counter()
    assert moodle_text.to_course_text(html, "html", lambda address: address, left_out) == shown


@pytest.mark.parametrize("text", ['<audio src="a.mp3"></audio>', "<b>x</b>", "x<br>"])
def test_elements_that_end_are_markup(text):
    assert has_markup(text)
    assert not has_markup("2 < 3 and <audio> is an element")
