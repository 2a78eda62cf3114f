"""Read one OLX problem as questions: one for each response, all with its hints and solution."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats.credits import read_points
from authoring.formats.olx import markdown_problems, responses
from authoring.formats.olx.targeted_texts import RESPONSE, SETS, place_targeted_texts
from authoring.formats.question_builder import GAP, Json, plain_number
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import VOID, XmlNode, parse

_TEXTS = ("solution", "demandhint", "hint", "script", "hintgroup", *SETS)
_APART = (*_TEXTS, *responses.INPUTS)
_HEADING = re.compile(r"^(Explanation|Solution|Erklärung|Explicación):?\n", re.IGNORECASE)
Pictures = Callable[[str], str]


def read_questions(
    problem: XmlNode, name: str, title: str, pictures: Pictures, left_out: Counter[str]
) -> list[Json]:
    """Return the questions of a problem; none for one that a script generates or grades."""
    problem = _expand_markdown(problem)
    if any("python" in node.get("type", "python") for node in problem.all("script")):
        left_out[_("problem with a script, which is never run")] += 1
        return []
    place_targeted_texts(problem, left_out)
    reader = _ProblemReader(problem, pictures, left_out)
    rows = reader.rows(title)
    if not rows and not problem.all(*_response_names(problem)):
        left_out[_("problem without a question")] += 1
    if rows and problem.get("weight") not in ("", "null"):
        points = _read_points(problem.get("weight"), len(_find_responses(problem)), left_out)
        rows = [row | points for row in rows]
    if len(rows) == 1:
        return [rows[0] | {"id": name}]
    return [row | {"id": f"{name}-{at}", "group": name[:100]} for at, row in enumerate(rows, 1)]


def _read_points(weight: str, count: int, left_out: Counter[str]) -> Json:
    """Return the points of each of `count` responses, which share the weight as in Open edX."""
    number = plain_number(weight)
    return read_points(str(Decimal(number) / count) if number else None, left_out)


def _expand_markdown(problem: XmlNode) -> XmlNode:
    """Return the XML of a problem that is written in Markdown only."""
    short = problem.get("markdown")
    if problem.nodes or short in ("", "null"):
        return problem
    made = parse(markdown_problems.to_xml(short).encode(), problem.get("url_name"))
    return XmlNode(problem.name, "", problem.attributes, problem.line, made.children)


def _response_names(problem: XmlNode) -> set[str]:
    return {node.name for node in problem.walk() if node.name.endswith(RESPONSE)} or {RESPONSE}


class _ProblemReader:
    def __init__(self, problem: XmlNode, pictures: Pictures, left_out: Counter[str]) -> None:
        self._problem, self._pictures, self._left_out = problem, pictures, left_out
        # Each solution is converted once, so that nothing in it is counted twice.
        self._solved: dict[int, str] = {}

    def rows(self, title: str) -> list[Json]:
        found = _find_responses(self._problem)
        texts = _split_texts(self._text(self._problem))
        hints, solutions = self._hints(), _place_solutions(self._problem)
        asides = [node for node in self._problem.walk() if node.name in _TEXTS]
        inside = sum(len(_find_responses(node)) for node in asides)
        self._left_out[_("question inside a solution or a hint")] += inside
        rows = []
        for node, around in zip(found, texts, strict=False):
            several = len(node.all("optioninput")) > 1
            parts = (around, self._text(node, GAP if several else ""), _find_unit(node))
            prompt = "\n".join(part for part in parts if part)
            if not prompt.replace(GAP, "").strip():
                prompt = f"{_find_label(node) or title}\n{prompt}".strip()
            if _find_responses(node):
                self._left_out[_("question inside another question")] += 1
                continue
            row = responses.read(node, prompt, self._text, self._left_out)
            rows += [row | hints | self._explain(solutions[id(node)])] if row else []
        return rows

    def _text(self, node: XmlNode, dropdown: str = "") -> str:
        """Return the text of the element, with this in the place of each dropdown."""
        html = "".join(_write_html(child, dropdown) for child in node.children)
        return text_conversion.html_to_text(html, self._pictures, self._left_out)

    def _aside(self, node: XmlNode) -> str:
        return self._text(node).replace(GAP, "").strip()

    def _hints(self) -> Json:
        texts = [self._aside(hint) for top in self._problem.all("demandhint") for hint in top.nodes]
        texts = [text for text in texts if text]
        kinds = ["strategy"] * (len(texts) - 1) + ["worked_step"]
        hints = [{"kind": kind, "text": text} for kind, text in zip(kinds, texts, strict=False)]
        return {"hints": hints} if hints else {}

    def _explain(self, solutions: list[XmlNode]) -> Json:
        for node in solutions:
            if id(node) not in self._solved:
                self._solved[id(node)] = _HEADING.sub("", self._aside(node))
        solved = "\n".join(filter(None, (self._solved[id(node)] for node in solutions)))
        return {"explanation": solved} if solved else {}


def _find_responses(node: XmlNode) -> list[XmlNode]:
    """Return the responses in the element, without those inside another response or a solution."""
    found: list[XmlNode] = []
    for child in node.nodes:
        if child.name.endswith(RESPONSE):
            found.append(child)
        elif child.name not in _TEXTS:
            found += _find_responses(child)
    return found


def _place_solutions(problem: XmlNode) -> dict[int, list[XmlNode]]:
    """Return the solutions of each response, by its identity.

    A solution outside a response is of the responses since the one before it, as Open edX shows
    it at its place; one before all responses is of all of them.
    """
    found = _find_responses(problem)
    own = {id(node): node.all("solution") for node in found}
    inner = {id(one) for nodes in own.values() for one in nodes}
    placed = {at: [*nodes] for at, nodes in own.items()}
    since: list[int] = []
    solved = False
    for node in problem.walk():
        if id(node) in own:
            since = [*([] if solved else since), id(node)]
            solved = False
        elif node.name == "solution" and id(node) not in inner:
            for at in since or placed:
                placed[at].append(node)
            solved = True
    return placed


def _split_texts(text: str) -> list[str]:
    """Return the text of each response: the lines before it, and its own line."""
    found: list[str] = []
    before: list[str] = []
    for line in text.split("\n"):
        pieces = line.split(GAP)
        before += pieces[:1] if len(pieces) == 1 else []
        for at in range(1, len(pieces)):
            found.append("\n".join([*before, _show_input(pieces, at)]).strip())
            before = []
    rest = "\n".join(before).strip()
    if found and rest:
        found[-1] = f"{found[-1]}\n{rest}".strip()
    return found


def _show_input(pieces: list[str], at: int) -> str:
    """Return a line with one of its inputs as a gap, or the words before the first of them."""
    if not any(piece.strip(" .") for piece in pieces[1:]):
        return pieces[0].strip() if at == 1 else ""
    signs = ["____" if number == at else "…" for number in range(1, len(pieces))]
    words = [piece.strip() for piece in pieces]
    return " ".join(
        [words[0], *(f"{sign} {word}" for sign, word in zip(signs, words[1:], strict=True))]
    )


def _find_label(response: XmlNode) -> str:
    """Return the label that older problems put on the input element."""
    found = [node.get("label") for node in response.walk() if node.get("label")]
    return found[0].replace("$", r"\$") if found else ""


def _find_unit(response: XmlNode) -> str:
    """Return a gap with the unit behind the input element, if it has one."""
    units = [node.get("trailing_text") for node in response.all(*responses.INPUTS)]
    return "\n".join("____ " + unit.replace("$", r"\$") for unit in units if unit)


def _write_html(child: XmlNode | str, dropdown: str) -> str:
    if isinstance(child, str):
        return escape(child, quote=False)
    if child.name.endswith(RESPONSE):
        return GAP
    if child.name == "optioninput":
        return dropdown
    if child.name in _APART or child.name in responses.HINTS:
        return ""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in child.attributes.items())
    if child.name in VOID and not child.children:
        return f"<{child.name}{attributes}>"
    inner = "".join(_write_html(one, dropdown) for one in child.children)
    name = (
        "div" if child.name in ("label", "description", "question", "startouttext") else child.name
    )
    return f"<{name}{attributes}>{inner}</{name}>"
