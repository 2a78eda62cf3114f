"""Convert school-level MathML to LaTeX, which our own texts use for maths."""

from __future__ import annotations

from collections.abc import Callable

from authoring.formats.text.safe_xml import XmlNode

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


def to_latex(node: XmlNode) -> str:
    """Return the LaTeX of a `math` element: its own annotation, if it has one."""
    for note in node.all("annotation"):
        if note.get("encoding").lower() in _ANNOTATIONS and note.text():
            return note.text()
    return " ".join(_convert_children(node).split())


def _convert_children(node: XmlNode) -> str:
    return "".join(_convert(child) for child in node.nodes) or _letters(node.text())


def _convert(node: XmlNode) -> str:
    made = _WRITERS.get(node.name)
    return made(node) if made else _convert_children(node)


def _letters(text: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _name(node: XmlNode) -> str:
    text = node.text()
    return _letters(text) if len(text) < 2 else rf"\operatorname{{{text}}}"


def _sign(node: XmlNode) -> str:
    """Return an operator; one that is a word keeps its blanks."""
    text = node.text()
    return rf"\operatorname{{{text}}}" if text.isalpha() and len(text) > 1 else _letters(text)


def _words(node: XmlNode) -> str:
    return rf"\text{{{node.text()}}}" if node.text() else " "


def _parts(node: XmlNode, number: int) -> list[str]:
    found = [f"{{{_convert(child)}}}" for child in node.nodes[:number]]
    return found + ["{}"] * (number - len(found))


def _fraction(node: XmlNode) -> str:
    return r"\frac" + "".join(_parts(node, 2))


def _root(node: XmlNode) -> str:
    inner, index = _parts(node, 2)
    return rf"\sqrt[{index[1:-1]}]{inner}"


def _script_writer(signs: str) -> Callable[[XmlNode], str]:
    def write(node: XmlNode) -> str:
        base, *rest = _parts(node, len(signs) + 1)
        return base + "".join(sign + part for sign, part in zip(signs, rest, strict=True))

    return write


def _table(node: XmlNode) -> str:
    rows = [
        " & ".join(_convert_children(cell) for cell in row.nodes)
        for row in node.all("mtr", "mlabeledtr")
    ]
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _fenced(node: XmlNode) -> str:
    inner = node.get("separators", ",")[:1].join(_convert(child) for child in node.nodes)
    return _letters(node.get("open", "(")) + inner + _letters(node.get("close", ")"))


_WRITERS: dict[str, Callable[[XmlNode], str]] = {
    "mi": _name,
    "mn": lambda node: _letters(node.text()),
    "mo": _sign,
    "mtext": _words,
    "ms": _words,
    "mspace": lambda _node: " ",
    "mfrac": _fraction,
    "msqrt": lambda node: rf"\sqrt{{{_convert_children(node)}}}",
    "mroot": _root,
    "msup": _script_writer("^"),
    "mover": _script_writer("^"),
    "msub": _script_writer("_"),
    "munder": _script_writer("_"),
    "msubsup": _script_writer("_^"),
    "munderover": _script_writer("_^"),
    "mtable": _table,
    "mfenced": _fenced,
    "annotation": lambda _node: "",
    "annotation-xml": lambda _node: "",
}
