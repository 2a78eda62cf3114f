from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rendering import course_html

BAD = ("<script", "javascript:", "onerror", "<img", "<iframe", "style=")


def test_maths_becomes_mathml_and_the_rest_is_escaped():
    html = course_html.inline("If $x < 2$ & <b>bold</b>")
    assert html.startswith("If <math")
    assert html.endswith("</math> &amp; &lt;b&gt;bold&lt;/b&gt;")


def test_escaped_dollar_is_a_plain_dollar():
    html = course_html.inline(r"It costs \$5 and $x$, or \$6.")
    assert html.startswith("It costs $5 and <math")
    assert html.endswith("</math>, or $6.")
    assert course_html.linear(r"It costs \$5 and $x$.") == "It costs $5 and x."


def test_lines_stay_lines_and_a_picture_of_this_site_is_shown():
    html = course_html.inline("One\r\ntwo\n![A <ruler>](/media/c/ruler.png)\nthree")
    picture = '<img src="/media/c/ruler.png" alt="A &lt;ruler&gt;" loading="lazy">'
    assert html == f"One<br>two{picture}three"
    assert course_html.linear("Look:\n![A ruler](/media/c/ruler.png)") == "Look: A ruler"


@pytest.mark.parametrize("address", ["//evil.example/x.png", "ruler.png"])
def test_foreign_picture_becomes_its_description(address):
    assert course_html.inline(f"![A ruler]({address})") == "A ruler"


def test_a_blank_to_fill_stays_text():
    assert course_html.inline("$___$") == "___"
    assert not course_html.is_readable_latex("___")


def test_a_formula_that_defines_commands_stays_text():
    """Each definition triples the previous one: 193 characters became 800 kB of MathML."""
    doubled = "".join(
        rf"\def\{name}{{{{\{used}}}{{\{used}}}{{\{used}}}}}"
        for used, name in pairwise("abcdefghij")
    )
    bomb = rf"\def\a{{{{x}}}}{doubled}\j"
    assert len(bomb) < 200
    for page in (course_html.remark, course_html.reading, course_html.inline):
        assert len(page(f"${bomb}$")) < 1000
    for define in (r"\newcommand{\a}{x}\a", r"\newenvironment{a}{x}{y}\begin{a}z\end{a}"):
        assert not course_html.is_readable_latex(define)
    assert course_html.is_readable_latex(r"\deg x")
    assert course_html.is_readable_latex(r"\begin{pmatrix}abc\\def\end{pmatrix}"), (
        "a row's end and a word"
    )
    assert not course_html.is_readable_latex(r"x\\\def\a{x}\a")


def test_a_formula_longer_than_any_person_writes_stays_text():
    assert course_html.is_readable_latex("x" * 2000)
    assert not course_html.is_readable_latex("x" * 2001)


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\text{<script>alert(1)</script>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{</math><script>alert(1)</script>}",
    ],
)
def test_converter_output_is_cleaned(latex):
    for html in (course_html.inline(f"${latex}$"), course_html.reading(f"${latex}$")):
        assert not any(bad in html for bad in BAD)


def test_a_reading_keeps_its_tables_and_loses_its_scripts():
    html = course_html.reading(
        "# Head\n\n| a | $b$ |\n|---|---|\n| 1 | **2** |\n\n<script>alert(1)</script>\n\n"
        "[go](javascript:alert(1)) [site](https://example.org)"
    )
    assert "<h2>Head</h2>" in html
    assert '<th scope="col">' in html
    assert "<strong>2</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert 'href="https://example.org"' in html


@given(st.text(max_size=80))
def test_reading_never_contains_an_active_tag(text):
    html = course_html.reading(text).lower()
    assert "<script" not in html
    assert "<img" not in html


def test_the_plain_line_has_no_dollars():
    assert course_html.linear(r"Solve $\frac{n}{5} = 6$.") == "Solve (n/5) = 6."


def test_maths_in_the_description_of_a_picture_is_read_aloud():
    picture = '![From $[a, b]$ to $x^2$ & "q"](/media/a.png "A $y$")'
    html = course_html.reading(f"{picture} costs \\$5, $z$")

    assert 'alt="From [a, b] to x^2 &amp; &quot;q&quot;"' in html
    assert html.count("<math") == 1
    assert html.count("<img") == 1
