"""Extracts translatable sentences from a template, a Python module or a script.

It needs no GNU gettext: Babel reads templates, as Django rewrites them, and scripts. Modules are
read here, because Babel cannot tell under which names a module imports Django's functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

CALLS = {
    "gettext": ("msgid",),
    "gettext_lazy": ("msgid",),
    "gettext_noop": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "ngettext_lazy": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "pgettext_lazy": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
    "npgettext_lazy": ("context", "msgid", "plural"),
}
# The numbers of the arguments, as Babel writes them; None for the first.
SCRIPT_CALLS = {"t": None, "tn": (1, 2)}


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence of the source language, as gettext knows it."""

    msgid: str
    plural: str = ""
    context: str = ""


def extract_template(text: str) -> Iterator[Message]:
    return _extract("python", templatize(text), DEFAULT_KEYWORDS)


def extract_python(text: str) -> Iterator[Message]:
    """Yield messages, under whatever name the module imports Django's translation functions."""
    if "translation" not in text:  # Other names for these functions come from that package, too.
        return
    nodes = list(ast.walk(ast.parse(text)))
    known = {f"translation.{name}": name for name in CALLS}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            known |= {one.asname or one.name: one.name for one in node.names if one.name in CALLS}
    for node in nodes:
        if isinstance(node, ast.Call) and (name := known.get(ast.unparse(node.func))):
            literals = _string_constants(node.args[: len(CALLS[name])])
            if len(literals) == len(CALLS[name]):
                yield Message(**dict(zip(CALLS[name], literals, strict=True)))


def extract_script(text: str) -> Iterator[Message]:
    return _extract("javascript", text, SCRIPT_CALLS)


def _extract(language: str, text: str, calls: Mapping[str, Any]) -> Iterator[Message]:
    options = {"jsx": False, "parse_template_string": True}
    for _line, found, _comments, context in extract(
        language, BytesIO(text.encode()), calls, options=options
    ):
        msgid, plural = found if isinstance(found, tuple) else (found, "")
        yield Message(msgid, plural, context or "")


def _string_constants(arguments: Sequence[ast.expr]) -> list[str]:
    values = [one.value for one in arguments if isinstance(one, ast.Constant)]
    return [value for value in values if isinstance(value, str)]
