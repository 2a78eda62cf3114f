"""Looking for a text or for bytes in every file of a folder, in each form a leak may take."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Needles = Mapping[str, bytes]


@dataclass(frozen=True)
class Hit:
    file: str
    form: str


def text_needles(text: str) -> Needles:
    """A text as written, lower and upper, in UTF-8, UTF-16, hex and base64."""
    found: dict[str, bytes] = {}
    for case, written in (("", text), (" lower", text.lower()), (" upper", text.upper())):
        found[f"utf-8{case}"] = written.encode()
        found[f"utf-16-le{case}"] = written.encode("utf-16-le")
        found[f"utf-16-be{case}"] = written.encode("utf-16-be")
        found.update({f"{form}{case}": n for form, n in encoded(written.encode()).items()})
    return found


def byte_needles(plain: bytes) -> Needles:
    """Bytes as they are, in hex and in base64."""
    return {"raw": plain, **encoded(plain)}


def encoded(plain: bytes) -> Needles:
    found = {"hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for shift in range(3):
        # Inside a longer value the text may begin at any of three places of a base64 group.
        whole = base64.b64encode(bytes(shift) + plain)
        found[f"base64 at {shift}"] = whole[-(-shift * 8 // 6) :].rstrip(b"=")[:-1]
    return found


def scan(needles: Needles, *folders: Path) -> set[Hit]:
    """Which needle lies in which file."""
    return {
        Hit(str(path), form)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
        for form in _forms_in(path, needles)
    }


def _forms_in(path: Path, needles: Needles) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    yield from (form for form, needle in needles.items() if needle in content)
