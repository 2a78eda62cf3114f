"""A page's language attributes, and the translations that its scripts need."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, to_locale

from accounts.site import site_facts
from config.i18n import pseudo_locale

SOURCE = "en"
Forms = str | list[str]
# Characters that could end a script element or begin another one.
UNSAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A language, by its own name."""

    code: str
    tag: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """`tag` and `dir` are attributes of `<html>`; `words` is empty in the source language."""

    code: str
    tag: str
    dir: str
    words: SafeString
    choices: tuple[LanguageChoice, ...]


def language(_request: HttpRequest) -> dict[str, object]:
    """Context processor: `page_language`."""
    return {"page_language": SimpleLazyObject(page_language)}


def page_language() -> PageLanguage:
    code = get_language() or settings.LANGUAGE_CODE
    return PageLanguage(
        code=code,
        tag=tag_of(code),
        dir="rtl" if get_language_bidi() else "ltr",
        words=SafeString("") if code == settings.LANGUAGE_CODE else script_words(code),
        choices=tuple(
            LanguageChoice(one, tag_of(one), name, one == code)
            for one, name in site_facts.current().language_names.items()
        ),
    )


def tag_of(code: str) -> str:
    """Return the BCP 47 tag; for the source language without country, as in course languages."""
    if code == settings.LANGUAGE_CODE:
        return SOURCE
    return to_locale(code).replace("_", "-")


@cache
def script_words(code: str) -> SafeString:
    """Return the scripts' translations as JSON that is safe inside an element."""
    if code in settings.PSEUDO_LANGUAGES:
        plural, translated = (
            SOURCE,
            {key: make_pseudo(text) for key, text in script_sentences(SOURCE).items()},
        )
    else:
        plural, translated = code.split("-")[0], script_sentences(code)
    text = json.dumps({"plural": plural, "words": translated}, ensure_ascii=False)
    return mark_safe(text.translate(UNSAFE))  # noqa: S308 - our own translations, escaped


def make_pseudo(forms: Forms) -> Forms:
    plain = pseudo_locale.PseudoTranslations(SOURCE).gettext
    return plain(forms) if isinstance(forms, str) else [plain(form) for form in forms]


def script_sentences(code: str) -> dict[str, Forms]:
    """Return the scripts' sentences in a language; for the source, those with a translation."""
    if code == SOURCE:
        return {key: source for key, source, _ in read_entries("de")}
    return {key: translated for key, _, translated in read_entries(to_locale(code))}


def read_entries(locale: str) -> list[tuple[str, Forms, Forms]]:
    """Return key, source and translation of each sentence in the scripts' compiled catalogue."""
    file = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "djangojs.mo"
    data = file.read_bytes()
    _magic, _version, count, sources, translations = struct.unpack_from("<5I", data)

    def text(table: int, number: int) -> str:
        length, start = struct.unpack_from("<2I", data, table + 8 * number)
        return data[start : start + length].decode()

    pairs = [(text(sources, one), text(translations, one)) for one in range(count)]
    return [
        (src.split("\0")[0], split_forms(src), split_forms(translation))
        for src, translation in pairs
        if src
    ]


def split_forms(text: str) -> Forms:
    found = text.split("\0")
    return found if len(found) > 1 else text
