"""Each sentence of a page that promises something is registered with a fact of the code.

Each fact is checked: limits, URLs, columns, or the existence of its test.
"""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import timedelta

import pytest

import data_inventory
from consent.grants import grant_expiry
from data_inventory import LINK, SEALED
from discussion import erasure
from discussion.moderation.post_reports import PostReport
from estimates.models import share
from lti.account_links import pending_launch
from privacy import recent_deletion
from privacy.subject_requests import requests
from stewardship.consent_register import PersonConsents
from stewardship.people.imports import requests as imports_requests
from stewardship.people.search.models import KEPT_FOR
from tests.site.pages.test_permission_matrix import TABLE
from tests.site.promises import promise_sentences
from tests.site.promises.promise_sentences import (
    GERMAN,
    NO_PROMISE,
    NOTICES,
    OF_NOTICES,
    PROMISES,
    ROOT,
)
from tests.site.source.test_no_outbound_calls import names

JS = ROOT / "static" / "js"
REGISTERED = {sentence for known in PROMISES.values() for sentence in known}
IN_NOTICES = {sentence for known in OF_NOTICES.values() for sentence in known}


def proved(file: str, *tests: str) -> None:
    """Check that each of these tests exists; the suite runs it."""
    tree = ast.parse((ROOT / "tests" / file).read_text())
    there = {getattr(node, "name", "") for node in ast.walk(tree)}
    assert there.issuperset(tests), set(tests) - there


def only(person: str, *addresses: str) -> None:
    """Check that of the cast only this person may open these URLs."""
    for address in addresses:
        rows = [row for (_, known), row in TABLE.items() if known == address]
        assert rows, address
        for row in rows:
            assert [name for name, word in row.items() if word == "in"] == [person], address


def columns_of(label: str) -> dict[str, object]:
    (holding,) = (each for each in data_inventory.all() if each.label == label)
    return dict(holding.columns)


def importers(module: str) -> set[str]:
    """Return the files of the site that import a module."""
    files = (ROOT / "platform").rglob("*.py")
    return {str(f.relative_to(ROOT / "platform")) for f in files if module in names(f.read_text())}


# --- the facts ---


def shares():
    assert timedelta(days=7) == share.LONGEST
    proved(
        "platform/estimates/test_share_access.py",
        "test_a_yes_opens_it_for_seven_days_and_not_a_moment_longer",
        "test_only_a_profile_that_allows_shares_has_any",
        "test_without_class_sharing_there_is_nothing_to_give",
    )
    proved(
        "platform/teaching/learners/test_views.py",
        "test_a_declined_request_looks_like_an_unanswered_one",
    )
    proved(
        "site/promises/test_learner_sees_estimates_first.py",
        "test_every_path_to_a_teacher_is_driven",
    )


def invitations():
    """An address with an account gets the same as one without; the Teacher sees the same page."""
    proved(
        "platform/teaching/enrolment/test_invitation_views.py",
        "test_known_and_unknown_addresses_get_the_same_answer_work_and_mail",
    )


def guardians():
    for address in ("/journey/", "/api/v1/me/estimates/", "/journey/guesses/<uuid:id>/why/"):
        assert {row["greta"] for (_, known), row in TABLE.items() if known == address} == {"404"}
    proved(
        "platform/learner/consent/test_guardian_views.py",
        "test_greta_sees_no_activity_of_noah",
    )


def looks():
    """Views of grades are not logged, and the page says so."""
    proved(
        "platform/teaching/grades/test_grades.py",
        "test_looking_at_grades_leaves_no_leaf_and_asks_for_no_share",
    )
    proved(
        "platform/learner/privacy/test_access_log_views.py",
        "test_each_opened_view_of_a_person_is_exactly_one_leaf",
        "test_a_steward_who_opens_a_person_is_one_line_by_role_and_not_by_name",
        "test_a_page_about_many_people_logs_no_access",
    )
    proved(
        "platform/teaching/learners/test_views.py",
        "test_each_look_is_one_leaf_and_one_line_of_the_learners_page",
    )
    proved(
        "platform/research/labels/test_labels.py",
        "test_each_view_is_audited_about_its_learner",
    )


def research():
    proved(
        "platform/research/snapshots/test_bids_export.py",
        "test_nothing_in_it_identifies_a_person_a_place_or_this_site",
        "test_each_export_is_a_leaf_and_one_about_each_person_in_it",
    )
    proved(
        "platform/research/labels/test_labels.py",
        "test_after_a_withdrawal_a_moment_is_hidden_and_its_labels_deleted",
    )
    proved(
        "platform/privacy/export/test_lrs_delivery.py",
        "test_statements_are_sent_once_without_text_or_name",
    )


def numbers():
    captures = re.compile(r"MediaRecorder|toDataURL|toBlob|captureStream|AudioContext|audio: true")
    # It draws a chart's own file, and has no sensor's picture.
    chart = JS / "controllers/page/chart_export_controller.js"
    assert not re.search("video|camera|sensing|getUserMedia", chart.read_text())
    for path in {*JS.rglob("*.js")} - {chart}:
        assert not captures.search(path.read_text()), path
    (camera,) = [p for p in JS.rglob("*.js") if "getUserMedia(" in p.read_text()]
    assert "getUserMedia(WISH)" in camera.read_text()
    assert re.search(r"const WISH = \{ video: .*, audio: false \};", camera.read_text())


def camera_setup():
    source = (JS / "lib" / "sensing" / "camera_setup.js").read_text()
    assert "localStorage" not in source
    assert "sessionStorage" in source
    assert not re.search(r"fetch|send|socket", source.partition("*/")[2])
    assert "drop(" in (JS / "lib" / "sensing" / "withdraw_consent.js").read_text()


def browser_preferences():
    page = (JS / "lib" / "dom.js").read_text()
    assert "localStorage" in page
    kept = set(columns_of("accounts.User"))
    assert kept.isdisjoint({"theme", "motion", "keys", "single_keys"})
    assert "localStorage" in (JS / "lib" / "session" / "own_storage.js").read_text()
    assert "own_storage" in (JS / "lib" / "session" / "sign_out.js").read_text()


def lists_of_people():
    assert timedelta(hours=24) == imports_requests.PREVIEW_FOR
    proved(
        "platform/stewardship/people/imports/test_views.py",
        "test_the_key_is_destroyed_and_the_rows_are_deleted",
    )


def searches_of_people():
    assert timedelta(hours=1) == KEPT_FOR
    proved(
        "platform/stewardship/people/search/test_search.py",
        "test_a_search_lives_for_an_hour",
        "test_a_newer_search_replaces_the_running_one",
    )


def ten_minutes():
    assert timedelta(minutes=10) == recent_deletion.LAST
    proved(
        "platform/privacy/test_recent_deletion.py",
        "test_only_the_last_ten_minutes_become_unreadable",
    )


def erased():
    proved(
        "site/promises/test_canary.py",
        "test_no_data_of_a_learner_is_in_clear_before_or_after_their_erasure",
    )
    proved(
        "platform/privacy/erasure/test_erasure_completion.py",
        "test_an_erasure_is_certified_with_no_byte_left",
    )
    proved(
        "platform/estimates/test_share_access.py",
        "test_a_profile_without_shares_ends_them_for_good",
    )


def pauses():
    proved(
        "platform/research/snapshots/test_snapshot_reader.py",
        "test_a_paused_person_is_left_out_and_comes_back",
    )
    proved(
        "platform/estimates/test_share_access.py",
        "test_a_pause_holds_it_back_and_the_learner_can_still_end_it",
    )
    proved(
        "platform/privacy/export/test_lrs_delivery.py",
        "test_records_of_paused_learners_are_not_sent",
    )
    proved(
        "platform/privacy/subject_requests/test_requests.py",
        "test_only_the_person_lifts_a_restriction",
    )
    proved(
        "platform/privacy/export/test_export.py",
        "test_restrictions_and_expired_grants_do_not_limit_the_export",
    )


def changed_texts():
    assert timedelta(days=14) == grant_expiry.GRACE
    proved(
        "platform/privacy/retention/test_expired_grants.py",
        "test_a_changed_notice_stops_at_once_and_ends_after_the_grace",
    )


def posts():
    assert timedelta(minutes=10) == erasure.UNDO_WITHIN
    proved(
        "platform/discussion/threads/test_threads.py",
        "test_a_deleted_post_can_be_restored_for_ten_minutes",
    )


def announcements():
    proved(
        "platform/discussion/announcements/test_announcements.py",
        "test_only_its_teachers_write_and_only_its_author_edits",
        "test_withdrawn_is_gone_and_can_be_undone_for_ten_minutes",
    )


def messages():
    proved(
        "platform/messaging/test_learner_views.py",
        "test_a_thread_is_nobody_elses",
    )
    proved(
        "platform/messaging/test_teacher_views.py",
        "test_a_message_reaches_each_learner_alone",
        "test_a_template_holds_no_name_and_is_ones_own",
    )


def hidden():
    proved(
        "platform/discussion/threads/test_titles.py",
        "test_the_title_of_a_hidden_post_is_for_teachers_and_its_author",
    )


def reported():
    assert {"by", "reporter", "from"}.isdisjoint(PostReport.__dataclass_fields__)
    proved(
        "platform/discussion/test_api.py",
        "test_a_report_reaches_the_teachers_without_the_reporter",
    )


def declined():
    links = {name for name, kind in columns_of("peers.PeerPair").items() if kind is LINK}
    assert links == {"learner", "helper", "skill", "wish", "offer"}
    proved(
        "platform/peers/test_pairs.py",
        "test_a_no_of_either_looks_the_same",
        "test_the_teacher_cannot_see_whose_answer_is_missing",
    )


def own_mastery():
    assert importers("peers.choices") == {"peers/learner_views.py"}
    proved(
        "platform/peers/test_choices.py",
        "test_mastered_skills_come_first_and_only_their_owner_sees_the_mark",
    )


def own_months():
    own = {f"learner/journey/months/{name}.py" for name in ("month_file", "overview", "views")}
    assert importers("learner.journey.months.month_summary") == own
    proved(
        "platform/learner/journey/months/test_kept_estimates.py",
        "test_another_learner_reads_none_of_them",
    )


def once():
    for label in ("accounts.ApiToken", "accounts.RecoveryCode", "telemetry.DeviceToken"):
        sealed = {name for name, kind in columns_of(label).items() if kind is SEALED}
        assert sealed <= {"name_sealed"}, label
    proved(
        "platform/accounts/api_tokens/test_api_tokens.py",
        "test_the_page_shows_a_token_once_and_revokes_it",
    )
    proved(
        "platform/stewardship/erasures/test_view_model.py",
        "test_the_claim_code_is_shown_once_and_fits_the_certificate",
    )


def check_ins():
    proved(
        "platform/consent/notices/test_notice_facts.py",
        "test_a_text_tells_every_purpose_and_every_exception",
    )
    readers = importers("estimates.self_reports")
    assert readers
    assert not [file for file in readers if file.startswith("teaching/")]


def sensing_reports():
    assert importers("estimates.sensing_survey") == {
        "learner/courses/sensing_survey_views.py", "stewardship/views.py",
    }  # fmt: skip
    proved(
        "platform/estimates/test_sensing_survey.py",
        "test_counts_are_of_whole_groups_and_identify_no_one",
    )


FIGURES = ("teaching/", "estimates/group_figures/")


def refusals():
    """No Teacher's page reads who allowed what.

    Modules only lock Grants while they count a group, and one checks whether a replay is out of
    date.
    """
    read = {
        module: {file for file in importers(module) if file.startswith(FIGURES)}
        for module in ("consent.grants.grants", "consent.models")
    }
    assert read == {
        "consent.grants.grants": {"estimates/group_figures/eligible_estimates.py"},
        "consent.models": {
            "teaching/class_picture/eligible_reports.py",
            "teaching/rules/replays/replay_requests.py",
        },
    }


def stewards():
    assert timedelta(days=30) == requests.ANSWER_WITHIN
    assert "name" not in PersonConsents.__dataclass_fields__
    proved(
        "platform/stewardship/test_views.py",
        "test_no_page_about_a_person_shows_a_name",
    )
    proved(
        "platform/privacy/subject_requests/test_requests.py",
        "test_a_request_is_due_in_thirty_days_and_stored_once",
    )


def practice_reports():
    only("mia", "/attempts/<uuid:id>/report/")
    proved(
        "platform/learner/exams/test_views.py",
        "test_an_attempt_is_private_to_its_learner",
    )


def challengers():
    proved(
        "site/promises/test_challenger_invisible.py",
        "test_it_changes_no_estimate_offer_or_message",
        "test_no_page_and_no_api_differs_by_a_byte",
    )


def studies():
    proved(
        "platform/research/snapshots/test_bids_export.py",
        "test_only_a_bound_researcher_exports_it_while_the_study_is_active",
    )
    proved(
        "platform/research/registry/test_unlearning.py",
        "test_deleting_a_snapshot_destroys_its_models_unless_in_use",
    )


def corrections():
    proved(
        "platform/estimates/test_disputes.py",
        "test_an_estimate_made_after_the_dispute_is_late",
    )


def figures():
    proved(
        "platform/teaching/questions/test_views.py",
        "test_an_answer_of_four_people_is_not_shown",
    )
    for place in ("dashboard/", "effects/", "roster.py"):
        read = {
            f for f in importers("estimates.inference.affect") if f.startswith(f"teaching/{place}")
        }
        assert read == set()


ALONE = ("permanently destroyed", "for nothing else", "not sold or lent to anyone")


def retention():
    """Check that a profile with a retention period keeps nothing longer, or names what it keeps."""
    for path in (ROOT / "platform" / "consent" / "legal_profiles").glob("*.toml"):
        profile = tomllib.loads(path.read_text())
        said = f"{profile['banner']} {profile['exposure_notice']}"
        copies = any("research" in purposes for purposes in profile["allow"].values())
        if any(words in said for words in ALONE):
            assert not copies, path.name
        for days in re.findall(r"after (\d+) days", said):
            assert set(profile["retention_days"].values()) == {int(days)}, path.name
            assert not copies or "except copies" in said, path.name


def groups_that_were_deleted():
    proved(
        "platform/courses/test_learner_groups.py",
        "test_people_of_a_deleted_group_are_forgotten_after_ten_minutes",
    )
    proved(
        "platform/discussion/threads/test_group_threads.py",
        "test_threads_of_a_deleted_group_stay_with_the_teachers",
    )


def launches_that_wait():
    assert timedelta(minutes=10) == pending_launch.OPEN_FOR
    proved(
        "platform/lti/account_links/test_hostile_links.py",
        "test_the_cookie_is_for_this_host_alone_where_there_is_tls",
    )


def drafts_of_captions():
    proved(
        "platform/authoring/speech/test_drafting_worker.py",
        "test_captions_that_arrive_while_the_program_runs_stay",
    )


FACTS = {
    "one person's guesses reach a teacher by their own share alone": shares,
    "an invitation tells nobody who has an account": invitations,
    "a guardian reads no guesses": guardians,
    "a look leaves a leaf, by role": looks,
    "research works under codes": research,
    "only numbers leave the browser": numbers,
    "the camera's set-up stays in its tab": camera_setup,
    "preferences of a browser are stored in it alone": browser_preferences,
    "a list of people that is not imported is deleted after a day": lists_of_people,
    "a search among people is kept for an hour, or until the next one": searches_of_people,
    "the last ten minutes are ten": ten_minutes,
    "what was taken back can be read by nobody": erased,
    "a pause rests all reading but one's own": pauses,
    "a changed text waits fourteen days": changed_texts,
    "a post that was deleted is emptied after ten minutes": posts,
    "an announcement is edited by its author alone": announcements,
    "a message is for one learner and the teachers, a template for its author": messages,
    "a deleted group changes dates and threads, and no enrolment": groups_that_were_deleted,
    "a launch waits ten minutes for a sign-in": launches_that_wait,
    "captions that an author wrote replace a draft of a program": drafts_of_captions,
    "a hidden post is for its author and teachers": hidden,
    "a report does not say who made it": reported,
    "a pair of classmates does not say who declined": declined,
    "mastery beside a skill to help with is one's own": own_mastery,
    "the page of months is one's own": own_months,
    "a secret is shown once": once,
    "answers to check-ins are read by no teacher": check_ins,
    "how sensing felt is read as counts": sensing_reports,
    "a no stays between a person and the site": refusals,
    "a Steward answers in thirty days and reads codes": stewards,
    "a report of a practice test is its learner's": practice_reports,
    "a challenger is seen by nobody": challengers,
    "a study ends with its copies": studies,
    "a correction ends a guess": corrections,
    "figures for teachers rest on course records": figures,
    "the profiles state their own retention": retention,
}


@pytest.mark.parametrize("fact", FACTS)
def test_promises_of_pages_are_true_in_the_code(fact):
    FACTS[fact]()


def test_every_promise_has_a_fact_and_every_fact_a_promise():
    assert set(PROMISES) == set(FACTS)
    assert set(OF_NOTICES) <= set(FACTS)


def in_catalogues() -> set[str]:
    return {
        sentence
        for name in ("django", "djangojs")
        for message in promise_sentences.messages(name)
        for text in (message.msgid, message.msgid_plural)
        for sentence in promise_sentences.promises_in(text)
    }


def in_notices() -> set[str]:
    return {
        sentence
        for path in (NOTICES / "en").glob("*.md")
        for paragraph in promise_sentences.paragraphs(path)
        for sentence in promise_sentences.promises_in(paragraph)
    }


def test_pages_make_exactly_the_registered_promises():
    assert in_catalogues() == REGISTERED | NO_PROMISE


def test_consent_texts_make_only_registered_promises():
    assert in_notices() == IN_NOTICES


def test_german_pages_promise_no_more_than_english_ones():
    strange = [
        (message.msgid, sentence)
        for name in ("django", "djangojs")
        for message in promise_sentences.messages(name)
        if not promise_sentences.promises_in(f"{message.msgid} {message.msgid_plural}")
        for text in (message.msgstr, *message.msgstr_plural.values())
        for sentence in promise_sentences.promises_in(text, GERMAN)
    ]
    assert strange == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Only you can see this.",
        "This is seen by nobody else.",
        "It never leaves this browser.",
        "Deleted after 30 days.",
        "Your answer is not stored.",
        "No teacher reads it.",
        "It is sent to no one.",
        "It is permanently deleted.",
        "No one can restore it, including us.",
        "It is shown without a name.",
        "This estimate no longer counts anywhere.",
        "It works at once and cannot be undone.",
    ],
)
def test_a_planted_promise_is_detected(sentence):
    assert promise_sentences.promises_in(f"Welcome. {sentence} Go on.") == [sentence]


@pytest.mark.parametrize(
    "sentence",
    ["Nur du siehst das.", "Das verlässt nie deinen Browser.", "Keine Lehrperson liest das."],
)
def test_a_planted_german_promise_is_detected(sentence):
    assert promise_sentences.promises_in(sentence, GERMAN) == [sentence]


@pytest.mark.parametrize("sentence", ["Go on.", "Save your changes.", "The quiz has 5 questions."])
def test_an_ordinary_sentence_is_no_promise(sentence):
    assert promise_sentences.promises_in(sentence) == []
