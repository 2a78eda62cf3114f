"""Where the sentences of the site stand, and which catalogue each goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from config.i18n import data_file_strings, extract
from config.i18n.extract import Message

DOMAINS = ("django", "djangojs")
READERS: dict[str, tuple[str, Callable[[str], Iterator[Message]]]] = {
    ".html": ("django", extract.of_template),
    ".txt": ("django", extract.of_template),
    ".py": ("django", extract.of_python),
    ".js": ("djangojs", extract.of_script),
}
FOLDERS = ("templates", "platform", "static/js")


def files(root: Path, only: Iterable[Path] = ()) -> list[Path]:
    """Every file that may hold a sentence, or those of them under `only`."""
    wanted = [path.resolve() for path in only]
    found = sorted(
        path
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix in READERS and "migrations" not in path.parts
    )
    return [path for path in found if not wanted or any(path.is_relative_to(w) for w in wanted)]


def messages(root: Path, domain: str, only: Iterable[Path] = ()) -> dict[Message, list[str]]:
    """Each sentence of a catalogue with the files it stands in, in the order they are read."""
    found: dict[Message, list[str]] = {}
    for message, place in _read(root, domain, only):
        places = found.setdefault(message, [])
        if place not in places:
            places.append(place)
    several = {(one.msgid, one.context) for one in found if one.plural}
    # gettext finds the form for one thing where it is asked for that alone.
    return {
        one: places
        for one, places in found.items()
        if one.plural or (one.msgid, one.context) not in several
    }


def _read(root: Path, domain: str, only: Iterable[Path]) -> Iterator[tuple[Message, str]]:
    for path in files(root, only):
        of, reader = READERS[path.suffix]
        if of == domain:
            place = path.relative_to(root).as_posix()
            yield from ((message, place) for message in reader(path.read_text()))
    if domain == "django" and not only:
        yield from ((Message(text), place) for text, place in data_file_strings.texts(root))
