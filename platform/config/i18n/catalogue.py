"""Translation catalogues: updated from the sources, checked, compiled.

For translators; a running site reads only the compiled files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polib

from config.i18n.extract import Message
from config.i18n.placeholders import count_markup

HEAD = {
    "Project-Id-Version": "Attune",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
WIDTH = 100

Sources = Mapping[Message, Iterable[str]]


def make_empty(language: str = "") -> polib.POFile:
    made = polib.POFile(wrapwidth=WIDTH)
    made.metadata = HEAD | ({"Language": language} if language else {})
    return made


def read_catalogue(file: Path) -> polib.POFile:
    return polib.pofile(str(file), wrapwidth=WIDTH, encoding="utf-8")


def message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def make_template(sources: Sources) -> polib.POFile:
    """Return the sentences without translations."""
    made = make_empty()
    for message, places in sources.items():
        made.append(_entry(message, places))
    return made


def merge_catalogue(
    old: polib.POFile, sources: Sources, taken: Iterable[polib.POFile] = ()
) -> polib.POFile:
    """Return the sources' sentences, translated as in `old`, or else as in the first of `taken`."""
    known: dict[tuple[str, str], polib.POEntry] = {}
    for catalogue in (old, *taken):
        for entry in catalogue:
            if entry.translated() and not entry.obsolete:
                known.setdefault((entry.msgid, entry.msgctxt or ""), entry)
    made = make_empty(str(old.metadata.get("Language", "")))
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


def find_catalogue_faults(catalogue: polib.POFile, sources: Sources) -> Iterator[str]:
    """Yield what is wrong with a catalogue, one sentence each."""
    present = {message_of(entry): entry for entry in catalogue if not entry.obsolete}
    yield from (f"missing: {message.msgid!r}" for message in sources if message not in present)
    yield from (f"stale: {message.msgid!r}" for message in present if message not in sources)
    for message, entry in present.items():
        if "fuzzy" in entry.flags:
            yield f"fuzzy: {message.msgid!r}"
        yield from (f"{what}: {message.msgid!r}" for what in _find_faults(message, entry))


def _find_faults(message: Message, entry: polib.POEntry) -> Iterator[str]:
    forms = list(entry.msgstr_plural.values()) if message.plural else [entry.msgstr]
    for number, form in enumerate(forms):
        if not form:
            yield "empty"
        elif not _keeps_markup(message, form, single=bool(message.plural) and number == 0):
            yield f"placeholders or markup differ in {form!r}"
        elif _has_outer_spaces(form) != _has_outer_spaces(message.msgid):
            yield f"blanks at the ends differ in {form!r}"


def _keeps_markup(message: Message, form: str, *, single: bool) -> bool:
    """Return whether a form keeps the placeholders and tags; a singular may omit the number."""
    wanted, found = count_markup(message.plural or message.msgid), count_markup(form)
    if single:
        return found in (count_markup(message.msgid), wanted) or found <= wanted
    return found == wanted


def _has_outer_spaces(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def compile_catalogue(catalogue: polib.POFile) -> bytes:
    """Return the file that gettext reads; identical for identical translations."""
    return bytes(catalogue.to_binary())
