"""Convert school-level MathML to LaTeX, which our own texts use for maths."""

from __future__ import annotations

from collections.abc import Callable

from authoring.formats.text.safe_xml import Node

_SIGNS = {
    "×": r"\times ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "÷": r"\div ",
    "≤": r"\leq ",
    "≥": r"\geq ",
    "≠": r"\neq ",
    "±": r"\pm ",
    "∞": r"\infty ",
    "π": r"\pi ",
    "√": r"\surd ",
    "≈": r"\approx ",
    "→": r"\to ",
    "∑": r"\sum ",
    "∫": r"\int ",
    "°": r"\circ ",
    "−": "-",
    "\u2061": "",
    "\u2062": "",
    "\u2063": "",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "$": r"\$",
    "_": r"\_",
    "\\": r"\backslash ",
    "~": r"\sim ",
}
_ANNOTATIONS = ("application/x-tex", "tex", "latex", "application/x-latex")


def latex(node: Node) -> str:
    """Return the LaTeX of a `math` element: its own annotation, if it has one."""
    for note in node.all("annotation"):
        if note.get("encoding").lower() in _ANNOTATIONS and note.text():
            return note.text()
    return " ".join(_inside(node).split())


def _inside(node: Node) -> str:
    return "".join(_one(child) for child in node.nodes) or _letters(node.text())


def _one(node: Node) -> str:
    made = _MADE.get(node.name)
    return made(node) if made else _inside(node)


def _letters(text: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _name(node: Node) -> str:
    text = node.text()
    return _letters(text) if len(text) < 2 else rf"\operatorname{{{text}}}"


def _sign(node: Node) -> str:
    """Return an operator; one that is a word keeps its blanks."""
    text = node.text()
    return rf"\operatorname{{{text}}}" if text.isalpha() and len(text) > 1 else _letters(text)


def _words(node: Node) -> str:
    return rf"\text{{{node.text()}}}" if node.text() else " "


def _parts(node: Node, number: int) -> list[str]:
    found = [f"{{{_one(child)}}}" for child in node.nodes[:number]]
    return found + ["{}"] * (number - len(found))


def _fraction(node: Node) -> str:
    return r"\frac" + "".join(_parts(node, 2))


def _root(node: Node) -> str:
    inner, index = _parts(node, 2)
    return rf"\sqrt[{index[1:-1]}]{inner}"


def _below_above(signs: str) -> Callable[[Node], str]:
    def made(node: Node) -> str:
        base, *rest = _parts(node, len(signs) + 1)
        return base + "".join(sign + part for sign, part in zip(signs, rest, strict=True))

    return made


def _table(node: Node) -> str:
    rows = [
        " & ".join(_inside(cell) for cell in row.nodes) for row in node.all("mtr", "mlabeledtr")
    ]
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _fenced(node: Node) -> str:
    inner = node.get("separators", ",")[:1].join(_one(child) for child in node.nodes)
    return _letters(node.get("open", "(")) + inner + _letters(node.get("close", ")"))


_MADE: dict[str, Callable[[Node], str]] = {
    "mi": _name,
    "mn": lambda node: _letters(node.text()),
    "mo": _sign,
    "mtext": _words,
    "ms": _words,
    "mspace": lambda _node: " ",
    "mfrac": _fraction,
    "msqrt": lambda node: rf"\sqrt{{{_inside(node)}}}",
    "mroot": _root,
    "msup": _below_above("^"),
    "mover": _below_above("^"),
    "msub": _below_above("_"),
    "munder": _below_above("_"),
    "msubsup": _below_above("_^"),
    "munderover": _below_above("_^"),
    "mtable": _table,
    "mfenced": _fenced,
    "annotation": lambda _node: "",
    "annotation-xml": lambda _node: "",
}
