"""Names of uploaded files, as they can be saved on any computer."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

# Of at most 255 bytes that most file systems allow: a letter has up to four.
LONGEST_NAME: Final = 200
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
    stem = f"_{stem}" if stem.lower().partition(".")[0].rstrip() in _DEVICES else stem
    cut = stem.encode()[: LONGEST_NAME - len(suffix)].decode(errors="ignore")
    return cut.rstrip(". ") + suffix


def number_name(number: int, name: str) -> str:
    """Return a name that says nothing of its owner, with the suffix of the file."""
    return _("File {number}").format(number=number) + PurePosixPath(name).suffix


def _bare(name: str) -> str:
    """Return the name alone; characters that show nothing or reverse the text are left out."""
    last = name.replace("\\", "/").rpartition("/")[2]
    letters = unicodedata.normalize("NFC", last)
    shown = "".join(each for each in letters if unicodedata.category(each)[0] not in "C")
    return " ".join("".join("_" if each in _RESERVED else each for each in shown).split())
