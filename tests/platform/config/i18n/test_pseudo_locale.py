"""The generated languages: longer, marked at both ends, with intact placeholders and markup."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from config.i18n.pseudo_locale import make_pseudo


@pytest.mark.parametrize(
    "kept",
    ["%(name)s", "%s", "100 %%", "{n}", "{n:.1f}", '<a href="/x/?a=b">', "&nbsp;", "&#8211;"],
)
def test_gaps_tags_and_entities_stay_whole(kept):
    assert kept in make_pseudo(f"You have {kept} of them")


def test_a_sentence_is_marked_longer_and_still_readable():
    said = make_pseudo("Nothing here yet")
    assert said == "[Ñöţĥîñĝ ĥéŕé ýéţ·····]"


def test_it_translates_djangos_own_texts_with_plurals_and_contexts(strange_languages):
    with translation.override("en-xa"):
        assert gettext("January") == "[Ĵåñûåŕý··]"
        assert pgettext("alt. month", "May") == "[Ṁåý·]"
        assert ngettext("a", "b", 1) == "[å]"
        assert ngettext("a", "b", 2) == "[ƀ]"
        assert gettext("") == ""
        assert gettext(" , then ") == " [, ţĥéñ··] "


def test_one_of_them_reads_from_right_to_left():
    with translation.override("ar-xb"):
        assert translation.get_language_bidi()
    with translation.override("en-xa"):
        assert not translation.get_language_bidi()
