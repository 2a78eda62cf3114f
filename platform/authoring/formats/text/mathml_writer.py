"""Write the formulas of a course as MathML, for formats that have it."""

from __future__ import annotations

from html import escape

from authoring.formats.text import text_conversion
from courses.rendering import course_html


def write_formula(latex: str) -> str:
    """Return MathML with the LaTeX as an annotation, so that nothing is lost."""
    made = course_html.to_mathml(latex)
    if not made.startswith("<math"):
        return text_conversion.round_brackets(latex)
    inner = made[made.index(">") + 1 : made.rindex("</math>")]
    note = f'<annotation encoding="application/x-tex">{escape(latex, quote=False)}</annotation>'
    space = "http://www.w3.org/1998/Math/MathML"
    return f'<math xmlns="{space}"><semantics>{inner}{note}</semantics></math>'
