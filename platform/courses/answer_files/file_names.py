"""Names of uploaded files, as they can be saved on any computer."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final

LONGEST_NAME: Final = 100
_RESERVED: Final = '<>:"|?*'
# Names that Windows does not open as files.
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


def suffix_of(name: str) -> str:
    """Return the suffix of a name with its full stop, or ""."""
    return PurePosixPath(_bare(name)).suffix


def clean_name(name: str, suffix: str) -> str:
    """Return a name without folder and control characters that ends with `suffix`."""
    bare = _bare(name)
    own = PurePosixPath(bare).suffix
    same = own.lower() == suffix or {own.lower(), suffix} == {".jpeg", ".jpg"}
    # Of source code that could be run, the name says what it was: page.html.txt.
    stem = bare if suffix == ".txt" and not same else bare.removesuffix(own)
    stem = stem.strip(". ") or "file"
    stem = f"_{stem}" if stem.lower() in _DEVICES else stem
    return stem[: LONGEST_NAME - len(suffix)].rstrip(". ") + suffix


def _bare(name: str) -> str:
    """Return the name alone; characters that show nothing or reverse the text are left out."""
    last = name.replace("\\", "/").rpartition("/")[2]
    letters = unicodedata.normalize("NFC", last)
    shown = "".join(each for each in letters if unicodedata.category(each)[0] not in "C")
    return " ".join("".join("_" if each in _RESERVED else each for each in shown).split())
