"""Facts about the site that `manage.py setup` asks for and records."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest
from django.core.management import CommandError

from accounts.models import SiteRecord
from accounts.site import site_facts
from consent.legal_profiles import profiles
from consent.models import Notice
from deployment import site_questions
from tests.platform.accounts.site.test_site_facts import FACTS
from tests.platform.deployment.test_setup import NAMED, OPTIONS, Terminal

pytestmark = pytest.mark.django_db
WAYS = "Select who can create accounts: stewards, invitations, join_links."

ALL = (
    *("--site-name", FACTS.name),
    *NAMED,
    *("--officer", FACTS.officer),
    *("--time-zone", FACTS.time_zone),
    *("--languages", "en-gb, de"),
    *("--new-accounts", "stewards"),
    *("--email-domains", "-"),
)


def test_options_record_facts_and_a_second_run_keeps_the_others(set_up):
    set_up(*OPTIONS, *ALL)
    assert site_facts.load() == FACTS
    set_up("--no-input", *OPTIONS[1:])
    assert site_facts.load() == FACTS
    set_up(*OPTIONS, "--officer", "-", "--time-zone", "UTC")
    assert site_facts.load() == replace(FACTS, officer="", time_zone="UTC")


def test_the_first_notices_name_the_controller_and_another_one_makes_the_next_version(set_up):
    set_up(*OPTIONS, *ALL)
    first = Notice.objects.all()
    assert all(FACTS.controller in notice.body for notice in first)
    assert set(first.values_list("version", flat=True)) == {1}
    set_up(*OPTIONS, "--controller", "Southfield Trust")
    assert set(Notice.objects.values_list("version", flat=True)) == {1, 2}


def test_a_site_without_a_controller_is_told_what_to_do(set_up):
    said = set_up(*OPTIONS)
    assert "missing   Privacy notices  no controller or contact named: give --controller" in said
    assert not site_facts.is_recorded()
    assert "done      Privacy notices" in set_up(*OPTIONS, *NAMED)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("--time-zone", "Europe/Narnia"), "such as Europe/Berlin"),
        (("--languages", "tlh"), "Select at least one of en-gb, de"),
        (("--contact", "<b>"), "without “<”"),
    ],
)
def test_an_option_that_cannot_be_recorded_is_refused_and_no_notice_is_published(
    set_up, wrong, sentence
):
    with pytest.raises(CommandError, match=sentence):
        set_up(*OPTIONS, *wrong)
    assert not Notice.objects.exists()


def test_a_terminal_asks_for_each_fact_until_it_can_be_recorded(set_up, monkeypatch):
    typed = (
        *(FACTS.name, FACTS.controller, FACTS.contact, FACTS.officer),
        *("Narnia", FACTS.time_zone, "", "", "amir", "Amir", ""),
    )
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(typed)))
    said = set_up()
    assert said.count("Enter a time zone such as Europe/Berlin or UTC.") == 1
    assert site_facts.load() == FACTS


def test_a_fact_given_as_an_option_is_not_asked(set_up, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("amir\nAmir\n"))
    said = set_up(*ALL)
    assert not any(question.title in said for question in site_questions.QUESTIONS)
    assert site_facts.load() == FACTS


@pytest.mark.parametrize("question", site_questions.QUESTIONS, ids=lambda each: each.fact)
def test_a_question_is_explained_in_two_sentences_at_most(question):
    assert len(re.findall(r"[.?](?: |$)", question.explanation)) <= 2


def test_the_legal_profile_is_explained_as_its_file_does(set_up, settings):
    settings.LEGAL_PROFILE = "us_k12"
    said = set_up(*OPTIONS)
    assert profiles.load_named("us_k12").summary in said
    settings.LEGAL_PROFILE = "of_nowhere"
    with pytest.raises(CommandError, match="legal profile cannot be read"):
        set_up(*OPTIONS)


@pytest.mark.parametrize("option", ["--controller", "--contact", "--officer", "--site-name"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_option_is_refused_and_erases_nothing(set_up, option, empty):
    set_up(*OPTIONS, *ALL)
    with pytest.raises(CommandError, match=f"Enter a value for {option}"):
        set_up(*OPTIONS, option, empty)
    assert site_facts.load() == FACTS


@pytest.mark.parametrize("option", ["--controller", "--contact", "--time-zone"])
def test_only_the_officer_and_the_domains_can_be_left_empty(set_up, option):
    set_up(*OPTIONS, *ALL)
    with pytest.raises(CommandError, match="Only the data protection officer"):
        set_up(*OPTIONS, option, "-")
    assert site_facts.load() == FACTS


def test_a_terminal_ends_at_once_over_a_wrong_option(set_up, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    with pytest.raises(CommandError, match="such as Europe/Berlin"):
        set_up("--time-zone", "Europe/Narnia")


def test_a_language_that_is_offered_no_more_stops_no_other_change(set_up, now):
    set_up(*OPTIONS, *ALL)
    SiteRecord.objects.update(languages="en-gb,en-xa")
    set_up(*OPTIONS, "--contact", "01234 567")
    assert site_facts.load() == replace(FACTS, contact="01234 567", languages=("en-gb",))


@pytest.mark.parametrize(("typed", "versions"), [("publish", {1, 2}), ("no", {1}), ("", {1})])
def test_a_terminal_publishes_new_notices_after_a_second_answer(
    set_up, monkeypatch, typed, versions
):
    set_up(*OPTIONS, *ALL)
    answers = ["", "", "01234 567", "", "", "", "", typed, "amir@school.example", ""]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(answers)))
    if typed == "publish":
        assert "After 14 days without an answer" in set_up(*OPTIONS[1:])
    else:
        with pytest.raises(CommandError, match="Nothing was changed"):
            set_up(*OPTIONS[1:])
    assert set(Notice.objects.values_list("version", flat=True)) == versions


def test_without_an_answer_only_stewards_make_accounts(set_up):
    set_up(*OPTIONS, *NAMED)
    assert site_facts.load().new_accounts == "stewards"


def test_an_option_says_who_may_create_accounts_and_a_later_run_keeps_it(set_up):
    way = ("--new-accounts", "Join_Links", "--email-domains", "school.example, Lab.example")
    set_up(*OPTIONS, *way)
    set_up(*OPTIONS, "--contact", "01234 567")
    facts = site_facts.load()
    assert facts.new_accounts == "join_links"
    assert facts.email_domains == ("school.example", "lab.example")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("--new-accounts", "everyone"), WAYS),
        (("--new-accounts", "join_links"), "at least one email domain"),
        (("--email-domains", "school"), "Enter domains such as"),
    ],
)
def test_a_wrong_way_to_create_accounts_is_refused(set_up, wrong, sentence):
    with pytest.raises(CommandError, match=sentence):
        set_up(*OPTIONS, *wrong)
    assert not site_facts.is_recorded()


def test_a_terminal_asks_for_domains_only_for_join_links(set_up, monkeypatch):
    """Enter keeps the default; an invalid way is asked for again."""
    typed = ("join", "join_links", "", "school.example", "amir", "Amir", "")
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(typed)))
    said = set_up(*ALL[:-4])
    assert said.count(WAYS) == 1
    assert said.count("Enter at least one email domain for join links.") == 1
    assert site_facts.load().email_domains == ("school.example",)
