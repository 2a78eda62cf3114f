"""One version of a text in several languages: none is newer, and a consent is to the version."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import translation

from consent.grants import grants
from consent.models import Grant, Notice
from consent.notices import notices
from consent.permits.errors import Refused
from consent.permits.gate import permit
from tests.fixtures.consent import give_consent

pytestmark = pytest.mark.django_db
NAME = "hands.adult"


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def texts(tmp_path):
    """A folder of texts in the source language; `german()` adds German ones."""
    (tmp_path / "en").mkdir()
    for path in (notices.FOLDER / "en").iterdir():
        (tmp_path / "en" / path.name).write_text(path.read_text())
    return tmp_path


def german(folder, more="") -> None:
    """Write German texts, translated from the current source texts; `more` changes one."""
    (folder / "de").mkdir(exist_ok=True)
    made_from = {}
    for path in (folder / "en").iterdir():
        made_from[path.stem] = notices.digest_body(path.read_text())
        body = f"# Deutsch: {path.stem}\n{more if path.stem == NAME else ''}"
        (folder / "de" / path.name).write_text(body)
    (folder / "de" / notices.MADE_FROM).write_text(json.dumps(made_from))


def reword(folder) -> None:
    path = folder / "en" / f"{NAME}.md"
    path.write_text(path.read_text() + "\nOne more line.\n")


def versions() -> set[tuple[str, int]]:
    rows = Notice.objects.filter(group="hands", age_band="adult")
    return set(rows.values_list("locale", "version"))


def spoken(language, now) -> Notice:
    notice = notices.current("hands", "adult", now=now)
    assert notice is not None
    with translation.override(language):
        return notices.translate_notice(notice)


def test_a_language_that_comes_later_joins_the_version_and_is_no_newer_text(mia, now, texts):
    notices.publish(now, folder=texts)
    give_consent(mia, "pointer:adapt", now=now, by=mia)
    german(texts)
    assert len(notices.publish(now, folder=texts)) == 18
    assert versions() == {("en", 1), ("de", 1)}
    assert permit(mia.code, "pointer:adapt", now=now)
    assert notices.publish(now, folder=texts) == []


def test_a_change_of_the_source_stops_a_yes_that_was_given_in_another_language(mia, now, texts):
    german(texts)
    notices.publish(now, folder=texts)
    with translation.override("de"):
        give_consent(mia, "pointer:adapt", now=now, by=mia)
    reword(texts)
    notices.publish(now, folder=texts)
    with pytest.raises(Refused) as refused:
        permit(mia.code, "pointer:adapt", now=now)
    assert refused.value.code == "stale_notice"


def test_a_change_of_a_translation_is_a_new_version_in_every_language(mia, now, texts):
    german(texts)
    notices.publish(now, folder=texts)
    give_consent(mia, "pointer:adapt", now=now, by=mia)
    german(texts, more="Ein Satz mehr.")
    notices.publish(now, folder=texts)
    assert versions() == {("en", 1), ("de", 1), ("en", 2), ("de", 2)}
    with pytest.raises(Refused):
        permit(mia.code, "pointer:adapt", now=now)


def test_a_translation_of_an_older_text_is_not_shown(now, texts):
    german(texts)
    notices.publish(now, folder=texts)
    assert spoken("de", now).body == f"# Deutsch: {NAME}\n"
    reword(texts)
    notices.publish(now, folder=texts)
    assert (spoken("de", now).locale, spoken("de", now).version) == ("en", 2)


@pytest.mark.parametrize(("language", "locale"), [("en-gb", "en"), ("de", "de"), ("ar-xb", "en")])
def test_without_a_translation_the_source_is_shown(now, texts, language, locale):
    german(texts)
    notices.publish(now, folder=texts)
    assert spoken(language, now).locale == locale


def test_a_yes_is_to_the_version_and_never_to_a_translation(mia, now, texts):
    german(texts)
    notices.publish(now, folder=texts)
    notice = spoken("de", now)
    with pytest.raises(Refused) as refused:
        grants.grant(mia.code, ["pointer:adapt"], notice=notice, now=now, actor=mia.code)
    assert refused.value.code == "stale_notice"
    assert not Grant.objects.filter(live=True).exists()


def test_a_text_in_force_later_is_read_later_in_every_language(now, texts):
    german(texts)
    notices.publish(now, folder=texts)
    reword(texts)
    german(texts)
    notices.publish(now + timedelta(days=1), folder=texts)
    assert spoken("de", now).version == 1
    assert spoken("de", now + timedelta(days=1)).version == 2
