"""The source files with translatable sentences, and the catalogue each belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from config.i18n import data_file_strings, extract
from config.i18n.extract import Message

DOMAINS = ("django", "djangojs")
READERS: dict[str, tuple[str, Callable[[str], Iterator[Message]]]] = {
    ".html": ("django", extract.extract_template),
    ".txt": ("django", extract.extract_template),
    ".py": ("django", extract.extract_python),
    ".js": ("djangojs", extract.extract_script),
}
FOLDERS = ("templates", "platform", "static/js")


def find_files(root: Path, only: Iterable[Path] = ()) -> list[Path]:
    """Return every file that may contain a sentence, or those of them under `only`."""
    wanted = [path.resolve() for path in only]
    found = sorted(
        path
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix in READERS and "migrations" not in path.parts
    )
    return [path for path in found if not wanted or any(path.is_relative_to(w) for w in wanted)]


def find_messages(root: Path, domain: str, only: Iterable[Path] = ()) -> dict[Message, list[str]]:
    """Return each sentence of a catalogue with its files, in reading order."""
    found: dict[Message, list[str]] = {}
    for message, place in _read(root, domain, only):
        places = found.setdefault(message, [])
        if place not in places:
            places.append(place)
    several = {(one.msgid, one.context) for one in found if one.plural}
    # gettext finds the singular where it is requested on its own.
    return {
        one: places
        for one, places in found.items()
        if one.plural or (one.msgid, one.context) not in several
    }


def _read(root: Path, domain: str, only: Iterable[Path]) -> Iterator[tuple[Message, str]]:
    for path in find_files(root, only):
        catalogue, reader = READERS[path.suffix]
        if catalogue == domain:
            place = path.relative_to(root).as_posix()
            yield from ((message, place) for message in reader(path.read_text()))
    if not only:
        yield from data_file_strings.find_texts(root, domain)
