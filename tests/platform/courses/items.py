"""An item of a kind, with nothing in it but what a test names."""

from __future__ import annotations

from fractions import Fraction

from courses.items import Item


def item(kind, **values):
    blank = {
        "prompt_html": "",
        "linear": "",
        "choices": (),
        "answer": "",
        "tolerance": Fraction(0),
        "compare": "",
        "wrong_answers": (),
        "explanation_html": "",
    }
    return Item(kind=kind, **(blank | values))
