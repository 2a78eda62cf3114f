"""Translate messages about unsupported content; rows store them in English."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

BLOCK: Final = _("<{name}> block")
CONTAINER: Final = _("<{name}> (its content is kept)")
IN_A_TEXT: Final = _("<{name}> in a text")
QUESTION_TYPE: Final = _("question of the type {name}")
CONTENT_TYPE: Final = _("H5P content of the type {name}")
FILE: Final = _("file in {name}/")
OF_A_TEST: Final = _("{name} of a test")
DOWNLOAD: Final = _("{name} file to download")
CODEC: Final = _(
    "video encoded as {name}, which many browsers cannot play (export it as MP4 with H.264)"
)
POINTS: Final = _("points of a question (a question has 0.01 to 1000 points; this one has one)")
ROUNDED_POINTS: Final = _("points of a question with more than two decimal places (rounded)")
TYPING_ERRORS: Final = _("typing errors that a blank accepts")
RANDOM_ORDER: Final = _("choices in random order (here they keep the order of the file)")
_LONGEST_NAME = 40
_NAMED: Final = {
    shape: re.compile(re.escape(shape).replace(r"\{name\}", "(.+)"))
    for shape in (
        BLOCK,
        CONTAINER,
        IN_A_TEXT,
        QUESTION_TYPE,
        CONTENT_TYPE,
        FILE,
        OF_A_TEST,
        DOWNLOAD,
        CODEC,
    )
}


def shorten_name(name: str) -> str:
    """Return a name from a file, which may be of any length, for a message."""
    return name[:_LONGEST_NAME] or "?"


def translate_message(what: str) -> str:
    """Translate a message; one with a name in it is recognised by its pattern."""
    for shape, pattern in _NAMED.items():
        if match := pattern.fullmatch(what):
            return gettext(shape).format(name=match[1])
    return gettext(what)
