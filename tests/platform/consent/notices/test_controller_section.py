"""The last section of each notice: the controller and the days of storage, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import AGE_BANDS, SiteRecord
from accounts.site.site_facts import NO_FACTS, InvalidFact
from consent.legal_profiles import change_requests, profiles
from consent.models import Notice
from consent.notices import controller_section, notices
from consent.notices.site_change import change_site, changes_notices
from consent.permits.errors import Refused
from consent.permits.gate import permit
from consent.stream_groups import GROUPS
from learner.consent.notice_html import notice_html
from tests.fixtures.consent import give_consent
from tests.platform.accounts.site.test_site_facts import FACTS
from tests.platform.consent.notices.test_notice_texts import FORBIDDEN

pytestmark = pytest.mark.django_db
LOCALES = sorted(path.name for path in notices.FOLDER.iterdir())
EVERY = [(locale, group, band) for locale in LOCALES for group in GROUPS for band in AGE_BANDS]


@pytest.fixture(autouse=True)
def _law(settings):
    settings.LEGAL_PROFILE = "eu_private_adult"


def part(group, band, locale, facts=FACTS) -> str | None:
    days = profiles.load_named("eu_private_adult").retention
    return controller_section.write_part(facts, days, group=group, band=band, locale=locale)


@pytest.mark.parametrize(("locale", "group", "band"), EVERY)
def test_every_notice_names_them_and_the_days_of_this_site(locale, group, band):
    text = part(group, band, locale)
    for fact in (FACTS.controller, FACTS.contact, FACTS.officer):
        assert fact in text
    rest = text.replace(FACTS.controller, "")
    numbers = ["365"] if group == "reports" else ["30", "90", "365"]
    assert re.findall(r"\d+", rest) == numbers
    assert text.count("\n## ") == 1
    assert re.findall(FORBIDDEN, rest) == []


def test_each_age_is_spoken_to_in_its_own_words():
    assert len({part("camera", band, "en") for band in AGE_BANDS}) == len(AGE_BANDS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("band", AGE_BANDS)
def test_it_has_as_many_paragraphs_in_each_language_as_in_the_source(locale, band):
    here, source = (controller_section.FOLDER / lang / f"{band}.md" for lang in (locale, "en"))
    gaps = [re.findall(r"\{\w+\}", path.read_text()) for path in (here, source)]
    assert gaps[0] == gaps[1]
    assert here.read_text().count("\n\n") == source.read_text().count("\n\n")


def test_without_an_officer_or_a_profile_their_paragraphs_are_left_out():
    text = part("camera", "adult", "en", replace(FACTS, officer=""))
    assert "officer" not in text
    alone = controller_section.write_part(FACTS, None, group="camera", band="adult", locale="en")
    assert "Days" not in alone
    assert "{" not in alone


@pytest.mark.parametrize(
    "facts", [NO_FACTS, replace(FACTS, controller=""), replace(FACTS, contact="")]
)
def test_without_a_controller_the_notices_have_no_such_section(facts):
    assert part("camera", "adult", "en", facts) == ""


def test_a_language_without_this_part_is_not_published(now, tmp_path, monkeypatch):
    monkeypatch.setattr(controller_section, "FOLDER", tmp_path)
    (tmp_path / "en").mkdir()
    for band in AGE_BANDS:
        (tmp_path / "en" / f"{band}.md").write_text("## Who\n\n{controller}\n")
    change_site(FACTS, by=None, now=now)
    assert set(Notice.objects.values_list("locale", flat=True)) == {"en"}


def test_the_published_text_ends_with_it_and_is_what_the_digest_is_of(now):
    change_site(FACTS, by=None, now=now)
    for notice in Notice.objects.all():
        assert notice.body.endswith(part(notice.group, notice.age_band, notice.locale))
        assert notice.digest == notices.digest_body(notice.body)
        assert notice.version == 1
    assert Notice.objects.count() == len(EVERY)


@pytest.mark.parametrize(
    ("change", "newer"),
    [
        ({"controller": "Southfield Trust"}, True),
        ({"contact": "01234 567"}, True),
        ({"officer": ""}, True),
        ({"name": "Southfield"}, False),
        ({"time_zone": "UTC"}, False),
        ({"languages": ("de",)}, False),
    ],
)
def test_another_controller_contact_or_officer_stops_each_yes_until_it_is_read(
    mia, now, change, newer
):
    change_site(FACTS, by=None, now=now)
    give_consent(mia, "pointer:adapt", now=now, by=mia)
    after = replace(FACTS, **change)
    assert changes_notices(after, now=now) is newer
    change_site(after, by=None, now=now)
    versions = set(Notice.objects.values_list("version", "locale"))
    assert versions == {(n, lang) for n in ((1, 2) if newer else (1,)) for lang in LOCALES}
    if newer:
        with pytest.raises(Refused) as refused:
            permit(mia.code, "pointer:adapt", now=now)
        assert refused.value.code == "stale_notice"
    else:
        assert permit(mia.code, "pointer:adapt", now=now)


def test_other_days_of_storage_make_a_new_version(amir, sara, now):
    change_site(FACTS, by=None, now=now)
    asked = change_requests.request_change(amir, "eu_education", "We are a school.", now=now)
    change_requests.confirm_change(sara, asked.id, now=now)
    newest = notices.current("activity", "adult", now=now)
    assert newest.version == 2
    assert "estimates 30, class summaries 365" in newest.body


def test_a_change_of_the_profile_publishes_nothing_where_no_controller_is_named(amir, sara, now):
    asked = change_requests.request_change(amir, "eu_education", "We are a school.", now=now)
    change_requests.confirm_change(sara, asked.id, now=now)
    assert not Notice.objects.exists()


def test_another_profile_with_the_same_days_publishes_nothing(now):
    wanted = replace(
        profiles.load_named("eu_education"), retention=profiles.current(now=now).retention
    )
    assert not notices.changes_retention(FACTS, profiles.current(now=now), wanted)
    assert notices.changes_retention(
        FACTS, profiles.current(now=now), profiles.load_named("eu_education")
    )
    assert not notices.changes_retention(NO_FACTS, None, profiles.load_named("eu_education"))


def test_a_new_time_zone_publishes_no_text_that_changed_for_another_reason(now, settings):
    change_site(FACTS, by=None, now=now)
    settings.LEGAL_PROFILE = "eu_education"
    assert notices.would_renew(FACTS, now)
    moved = replace(FACTS, time_zone="Asia/Tokyo")
    assert not changes_notices(moved, now=now)
    change_site(moved, by=None, now=now)
    assert set(Notice.objects.values_list("version", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_notices_published_at_once_become_one_version(now):
    change_site(FACTS, by=None, now=now)
    SiteRecord.objects.update(contact="01234 567")
    together, failed = Barrier(6), []

    def publish():
        try:
            together.wait()
            notices.publish(now)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(Notice.objects.values_list("version", flat=True)) == {1, 2}


def test_facts_that_cannot_be_recorded_publish_nothing(now):
    with pytest.raises(InvalidFact):
        change_site(replace(FACTS, time_zone="Narnia"), by=None, now=now)
    assert not Notice.objects.exists()


def test_publishing_again_adds_nothing(now):
    change_site(FACTS, by=None, now=now)
    assert notices.publish(now + timedelta(days=1)) == []


def test_an_address_reads_on_the_page_as_it_was_typed(now):
    typed = replace(FACTS, controller="1. FC_Schule & Co, Gasse 3", contact="a_b_c@school.example")
    change_site(typed, by=None, now=timezone.now())
    html = notice_html(
        Notice.objects.get(group="camera", age_band="child", locale="en", version=1).body
    )
    assert "1. FC_Schule &amp; Co, Gasse 3</p>" in html
    assert "a_b_c@school.example</p>" in html
