"""The error that ends an import: what is wrong with a package, and where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.translatable_message import TranslatableMessage, message

MAX_JSON = 32 * 1024 * 1024


class BrokenPackage(Exception):
    """Names the file, the place in it, what was expected and what was found."""

    def __init__(
        self, file: str, place: str | TranslatableMessage, what: str | TranslatableMessage
    ) -> None:
        super().__init__(file, place, what)
        self.place = place
        self.what = what if isinstance(what, TranslatableMessage) else message(what)
        self.parts = [part for part in (file, place, self.what) if part]

    def __str__(self) -> str:
        """Return the error in the reader's language."""
        return ": ".join(map(str, self.parts))


def load_json(root: Path, name: str) -> Any:
    """Read a JSON file of the package. Raises BrokenPackage."""
    path = root / name
    if not path.is_file() or path.is_symlink():
        raise BrokenPackage(name, "", _("expected this file, found none"))
    if path.stat().st_size > MAX_JSON:
        raise BrokenPackage(name, "", message(_("expected at most {most} bytes"), most=MAX_JSON))
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        for text in _strings_in(found):
            _check_storable(text)
        return found
    except UnicodeDecodeError as error:
        raise BrokenPackage(
            name, message(_("byte {byte}"), byte=error.start), _("expected UTF-8")
        ) from error
    except json.JSONDecodeError as error:
        place = message(_("line {line}, column {column}"), line=error.lineno, column=error.colno)
        raise BrokenPackage(
            name, place, message(_("expected JSON: {problem}"), problem=error.msg)
        ) from error
    except (ValueError, RecursionError) as error:
        raise BrokenPackage(
            name, "", message(_("expected plain JSON: {problem}"), problem=str(error))
        ) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"got the number {name}")


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings_in([*value, *value.values()])
    elif isinstance(value, list):
        for each in value:
            yield from _strings_in(each)


def _check_storable(text: str) -> None:
    """Raise ValueError for text that PostgreSQL cannot store: NUL, and lone surrogates."""
    if "\x00" in text:
        raise ValueError("got the character NUL")
    text.encode()
