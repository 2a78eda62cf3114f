"""A row in every table that a Learner's walk through a course does not fill.

Each sealed text is the person's own word, so that any copy of it in clear is found.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from unittest.mock import patch

import pyotp
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

import data_inventory
from accounts.administration import person_changes
from accounts.administration.person_records import load_record
from accounts.api_tokens import api_tokens
from accounts.mfa import second_factor
from accounts.models import PendingMail, SingleSignOnLink, StewardNomination, User
from accounts.passwords import password_links
from accounts.people import email_of, make_guardian, make_person
from accounts.single_sign_on.account_links import digest_subject
from adaptation.effects import hint_ab_trial, proximal_outcome
from adaptation.models import Intervention, LetGo, RuleState
from adaptation.offers import vetoes
from adaptation.offers.reasons import place
from audit.leaves import person_ref
from authoring.models import Arrival, Version
from consent.permits import gate
from courses import attempts, calendar_feeds, completion
from courses.email_invitations import dispatch
from courses.gradebook import grades
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import Course, Unit
from data_inventory import CODE, DIGEST, SEALED, Holding
from discussion.announcements import announcement_store, queries
from discussion.models import Helpful
from discussion.moderation import post_reports
from discussion.posts import post_store
from discussion.threads import read_state
from estimates import (
    behaviour_disputes,
    disputes,
    explanation_worker,
    explanations,
    share_access,
)
from estimates.explanations import EstimateExplanation
from estimates.group_figures import disclosure, publications
from estimates.group_figures.noise import NO_NOISE
from estimates.inference.affect import Guess, SensedWindow, store_guess
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import (
    AffectEstimate,
    BehaviourEstimate,
    Opening,
    PersonalCalibration,
    Predictor,
    Publication,
    SensingReport,
    ShadowEstimate,
)
from estimates.models.group_figures import TEACH
from lti.models import LinkedGrade, SentGrade
from messaging.models import ConversationReply, TeacherMessage
from messaging.saved_templates import save_template
from peers.models import DismissedRequest
from privacy.models import RecordsSent
from privacy.retention import legal_holds
from privacy.subject_requests import request_answers, requests
from research.labels import annotation, sampling
from research.models import LabelItem, LabelTask, StudyMember
from research.snapshots.ground_truth import GroundTruth
from stewardship.people.imports.encryption import seal_row
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.search import requests as search_requests
from teaching.class_picture import cells, snapshots
from teaching.dashboard import handled_needs
from teaching.lessons.recording_notes import write_note
from telemetry import events, sittings
from telemetry.device_tokens import device_tokens
from telemetry.models import Sitting, Window
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test, regrade, take
from tests.fixtures.lti.registrations import (
    make_link,
    make_platform,
    make_platform_course,
    make_platform_member,
)
from tests.fixtures.messages import answer, write_message
from tests.fixtures.open_questions import add_essay, answer_of, mark
from tests.fixtures.peer_pairs import make_pair
from tests.fixtures.site import research_samples
from vault.sealed_values import Place, seal_value

STREAM = "pointer"
# Tables about people in which a Learner has no row, with the reason.
NOT_A_LEARNERS = {"consent.ProfileChange": "only a Steward asks for another legal profile"}
# Codes in those rows that may also be elsewhere.
OF_OTHERS = {
    "consent.Grant.scope": "a word of a closed list, the same for everybody",
    "consent.ConsentEvent.scope": "a word of a closed list, the same for everybody",
    "telemetry.Event.ref": "a question of the course",
    "teaching.Handled.about": "a unit of the course",
    "peers.PeerPair.state": "a word of a closed list, the same for everybody",
}


def fill_the_rest(person: User, word: str, sitting: Sitting, steward: User) -> set[str]:
    """Fill the tables that the pages alone do not fill. Returns the secrets in them."""
    now = timezone.now()
    guardian = make_person(
        f"guardian-{word}@school.example", name=f"Guardian {word}", roles=["guardian"],
        password=word, now=now,
    )  # fmt: skip
    _recorded(person, word, steward)
    make_guardian(guardian, person, now=now)
    completion.record_watched(
        person, factories.make_video_unit(sitting.unit.course), [(0, 97)], resume_s=97, now=now
    )
    _felt(person, word, sitting)
    requests.ask(person, "rectification", by=person, note=word, now=now)
    asked = requests.of_person(person)[0]
    request_answers.approve(asked.id, by=steward, answer=f"It is {word} now.", now=now)
    legal_holds.ask(steward, person, "course record", word, days=30, now=now)
    _talked(person, word, sitting.unit, steward)
    _tested(person, word, sitting.unit.course, steward)
    _paired(person, sitting.unit.course)
    _came_by_link(person, word, sitting.unit)
    secret = {calendar_feeds.make_key(person, now=now)}
    secret |= _second_factor(person) | _device_token(person) | _api_token(person, word)
    secret.add(password_links.make_link(person, by=None, now=now).partition("key=")[2])
    digest = digest_subject("https://id.northfield.example", word)
    SingleSignOnLink.objects.create(
        person=person, provider="northfield", subject_digest=digest,
        made_at=now, used_at=now,
    )  # fmt: skip
    StewardNomination.objects.create(person=person, asked_by=steward, asked_at=now)
    PendingMail.objects.create(person=person, kind="reset", made_at=now, due_at=now)
    _imported(person, word, steward)
    search_requests.search_people(word, by=person, now=now)
    secret |= _invited(person, word, sitting.unit.course, steward)
    RecordsSent.objects.create(learner=person, until=now, due_at=now)
    Arrival.objects.create(author=person.code, name="x", bytes=1, sent_at=now, state="refused")
    about = {"course": factories.make_course(), "state": "draft", "cause": "edited", "package": {}}
    Version.objects.create(made_at=now, author=person_ref(person.code), **about)
    requests.switch(person, "objection", on=True, now=timezone.now())
    return secret


def _recorded(person: User, word: str, steward: User) -> None:
    """Add what a Steward records of a person besides name and e-mail."""
    told = load_record(person)
    identity = replace(told.identity, number=word, born=date(1990, 5, 1))
    now = timezone.now()
    person_changes.change_person(person.code, replace(told, identity=identity), by=steward, now=now)


def _imported(person: User, word: str, steward: User) -> None:
    """Add a row of an imported file about a person."""
    now = timezone.now()
    run = ImportRun.objects.create(
        steward=steward.code, band="adult", sent_at=now, ends_at=now, state="ready"
    )
    row = ImportRow(run=run, number=2, kind="same", person=person)
    row.sealed = seal_row(row, {"cells": [word]}, now=now)
    row.save()


def _invited(person: User, word: str, course: Course, teacher: User) -> set[str]:
    """Invite two addresses, one of them the person's own. Returns their links."""
    emails = [f"invited-{word}@school.example", email_of(person)]
    links = dispatch.invite(course, emails, by=teacher, now=timezone.now())
    return {link.path.partition("key=")[2] for link in links}


def _felt(person: User, word: str, sitting: Sitting) -> None:
    """Add what a worker and a rule store: events, offers, reasons and corrections."""
    now = timezone.now()
    permits = gate.permits(person.code, [f"{STREAM}:adapt", "course"], now=now).granted
    epoch = permits[f"{STREAM}:adapt"].epoch
    vetoes.switch_estimates(person, sitting.unit.course, on=False, now=now)
    made = uuid.uuid4()
    predictor = Predictor.objects.get(kind="affect")
    row = BehaviourEstimate(id=made, sitting=sitting, cut=1, predictor=predictor, made_at=now)
    where = Place("estimates_behaviourestimate", "sealed", str(made), person.code)
    assert store_each([EstimateDraft(row, {"state": word}, [STREAM], permits, where)])
    behaviour_disputes.dispute(sitting.id, permits["course"], now=now)
    shown = ShadowEstimate(id=made, sitting=sitting, cut=1, predictor=predictor, made_at=now)
    where = Place("estimates_shadowestimate", "sealed", str(made), person.code)
    assert store_each([EstimateDraft(shown, {"labels": word}, [STREAM], permits, where)])
    usual = Opening(id=made, sitting=sitting, predictor=predictor, made_at=now)
    where = Place("estimates_opening", "sealed", str(made), person.code)
    assert store_each([EstimateDraft(usual, [word], [STREAM], permits, where)])
    sealed = {"place": Place("estimates_personalcalibration", "sealed", str(made), person.code)}
    # One for each label, because on a slow machine the Predictor's next Windows read this row.
    own = {"bias": [0.0] * 2, "camera": 1.0, "agreed": 0, "reports": 3, "said": word}
    PersonalCalibration.objects.create(
        id=made, learner=person, predictor=predictor, scopes=[f"{STREAM}:adapt"], epochs=[epoch],
        sealed=seal_value(own, scopes={f"{STREAM}:adapt": epoch}, now=now, **sealed),
    )  # fmt: skip
    _labelled(person, word, sitting)
    code = uuid.uuid4()
    offer = Intervention.objects.create(
        code=code, sitting=sitting, learner=person, rule="R1", version=1, cut=999, kind="hint",
        probability=1.0, delivered=True, scopes=[f"{STREAM}:adapt"], epochs=[epoch], decided_at=now,
        sealed=seal_value(
            {"facts": word}, place=place(code, person.code), now=now,
            scopes={f"{STREAM}:adapt": epoch},
        ),
    )  # fmt: skip
    proximal_outcome.schedule_measurement(offer, randomised=True)
    _opened_a_hint(person, sitting)
    RuleState.objects.get_or_create(
        learner=person, rule="R1", defaults={"phase": "cooling", "since": now}
    )
    LetGo.objects.create(
        sitting=sitting, learner=person, rule="R2", version=1, scopes=[f"{STREAM}:adapt"],
        epochs=[epoch], armed_at=now, at=now,
    )  # fmt: skip
    guess = AffectEstimate.objects.filter(learner=person, status="live").first()
    asked = explanations.ask(guess.id, permits["course"], now=now)
    explanation_worker._store(asked, EstimateExplanation(word, word, {STREAM: 0.1}, 0.5), now)
    disputes.dispute(guess.id, "NONE", permits["course"], now=now)
    where = Place("estimates_sensingreport", "sealed", str(made), person.code)
    SensingReport.objects.create(
        id=made, learner=person, course=sitting.unit.course, point="end", made_at=now,
        sealed=seal_value(word, place=where, scopes={"course": permits["course"].epoch}, now=now),
    )  # fmt: skip


def _labelled(person: User, word: str, sitting: Sitting) -> None:
    """Add a moment labelled for research."""
    now, scopes = timezone.now(), sampling.scopes_of([STREAM])
    epochs = {scope: gate.permit(person.code, scope, now=now).epoch for scope in scopes}
    task = LabelTask.objects.create(course=sitting.unit.course, streams=[STREAM], made_at=now)
    item = LabelItem.objects.create(
        task=task, learner=person, sitting=sitting, cut=1, scopes=scopes,
        epochs=list(epochs.values()), made_at=now,
    )  # fmt: skip
    rater = factories.make_user(roles=["researcher"])
    with patch.object(annotation, "LABELS", (word,)):
        annotation.rate(item, rater, word, sure=True, now=now)
    _studied(person, word, sitting)


def _studied(person: User, word: str, sitting: Sitting) -> None:
    """Add a frozen moment with its labels, and a study that names the person."""
    now = timezone.now()
    study, said = research_samples.make_study(now), GroundTruth(word, "report")
    row = research_samples.make_snapshot(
        study, sitting.unit.course, person, sitting, now, said, stream=STREAM
    )
    assert row.state == "frozen"
    StudyMember.objects.create(study=study, person=person, named_at=now, statement_at=now)


def _tested(person: User, word: str, course: Course, teacher: User) -> None:
    """Add a test that runs and is regraded, extra time, a grade override, an essay and a file."""
    now = timezone.now()
    test = make_test(course=course, questions=0)
    question = factories.make_question(test, kind="text", answer="five")
    attempt = attempts.begin(person, test, rng=Random(1), now=now)
    attempts.save_answer(attempt, question, word, elapsed_ms=1, now=now)
    attempts.grant_extra(person, test, by=teacher, attempts=1, now=now)
    choice = RegradeChoice(test, question, "full_credit", keeps_higher=True)
    regrade(choice, word, by=teacher, now=now)
    grades.set_override(person, test, 70, word, by=teacher, now=now)
    essay = add_essay(make_test(course=course, questions=0))
    answer = answer_of(take(person, essay.unit, f"I wrote {word}.", now=now))
    mark(answer, 1, f"Well said, {word}.", by=teacher, now=now)
    unit = make_test(course=course, questions=0)
    sent = {"name": f"{word}.txt", "content": word.encode()}
    begin_with_file(person, unit, add_upload(unit), **sent, now=now)


def _paired(person: User, course: Course) -> None:
    """Add a pair in which this person is helped, one in which they help, and a dismissal."""
    now = timezone.now()
    other = make_person(
        f"{uuid.uuid4()}@school.example", name="A classmate", roles=["learner"],
        password="none", now=now,
    )  # fmt: skip
    factories.make_enrolment(other, course)
    pair = make_pair(person, other, factories.make_skill(course), now=now)
    make_pair(other, person, factories.make_skill(course), now=now, state="paired")
    DismissedRequest.objects.create(wish=pair.wish, skill=pair.skill, at=now)


def _came_by_link(person: User, word: str, unit: Unit) -> None:
    """Add the account at a platform, its membership, and a grade that was sent there."""
    now = timezone.now()
    within = make_platform_course(make_platform(now=now), course=unit.course, now=now)
    account = make_platform_member(person, within, subject=word, now=now).account
    link = make_link(within, unit=unit, now=now)
    LinkedGrade.objects.create(account=account, link=link, checked_at=now, due_at=now)
    SentGrade.objects.create(person=person, account=account, link=link, percent=73, sent_at=now)


def _talked(person: User, word: str, unit: Unit, other: User) -> None:
    """Add a thread and an announcement of this person, and ones that name them, which they read."""
    now = timezone.now()
    text = {"time_s": None, "now": now}
    post_store.begin_thread(
        unit, person, id=uuid.uuid4(), title=word, text=f"{word} {word}", **text
    )
    said = f"@{word}, or was it {word}?"
    theirs = post_store.begin_thread(
        unit, other, id=uuid.uuid4(), title=f"Hello {word}", text=said, **text
    )
    post = theirs.posts.get()
    post_reports.report(post, person, why=word, now=now)
    post_reports.report(post, other, why=f"{word} wrote this for me, @{word} did", now=now)
    read_state.mark_read(person, theirs, now=now)
    for author, title in ((person, word), (other, f"To {word}")):
        row = announcement_store.save(
            unit.course, author, id=uuid.uuid4(), title=title, text=word, shows_at=None, now=now
        )
        queries.mark_read(person, [row], opened=True, now=now)
    Helpful.objects.create(post=post, person=person)
    write_note(unit, person, f"Leave {word} out.", at_s=None, now=now)
    _written(person, word, unit.course, other)


def _written(person: User, word: str, course: Course, other: User) -> None:
    """Add messages to and by this person, replies to both, and a template of theirs."""
    theirs = write_message(course, other, [person], f"{word}, look again.")
    mine = write_message(course, person, [other], word)
    thread = answer(theirs.conversations.get(), person, word)
    answer(thread, other, f"Well done, {word}.", by_learner=False)
    answer(mine.conversations.get(), other, f"Thanks, {word}.")
    save_template(course, person, word, word, now=timezone.now())


def _api_token(person: User, word: str) -> set[str]:
    """Add a token; its name is the person's own words, its text is not stored."""
    _, text = api_tokens.make_token(person, word, "read", 7, now=timezone.now())
    return {text}


def _opened_a_hint(person: User, sitting: Sitting) -> None:
    """Add one of two wordings, drawn for this person."""
    now, unit = timezone.now(), factories.make_unit(sitting.unit.course, kind="quiz")
    hint = factories.make_hints(factories.make_question(unit))[0]
    hint.other_text = "Look at the sign."
    hint_ab_trial.find_other_wordings(person, [hint], now=now, rng=Random(1))


def _device_token(person: User) -> set[str]:
    """Add a key for a lab program."""
    now = timezone.now()
    permits = gate.permits(person.code, [f"{STREAM}:adapt"], now=now).granted
    _, text = device_tokens.make(person, "lsl", permits.values(), 12, now=now)
    return {text}


def _second_factor(person: User) -> set[str]:
    now = timezone.now()
    second_factor.begin_setup(person, now=now)
    secret = second_factor.read_new_secret(person, now=now)
    codes = second_factor.confirm_setup(person, pyotp.TOTP(secret).at(now), now=now)
    assert secret
    assert codes
    return {secret, *codes}


def class_picture(people: Iterable[User], others: Iterable[User], teacher: User) -> None:
    """Add a quarter of an hour in which all are sensed.

    The Teacher handles the needs of each, and each shares with her.
    """
    begin, predictor = cells.quarter_of(timezone.now()), Predictor.objects.get(kind="affect")
    course = factories.make_course()
    video, everybody = factories.make_video_unit(course), [*people, *others]
    factories.make_enrolment(teacher, course, role="teacher")
    for person in everybody:
        factories.make_enrolment(person, course)
        sitting = sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=begin)
        events.store(sitting, uuid.uuid4(), 0.0, "play", 0.0, None, begin)
        permits = gate.permits(person.code, [f"{STREAM}:adapt"], now=timezone.now()).granted
        guess = Guess({"CONFUSION": (0.5, 0.4, 0.6)}, False, (), 0.9, [STREAM],
                      [f"{STREAM}:adapt"], predictor.digest)  # fmt: skip
        sensed = SensedWindow(Window(sitting=sitting, cut=1), None, permits, False)
        assert store_guess(sensed, guess, now=begin + timedelta(seconds=9))
        handled_needs.handle(course, f"{person.code}:{video.code}", teacher, now=begin, until=None)
        share_access.ask(course, person, teacher, now=timezone.now())
        asked = share_access.list_requests(person, now=timezone.now()).get()
        share_access.give(asked.id, person, days=7, now=timezone.now())
    made = Publication.objects.create(course=course, quarter=begin, at=begin + publications.QUARTER)
    floor = disclosure.current_floor(TEACH)
    assert floor is not None
    # With noise, five people would hardly ever make a picture.
    without_noise = patch.object(publications, "sticky_noise", lambda *_: NO_NOISE)
    with without_noise, transaction.atomic():
        snapshots.take_snapshots(made, floor, timezone.now())
    assert made.cells.get().n is not None


def about_people() -> list[Holding]:
    return [holding for holding in data_inventory.all() if holding.subject is not None]


def empty_for(person: User) -> set[str]:
    """Return the tables in which this person has no row."""
    return {h.label for h in about_people() if not h.rows_of(person.code).exists()}


def never_sealed(person: User) -> set[str]:
    """Return the sealed columns in which this person has no value."""
    return {
        f"{holding.label}.{column}"
        for holding in about_people()
        for column, kind in holding.columns.items()
        if kind is SEALED and not any(_values(holding, column, person))
    }


def sealed_of(person: User) -> list[bytes]:
    """Return every sealed value about this person, as stored."""
    return [
        value
        for holding in about_people()
        for column, kind in holding.columns.items()
        if kind is SEALED
        for value in _values(holding, column, person)
    ]


def named_by(person: User) -> dict[str, bytes]:
    """Return unsealed codes and digests in rows about this person that identify them."""
    found: dict[str, bytes] = {}
    for holding in about_people():
        for column, kind in holding.columns.items():
            if kind in (CODE, DIGEST) and f"{holding.label}.{column}" not in OF_OTHERS:
                rows = _rows_that_go(holding, person).values_list(column, flat=True)
                found |= {
                    f"{holding.label}.{column} {n}": plain
                    for n, value in enumerate(rows)
                    if len(plain := _plain(value)) >= 16
                }
    return found


def _rows_that_go(holding: Holding, person: User) -> QuerySet[Model]:
    """Return the rows without messages that others answered, which become empty and no one's."""
    rows = holding.rows_of(person.code)
    if holding.model is not TeacherMessage:
        return rows
    replies = ConversationReply.objects.exclude(author=person)
    return rows.exclude(pk__in=replies.values("conversation__message"))


def _plain(value: object) -> bytes:
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, str):
        return value.encode()
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def _values(holding: Holding, column: str, person: User) -> list[bytes]:
    rows = holding.rows_of(person.code).values_list(column, flat=True)
    return [bytes(value) for value in rows if value]


def rows_of(person: User) -> dict[str, list[str]]:
    """Return every row about this person with every column, to be compared."""
    return {h.label: sorted(map(str, h.rows_of(person.code).values_list())) for h in about_people()}
