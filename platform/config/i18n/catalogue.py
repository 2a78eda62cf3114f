"""A catalogue of translations: brought up to date with the sources, judged, compiled.

For those who translate; a running site reads the compiled files alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polib

from config.i18n.extract import GAP, TAG, Message

HEAD = {
    "Project-Id-Version": "Attune",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
WIDTH = 100

Sources = Mapping[Message, Iterable[str]]


def empty(language: str = "") -> polib.POFile:
    made = polib.POFile(wrapwidth=WIDTH)
    made.metadata = HEAD | ({"Language": language} if language else {})
    return made


def read(file: Path) -> polib.POFile:
    return polib.pofile(str(file), wrapwidth=WIDTH, encoding="utf-8")


def key(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def template(sources: Sources) -> polib.POFile:
    """The sentences without translations."""
    made = empty()
    for message, places in sources.items():
        made.append(_entry(message, places))
    return made


def merged(old: polib.POFile, sources: Sources, taken: Iterable[polib.POFile] = ()) -> polib.POFile:
    """The sentences of the sources, translated as in `old`, or else by whoever brings it first."""
    known: dict[tuple[str, str], polib.POEntry] = {}
    for catalogue in (old, *taken):
        for entry in catalogue:
            if entry.translated() and not entry.obsolete:
                known.setdefault((entry.msgid, entry.msgctxt or ""), entry)
    made = empty(str(old.metadata.get("Language", "")))
    made.metadata |= {"Plural-Forms": old.metadata.get("Plural-Forms", HEAD["Plural-Forms"])}
    for message, places in sources.items():
        entry = _entry(message, places)
        _translate(entry, known.get((message.msgid, message.context)))
        made.append(entry)
    return made


def _entry(message: Message, places: Iterable[str]) -> polib.POEntry:
    return polib.POEntry(
        msgid=message.msgid,
        msgid_plural=message.plural,
        msgctxt=message.context or None,
        msgstr_plural={0: "", 1: ""} if message.plural else {},
        occurrences=[(place, "") for place in places],
    )


def _translate(entry: polib.POEntry, known: polib.POEntry | None) -> None:
    if known is None or bool(known.msgid_plural) != bool(entry.msgid_plural):
        return
    entry.msgstr, entry.msgstr_plural = known.msgstr, known.msgstr_plural
    entry.flags = [flag for flag in known.flags if flag == "fuzzy"]


def faults(catalogue: polib.POFile, sources: Sources) -> Iterator[str]:
    """What is wrong with a catalogue, one sentence each."""
    held = {key(entry): entry for entry in catalogue if not entry.obsolete}
    yield from (f"missing: {message.msgid!r}" for message in sources if message not in held)
    yield from (f"stale: {message.msgid!r}" for message in held if message not in sources)
    for message, entry in held.items():
        if "fuzzy" in entry.flags:
            yield f"fuzzy: {message.msgid!r}"
        yield from (f"{what}: {message.msgid!r}" for what in _wrong(message, entry))


def _wrong(message: Message, entry: polib.POEntry) -> Iterator[str]:
    forms = list(entry.msgstr_plural.values()) if message.plural else [entry.msgstr]
    for number, form in enumerate(forms):
        if not form:
            yield "empty"
        elif not _whole(message, form, single=bool(message.plural) and number == 0):
            yield f"placeholders or markup differ in {form!r}"
        elif _ends(form) != _ends(message.msgid):
            yield f"blanks at the ends differ in {form!r}"


def _whole(message: Message, form: str, *, single: bool) -> bool:
    """Return whether a form keeps the placeholders and tags; of one thing the number may go unsaid."""
    wanted, found = parts(message.plural or message.msgid), parts(form)
    if single:
        return found in (parts(message.msgid), wanted) or found <= wanted
    return found == wanted


def parts(text: str) -> Counter[str]:
    return Counter(GAP.findall(text) + TAG.findall(text))


def _ends(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def compiled(catalogue: polib.POFile) -> bytes:
    """The file that gettext reads; the same for the same translations."""
    return bytes(catalogue.to_binary())
