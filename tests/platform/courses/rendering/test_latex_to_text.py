from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rendering.latex_to_text import to_plain_line, to_readable_line


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"\frac{2}{3}x", "(2/3)x"),
        (r"\frac{-15}{8q}", "((-15)/(8q))"),
        (r"\frac12", "(1/2)"),
        (r"\left(x+5\right)^{2}", "(x+5)^2"),
        (r"x^{a+b}", "x^(a+b)"),
        (r"3 \cdot 4 \times 5 \div 6", "3 * 4 * 5 / 6"),
        (r"\sqrt{x+1}", "sqrt(x+1)"),
        (r"\$5 \leq 6\%", "$5 <= 6%"),
        (r"\operatorname{if} x \neq \text{none}", "if x != none"),
        (r"x^", "x^()"),
    ],
)
def test_latex_becomes_one_plain_line(latex, line):
    assert to_plain_line(latex) == line


def test_readable_line_has_typographic_signs():
    assert to_readable_line(r"-3 \cdot x \geq 2") == "−3 × x ≥ 2"


@given(st.text(alphabet="\\{}^_$ frac sqrt left 12xy+-", max_size=60))
def test_no_text_breaks_it(latex):
    to_plain_line(latex)
