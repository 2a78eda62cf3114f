"""What a page says about its own language, and the words that its scripts speak in it."""

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
# What ends a script's element, or begins another, must not stand in one.
UNSAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A language, named by itself."""

    code: str
    tag: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """`tag` and `dir` are the attributes of `<html>`; `words` is empty in the source language."""

    code: str
    tag: str
    dir: str
    words: SafeString
    choices: tuple[Choice, ...]


def language(_request: HttpRequest) -> dict[str, object]:
    """Context processor."""
    return {"page_language": SimpleLazyObject(page_language)}


def page_language() -> PageLanguage:
    code = get_language() or settings.LANGUAGE_CODE
    return PageLanguage(
        code=code,
        tag=tag_of(code),
        dir="rtl" if get_language_bidi() else "ltr",
        words=SafeString("") if code == settings.LANGUAGE_CODE else words(code),
        choices=tuple(
            Choice(one, tag_of(one), name, one == code)
            for one, name in site_facts.current().language_names.items()
        ),
    )


def tag_of(code: str) -> str:
    """As BCP 47 writes it; the source language without its country, as authors of courses do."""
    if code == settings.LANGUAGE_CODE:
        return SOURCE
    return to_locale(code).replace("_", "-")


@cache
def words(code: str) -> SafeString:
    """The catalogue of the scripts, as JSON that is safe inside an element."""
    if code in settings.PSEUDO_LANGUAGES:
        plural, spoken = SOURCE, {key: strange(text) for key, text in of_scripts(SOURCE).items()}
    else:
        plural, spoken = code.split("-")[0], of_scripts(code)
    text = json.dumps({"plural": plural, "words": spoken}, ensure_ascii=False)
    return mark_safe(text.translate(UNSAFE))  # noqa: S308 - our own translations, escaped


def strange(forms: Forms) -> Forms:
    plain = pseudo_locale.Strange(SOURCE).gettext
    return plain(forms) if isinstance(forms, str) else [plain(form) for form in forms]


def of_scripts(code: str) -> dict[str, Forms]:
    """The sentences of the scripts in a language; of the source, those that a translation has."""
    if code == SOURCE:
        return {key: source for key, source, _ in entries("de")}
    return {key: spoken for key, _, spoken in entries(to_locale(code))}


def entries(locale: str) -> list[tuple[str, Forms, Forms]]:
    """Key, source and translation of each sentence in a compiled catalogue of the scripts."""
    file = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "djangojs.mo"
    data = file.read_bytes()
    _magic, _version, count, sources, translations = struct.unpack_from("<5I", data)

    def text(table: int, number: int) -> str:
        length, start = struct.unpack_from("<2I", data, table + 8 * number)
        return data[start : start + length].decode()

    pairs = [(text(sources, one), text(translations, one)) for one in range(count)]
    return [(src.split("\0")[0], forms(src), forms(said)) for src, said in pairs if src]


def forms(text: str) -> Forms:
    found = text.split("\0")
    return found if len(found) > 1 else text
