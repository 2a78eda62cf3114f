"""Sentences are extracted from templates, Python and scripts."""

from __future__ import annotations

from config.i18n.extract import Message, extract_python, extract_script, extract_template


def test_a_template_gives_labels_sentences_with_gaps_and_plurals():
    text = """{% load i18n %}{% translate "Log in" %}{{ _("Go on") }}
    {% translate "May" context "month" %}{% include "a.html" with go=_("Save") %}
    {% blocktranslate trimmed with n=x %}
      It's <b>{{ n }}</b>
      of 100 %
    {% endblocktranslate %}
    {% blocktranslate count n=n %}one{% plural %}{{ n }} of them{% endblocktranslate %}
    {# {% translate "not this" %} #}"""
    assert list(extract_template(text)) == [
        Message("Log in"),
        Message("Go on"),
        Message("May", context="month"),
        Message("Save"),
        Message("It's <b>%(n)s</b> of 100 %%"),
        Message("one", plural="%(n)s of them"),
    ]


def test_a_module_gives_what_it_translates_under_any_name():
    text = """
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext, pgettext
from other import gettext
_("a" " b"); lazy('c'); ngettext("one", "{n}", n); pgettext("x", "d"); translation.gettext("e")
gettext("not this"); _(name); _(f"not {this}"); print("nor this")
"""
    assert set(extract_python(text)) == {
        Message("a b"),
        Message("c"),
        Message("one", plural="{n}"),
        Message("d", context="x"),
        Message("e"),
    }


def test_a_script_gives_what_it_says_in_any_quotes_and_over_lines():
    text = """
// t("not this")
const NAMES = { a: t("Pointer"), b: t('It\\'s “on”') };
say(t("One " +
  "sentence", { n }), tn("{n} part", "{n} parts", n, { a: f(1) }), t(`plain`),
  at("nor this"), t(name));
"""
    assert list(extract_script(text)) == [
        Message("Pointer"),
        Message("It's “on”"),
        Message("One sentence"),
        Message("{n} part", plural="{n} parts"),
        Message("plain"),
    ]
