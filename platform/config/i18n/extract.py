"""Extracts translatable sentences from a template, a Python module or a script.

It needs no GNU gettext: it reads the literals in the translation calls.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
SCRIPT_CALLS = {"t": ("msgid",), "tn": ("msgid", "plural")}
LITERAL = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`)"""
JOINED = rf"{LITERAL}(?:\s*\+\s*{LITERAL})*"
IN_TEMPLATE = re.compile(rf"(?<!\w)(_|n?p?gettext)\(((?:u?{LITERAL}\s*,?\s*)+)")
IN_SCRIPT = re.compile(rf"(?<![\w.$])(tn?)\(\s*({JOINED}(?:\s*,\s*{JOINED})?)\s*(?=[,)])")
# What a translation must keep unchanged.
GAP = re.compile(r"%\([^)]+\)[a-z]|%[a-z%]|\{(?:[a-z_]\w*(?:![rs])?(?::[^}]*)?)?\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
SCRIPT_REMARK = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence of the source language, as gettext knows it."""

    msgid: str
    plural: str = ""
    context: str = ""


def extract_template(text: str) -> Iterator[Message]:
    for call in IN_TEMPLATE.finditer(templatize(text)):
        literals = [str(ast.literal_eval(found)) for found in re.findall(LITERAL, call[2])]
        yield _message(CALLS["gettext" if call[1] == "_" else call[1]], literals)


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
                yield _message(CALLS[name], literals)


def extract_script(text: str) -> Iterator[Message]:
    for call in IN_SCRIPT.finditer(SCRIPT_REMARK.sub("", text)):
        parts = SCRIPT_CALLS[call[1]]
        literals = [_join_literals(found) for found in re.findall(JOINED, call[2])]
        if len(literals) >= len(parts):
            yield _message(parts, literals[: len(parts)])


def _message(parts: Sequence[str], literals: Sequence[str]) -> Message:
    return Message(**dict(zip(parts, literals, strict=True)))


def _string_constants(arguments: Sequence[ast.expr]) -> list[str]:
    values = [one.value for one in arguments if isinstance(one, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def _join_literals(source: str) -> str:
    """Return the value of JavaScript literals joined by `+`; their escapes are Python's too."""
    found = re.findall(LITERAL, source)
    plain = (f'"""{one[1:-1]}"""' if one[0] == "`" else one for one in found)
    return "".join(str(ast.literal_eval(one)) for one in plain)
