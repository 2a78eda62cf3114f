"""Every catalogue has every sentence of the site; needs no GNU gettext."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from config.i18n import catalogue, source_files
from config.management.commands.translations import find_catalogues

ROOT = Path(__file__).resolve().parents[3]
CATALOGUES = list(find_catalogues())
# A call that begins with a literal and continues with a non-literal.
UNREAD = re.compile(r"""(?<![\w.$])tn?\(\s*(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)\s*\+\s*[^\s"'`]""")

FOR_LEARNERS = re.compile(
    r"(platform|templates)/learner/(?!consent/(guardian|ward)\.html)"
    r"|platform/courses/(answer_files|question_types|picture_)"
)
FORMAL = re.compile(r"\w+en Sie\b|\b(als|dass|wenn|für|an) Sie\b|\bIhr(e[mnrs]?)?\b")


def named(of):
    return f"{of[1].parts[-3]}-{of[0]}"


@pytest.mark.parametrize("of", CATALOGUES, ids=named)
def test_a_catalogue_is_complete(of):
    domain, file = of
    assert (
        list(
            catalogue.find_catalogue_faults(
                catalogue.read_catalogue(file), source_files.find_messages(ROOT, domain)
            )
        )
        == []
    )


def test_learners_are_addressed_as_du_in_german():
    """Authors and guardians read "Sie"; sentences for learners and authors address neither."""
    (file,) = [file for domain, file in CATALOGUES if domain == "django" and "de" in file.parts]
    formal = [
        entry.msgid
        for entry in polib.pofile(str(file))
        if any(FOR_LEARNERS.match(place) for place, _line in entry.occurrences)
        and FORMAL.search(" ".join([entry.msgstr, *entry.msgstr_plural.values()]))
    ]
    assert formal == []


@pytest.mark.parametrize("of", CATALOGUES, ids=named)
def test_compiled_catalogues_are_up_to_date(of):
    _, file = of
    written = {
        (one.msgid, one.msgctxt): one.msgstr or one.msgstr_plural
        for one in catalogue.read_catalogue(file)
    }
    compiled = {
        (one.msgid, one.msgctxt): one.msgstr or one.msgstr_plural
        for one in polib.mofile(str(file.with_suffix(".mo")))
    }
    assert compiled == written


def test_every_language_offered_has_its_catalogues():
    made = {file.parts[-3] for _, file in CATALOGUES}
    assert {"en-gb", *made} == {code for code, _ in settings.LANGUAGES}


def test_no_script_concatenates_sentences():
    glued = {
        path.name: found
        for path in source_files.find_files(ROOT)
        if path.suffix == ".js" and (found := UNREAD.findall(path.read_text()))
    }
    assert glued == {}
