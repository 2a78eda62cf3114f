"""An export holds every declared column, unsealed and described, and no one else's data (I-17)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import secrets
import tracemalloc
import uuid
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from jsonschema import Draft202012Validator

import data_inventory
from accounts.administration import person_changes
from accounts.administration.person_records import load_record
from accounts.api_tokens import api_tokens
from adaptation.models import Intervention
from adaptation.next_question import selection
from audit.queries import leaves_about
from consent.models import Grant
from consent.permits import gate, restrictions
from courses import attempts, completion
from courses.answers import responses
from courses.gradebook import grades
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import AnswerFile
from discussion.announcements import announcement_store
from discussion.moderation import post_reports
from discussion.posts import post_store
from estimates import (
    behaviour_disputes,
    disputes,
    explanation_worker,
    explanations,
    self_reports,
    sensing_survey,
)
from estimates.explanations import EstimateExplanation
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.knowledge import mastery
from estimates.models import (
    AffectEstimate,
    BehaviourEstimate,
    Opening,
    PersonalCalibration,
    Predictor,
    ShadowEstimate,
)
from messaging.saved_templates import save_template
from privacy.erasure import erasure
from privacy.export import data_export, row_decryption, zip_stream
from privacy.export.row_decryption import UNREADABLE
from privacy.export.zip_stream import ZipMember
from privacy.models import Hold
from privacy.subject_requests import requests
from teaching.lessons.recording_notes import write_note
from telemetry import events, sittings
from telemetry.blocks.frame_parser import parse
from telemetry.blocks.group_commit import place
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test, regrade, take
from tests.fixtures.lti.registrations import make_platform, make_platform_account
from tests.fixtures.messages import answer as reply_in
from tests.fixtures.messages import write_message
from tests.fixtures.open_questions import add_essay, answer_of, mark
from tests.fixtures.sockets.socket_client import block
from tests.fixtures.users import make, read_body
from vault import signing
from vault.encryption import seal
from vault.keystore import open_keystore
from vault.sealed_values import Place, canonical, seal_value

pytestmark = pytest.mark.django_db
SCOPES = ("pointer:adapt", "activity:adapt")


@pytest.fixture
def course(now):
    """A quiz with a text question, and a video."""
    quiz = factories.make_quiz_unit()
    question = factories.make_question(quiz, kind="text", answer="tea", position=9)
    return quiz, question, factories.make_video_unit(quiz.course)


@pytest.fixture
def live(course, allow, now):
    """Return `live(mia, "word")`, which adds a row about her to every table one person can fill."""
    factories.open_days(now)
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, registered_at=now
    )

    def acts(person, word):
        _be_recorded(person, word, now)
        _consent_and_ask(person, word, allow, now)
        _learn(person, word, course, now)
        _add_test(person, word, course, now)
        _be_sensed(person, word, course, now)
        return person

    return acts


def _be_recorded(person, word, now):
    told = load_record(person)
    identity = replace(told.identity, number=f"{word}-number", born=date(1990, 5, 1))
    person_changes.change_person(person.code, replace(told, identity=identity), by=person, now=now)
    make_platform_account(person, make_platform(now=now), now=now, subject=f"{word}-subject")


def _consent_and_ask(person, word, allow, now):
    allow(person, *SCOPES)
    requests.ask(person, "rectification", by=person, note=f"{word}-note", now=now)
    api_tokens.make_token(person, f"{word}-token", "read", 7, now=now)
    held = uuid.uuid4()
    place = Place("privacy_hold", "reason", str(held), person.code)
    reason = seal_value(f"{word}-held", place=place, scopes={"identity": 0}, now=now)
    fields = {"category": "identity", "days": 1, "asked_at": now, "ends_at": now}
    Hold.objects.create(id=held, person=person, reason=reason, **fields)


def _learn(person, word, course, now):
    quiz, question, video = course
    factories.make_enrolment(person, quiz.course)
    sitting = sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=now)
    for name, t, value in (("play", 0, 0), ("pause", 10, 10), ("seek", 12, 20), ("rate", 13, 1.5)):
        at = now + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), float(t), name, float(value), None, at)
    completion.record_watched(person, video, [(0.0, 95.0)], resume_s=95.0, now=now)
    answer = responses.record(
        learner=person, question=question, given=f"{word}-answer", sitting=sitting.id,
        hints_used=0, elapsed_ms=900, draw=None, now=now,
    )  # fmt: skip
    permit = gate.permit(person.code, "course", now=now)
    mastery.update(answer, permit, now=now)
    selection.ask(person, quiz, permit, rng=random.Random(1), now=now)
    thread = post_store.begin_thread(
        video, person, id=uuid.uuid4(), title=f"{word}-title", text=f"{word}-post", time_s=1.0,
        now=now,
    )  # fmt: skip
    post_reports.report(thread.posts.get(), person, why=f"{word}-flag", now=now)
    announcement_store.save(
        quiz.course, person, id=uuid.uuid4(), title=f"{word}-headline", text=f"{word}-announced",
        shows_at=None, now=now,
    )  # fmt: skip
    sent = write_message(quiz.course, person, [person], f"{word}-message", now=now)
    reply_in(sent.conversations.get(), person, f"{word}-reply", now=now)
    save_template(quiz.course, person, f"{word}-template", f"{word}-start", now=now)
    write_note(video, person, f"{word}-lesson-note", at_s=12.0, now=now)
    self_reports.store(sitting, uuid.uuid4(), 1.0, "confusion", permit, now=now)
    point = sensing_survey.SurveyQuestion(quiz.course, "middle")
    sensing_survey.answer(point, "not_at_all", permit, now=now)


def _add_test(person, word, course, now):
    """Add a test that runs and is regraded, and a grade override."""
    test = make_test(course=course[0].course, questions=0)
    question = factories.make_question(test, kind="text", answer="five")
    attempts.save_answer(
        attempts.begin(person, test, rng=Random(1), now=now),
        question,
        f"{word}-kept",
        elapsed_ms=1,
        now=now,
    )
    choice = RegradeChoice(test, question, "full_credit", keeps_higher=True)
    regrade(choice, f"{word}-regrade", by=person, now=now)
    grades.set_override(person, test, 70, f"{word}-grade", by=person, now=now)
    essay = add_essay(make_test(course=test.course, questions=0))
    answer = answer_of(take(person, essay.unit, f"{word}-essay", now=now))
    mark(answer, 1, f"{word}-comment", by=person, now=now)
    unit = make_test(course=test.course, questions=0)
    sent = {"name": f"{word}-file.txt", "content": f"{word}-content".encode()}
    begin_with_file(person, unit, add_upload(unit), **sent, now=now)


def _be_sensed(person, word, course, now):
    sitting = sittings.open(person, course[0], scenario="course", page=uuid.uuid4(), now=now)
    epochs = dict(Grant.objects.filter(learner=person).values_list("scope", "epoch"))
    (frame,) = parse(block("pointer", 0, rows=[_pointer(word)], epoch=1))
    key = open_keystore().current_key(person.code, "pointer:adapt", epochs["pointer:adapt"], now)
    Block.objects.create(
        day=now.date(), sitting=sitting.id, stream="pointer", seq=0, learner=person,
        epoch=epochs["pointer:adapt"], t0=0.0, rate_hz=1.0, rows=1, channels=13,
        sealed=seal(
            frame.raw, keys=[key], place=place(sitting.id, "pointer", 0, person.code)
        ),
    )  # fmt: skip
    predictor = Predictor.objects.get()
    row = _estimate(AffectEstimate, person, sitting, predictor, epochs, f"{word}-guess", now)
    _estimate(BehaviourEstimate, person, sitting, predictor, epochs, f"{word}-behaviour", now)
    _estimate(ShadowEstimate, person, sitting, predictor, epochs, f"{word}-shadow", now)
    _usual(person, sitting, predictor, epochs, f"{word}-usual", now)
    _own(person, predictor, epochs, f"{word}-own", now)
    permit = gate.permit(person.code, "course", now=now)
    asked = explanations.ask(row.id, permit, now=now)
    explanation_worker._store(
        asked, EstimateExplanation("INTEREST", f"{word}-reason", {}, 0.5), now
    )
    disputes.dispute(row.id, "INTEREST", permit, now=now)
    behaviour_disputes.dispute(sitting.id, permit, now=now)
    code = uuid.uuid4()
    Intervention.objects.create(
        code=code, sitting=sitting, learner=person, rule="R1", version=1, cut=1, kind="hint",
        probability=1, delivered=True, decided_at=now, scopes=list(SCOPES),
        epochs=[epochs[scope] for scope in SCOPES],
        sealed=seal_value(
            {"why": f"{word}-why"}, place=Place("adaptation_intervention", "sealed", str(code),
            person.code), scopes={"course": 0, **epochs}, now=now,
        ),
    )  # fmt: skip


def _estimate(model, person, sitting, predictor, epochs, word, now):
    made = uuid.uuid4()
    at = Place(model._meta.db_table, "sealed", str(made), person.code)
    return model.objects.create(
        id=made, sitting=sitting, cut=1, predictor=predictor, learner=person,
        scopes=list(SCOPES), epochs=[epochs[scope] for scope in SCOPES], made_at=now,
        sealed=seal_value({"labels": {word: [0.5, 0.4, 0.6]}, "abstain": False, "reasons": [],
                           "quality": 1.0, "streams": []}, place=at, scopes=epochs, now=now),
    )  # fmt: skip


def _usual(person, sitting, predictor, epochs, word, now):
    made, (scope, epoch) = uuid.uuid4(), next(iter(epochs.items()))
    at = Place("estimates_opening", "sealed", str(made), person.code)
    Opening.objects.create(
        id=made, sitting=sitting, predictor=predictor, learner=person, scopes=[scope],
        epochs=[epoch], sealed=seal_value([word], place=at, scopes={scope: epoch}, now=now),
    )  # fmt: skip


def _own(person, predictor, epochs, word, now):
    made, (scope, epoch) = uuid.uuid4(), next(iter(epochs.items()))
    at = Place("estimates_personalcalibration", "sealed", str(made), person.code)
    PersonalCalibration.objects.create(
        id=made, predictor=predictor, learner=person, scopes=[scope], epochs=[epoch],
        sealed=seal_value([word], place=at, scopes={scope: epoch}, now=now),
    )  # fmt: skip


def _pointer(word):
    """A first value that no one else has."""
    return [float(np.float32(sum(word.encode()) / 97.0)), *[0.25] * 12]


class Copied:
    """An unpacked export."""

    def __init__(self, person, now):
        raw = b"".join(data_export.stream(person, now=now))
        self.zip = zipfile.ZipFile(io.BytesIO(raw))
        self.content = {name: self.zip.read(name) for name in self.zip.namelist()}

    def json(self, path):
        return json.loads(self.content[path])

    def lines(self, path):
        return [json.loads(text) for text in self.content[path].decode().splitlines()]


def given_out():
    """Return every declared table that is about people and exported."""
    return [h for h in data_inventory.all() if h.subject is not None and h.export]


def test_every_exported_column_of_every_table_is_there_and_fits_its_schema(live, mia, now):
    copy = Copied(live(mia, "canary"), now)
    for holding in given_out():
        table = holding.model._meta.db_table
        schema = copy.json(f"schema/{table}.json")
        Draft202012Validator.check_schema(schema)
        look = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert set(schema["properties"]) == {*holding.columns, UNREADABLE}, table
        rows = copy.lines(f"data/{table}.jsonl")
        for row in rows:
            look.validate(row)
            assert set(row) == {*holding.columns, UNREADABLE}, table
        text = copy.content[f"data/{table}.csv"].decode("utf-8-sig")
        head, *cells = list(csv.reader(io.StringIO(text)))
        assert (head, len(cells)) == ([*schema["properties"]], len(rows)), table
        assert len(rows) == holding.rows_of(mia.code).count(), table


def test_sealed_values_are_readable_for_their_person(live, mia, now):
    copy = Copied(live(mia, "canary"), now)
    everything = b"".join(copy.content.values()).decode()
    for word in (
        "note",
        "answer",
        "guess",
        "behaviour",
        "why",
        "held",
        "title",
        "post",
        "flag",
        "token",
        "regrade",
        "grade",
    ):
        assert f"canary-{word}" in everything, word
    (sensed,) = copy.lines("data/telemetry_block.jsonl")
    assert sensed["sealed"]["channels"][0] == "path"
    assert sensed["sealed"]["rows"] == [_pointer("canary")]
    for name, content in copy.content.items():
        if name.endswith(".jsonl") and name.startswith("data/"):
            closed = [row[UNREADABLE] for row in copy.lines(name)]
            assert closed == [None] * len(closed), (name, content)
    (person,) = copy.lines("data/accounts_user.jsonl")
    assert (person["name_sealed"], person["password"]) == ("mia", None)


def test_uploaded_files_are_in_the_copy_and_their_rows_name_them(live, mia, now):
    copy = Copied(live(mia, "canary"), now)
    (row,) = copy.lines("data/courses_answerfile.jsonl")
    assert row["content_sealed"].endswith("/canary-file.txt")
    assert copy.content[row["content_sealed"]] == b"canary-content"
    open_keystore().destroy(mia.code, ["course"])
    (row,) = Copied(mia, now).lines("data/courses_answerfile.jsonl")
    closed = dict.fromkeys(["facts_sealed", "content_sealed"], "key_destroyed")
    assert row[UNREADABLE] == closed


def test_a_damaged_file_is_marked_and_the_rest_exported(live, mia, now):
    live(mia, "canary")
    row = AnswerFile.objects.get(learner=mia)
    damaged = bytearray(row.content_sealed)
    damaged[-1] ^= 1
    AnswerFile.objects.filter(pk=row.pk).update(content_sealed=bytes(damaged))
    copy = Copied(mia, now)
    (line,) = copy.lines("data/courses_answerfile.jsonl")
    assert line[UNREADABLE] == {"content_sealed": "damaged"}
    assert line["content_sealed"] is None
    assert not [name for name in copy.content if name.startswith("files/")]


def test_a_file_that_is_deleted_while_it_is_exported_does_not_end_the_export(mia, now):
    unit = make_test(mia, questions=0)
    begin_with_file(mia, unit, add_upload(unit), now=now)
    copy = data_export.copy_for(mia, now=now)
    (table,) = [one for one in data_export.tables_of(copy) if one.name == "courses_answerfile"]
    rows = iter(list(table.query.select_related("learner")))
    AnswerFile.objects.all().delete()
    (line,) = [row_decryption.decrypt_row(row, table.holding, copy) for row in rows]
    assert line["content_sealed"] is None
    assert line[UNREADABLE] == {"content_sealed": "deleted"}


def test_every_sealed_column_of_the_registry_is_unsealed(live, mia, now):
    """Each table with a sealed column had a row; otherwise the test above checks nothing."""
    copy = Copied(live(mia, "canary"), now)
    for holding in given_out():
        sealed = [name for name, kind in holding.columns.items() if kind is data_inventory.SEALED]
        rows = copy.lines(f"data/{holding.model._meta.db_table}.jsonl")
        for name in sealed:
            if name in NOT_FILLED.get(holding.label, ()):
                continue
            assert [row for row in rows if row[name] is not None], (holding.label, name)


# Columns that only another person's act fills.
NOT_FILLED = {
    "privacy.PrivacyRequest": ("answer",),
    "consent.ProfileChange": ("reason",),
    "research.Label": ("sealed",),
    "research.SnapshotRow": ("sealed", "said"),
}


def test_it_holds_no_data_of_other_people(live, mia, noah, greta, ines, now):
    live(mia, "hers")
    live(noah, "his")
    requests.ask(noah, "erasure", by=greta, note="his-mother", now=now)
    copy = Copied(mia, now)
    strangers = [b"his-", str(noah.code).encode(), noah.code.hex.encode(), b"noah", b"greta"]
    strangers += [str(who.code).encode() for who in (greta, ines)]
    strangers.append(repr(_pointer("his")[0])[:12].encode())
    for name, content in copy.content.items():
        for needle in strangers:
            assert needle not in content, (name, needle)
    his = Copied(noah, now)
    assert str(greta.code).encode() not in b"".join(his.content.values())
    assert row_decryption.ANOTHER in {
        row["by"] for row in his.lines("data/privacy_privacyrequest.jsonl")
    }


def test_a_destroyed_key_is_marked_and_the_rest_exported(live, mia, now):
    live(mia, "canary")
    open_keystore().destroy(mia.code, ["pointer:adapt"])
    copy = Copied(mia, now)
    (sensed,) = copy.lines("data/telemetry_block.jsonl")
    assert (sensed["sealed"], sensed[UNREADABLE]) == (None, {"sealed": "key_destroyed"})
    assert "canary-guess" not in b"".join(copy.content.values()).decode()
    assert copy.lines("data/courses_response.jsonl")[0]["given_sealed"] == "canary-answer"
    assert "key is destroyed" in copy.content["index.html"].decode()


def test_the_legal_profile_limits_the_export(live, mia, now, settings):
    live(mia, "canary")
    settings.LEGAL_PROFILE = "eu_education"
    copy = Copied(mia, now)
    everything = b"".join(copy.content.values()).decode()
    for word in ("guess", "behaviour", "why"):
        assert f"canary-{word}" not in everything
    (sensed,) = copy.lines("data/telemetry_block.jsonl")
    assert sensed[UNREADABLE] == {"sealed": "blocked_profile"}
    assert "canary-answer" in everything


def test_restrictions_and_expired_grants_do_not_limit_the_export(live, mia, now):
    live(mia, "canary")
    restrictions.set_restriction(mia, "restriction", on=True, now=now)
    Grant.objects.update(expires_at=now - timedelta(days=1))
    assert "canary-guess" in b"".join(Copied(mia, now).content.values()).decode()


def test_a_closed_account_is_not_unsealed(live, mia, now):
    live(mia, "canary")
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    (sensed,) = Copied(mia, now).lines("data/telemetry_block.jsonl")
    assert sensed[UNREADABLE] == {"sealed": "account_gone"}


def test_the_manifest_names_every_file_and_anyone_can_check_its_signature(live, mia, now):
    copy = Copied(live(mia, "canary"), now)
    manifest = copy.json("manifest.json")
    signature = manifest.pop("signature")
    public, value = bytes.fromhex(signature["public_key"]), bytes.fromhex(signature["value"])
    assert public == signing.public_key()
    assert signing.is_signed(signing.EXPORT, canonical(manifest), value, public)
    assert not signing.is_signed(signing.CERTIFICATE, canonical(manifest), value, public)
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    assert listed == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in copy.content.items()
        if name != "manifest.json"
    }
    assert copy.zip.testzip() is None


def test_the_consent_history_has_the_exact_texts(live, mia, now, published):
    copy = Copied(live(mia, "canary"), now)
    told = copy.lines("consents/history.jsonl")
    assert {row["scope"] for row in told} == set(SCOPES)
    for row in told:
        shown = copy.content[row["notice"]]
        assert hashlib.sha256(shown).hexdigest() == row["sha256"]
        assert shown.decode() in {notice.body for notice in published}
        whole = copy.content[row["shown"]]
        assert row["shown"] == f"consents/shown/{hashlib.sha256(whole).hexdigest()}.txt"


def test_a_cell_that_looks_like_a_formula_is_text(course, now):
    name = "=HYPERLINK(1)"
    person = make(name, now=now)
    copy = Copied(person, now)
    (row,) = csv.DictReader(io.StringIO(copy.content["data/accounts_user.csv"].decode("utf-8-sig")))
    assert row["name_sealed"] == f"'{name}"
    (same,) = copy.lines("data/accounts_user.jsonl")
    assert same["name_sealed"] == name


@pytest.mark.parametrize(
    ("value", "cell"),
    [("+1", "'+1"), ("-x", "'-x"), ("@a", "'@a"), ("\ta", "'\ta"), (-1.5, "-1.5"), (True, "true"),
     (None, ""), ([1], "[1]"), ("plain", "plain")],
)  # fmt: skip
def test_cells(value, cell):
    from privacy.export.jsonl_csv import cell as written

    assert written(value) == cell


def test_a_large_file_is_sent_in_small_parts(now):
    content = (secrets.token_bytes(10_000) for _ in range(200))
    parts = [len(part) for part in zip_stream.pack([ZipMember("large", content)], {}, now=now)]
    assert sum(parts) > 2_000_000
    assert max(parts) < 2 * zip_stream.ENOUGH


@pytest.mark.long
def test_memory_does_not_grow_with_the_data(live, mia, now):
    """Twenty times the Blocks in a Sitting of hours: the same peak within a megabyte."""
    live(mia, "canary")
    sitting = sittings.open(
        mia, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=now
    )
    _blocks(mia, sitting, range(250), now)
    _peak(mia, now)  # loaded once, before the measurement
    few = _peak(mia, now)
    _blocks(mia, sitting, range(250, 5000), now)
    assert _peak(mia, now) < few + (1 << 20)


def _blocks(person, sitting, numbers, now):
    key = open_keystore().current_key(person.code, "pointer:adapt", 1, now)
    raw = block("pointer", 0, rows=[_pointer("canary")], epoch=1)
    rows = [
        Block(
            day=now.date(), sitting=sitting.id, stream="pointer", seq=seq, learner=person, epoch=1,
            t0=float(seq), rate_hz=1.0, rows=1, channels=13, received_at=now,
            sealed=seal(raw, keys=[key], place=place(sitting.id, "pointer", seq, person.code)),
        )
        for seq in numbers
    ]  # fmt: skip
    Block.objects.bulk_create(rows, batch_size=500)


def _peak(person, now):
    tracemalloc.start()
    size = sum(len(part) for part in data_export.stream(person, now=now))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size
    return peak


def test_a_download_records_a_leaf_and_is_limited_to_ten_minutes(client_for, mia):
    client = client_for(mia)
    answer = client.post("/my-data/download/")
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert str(mia.code) not in answer["Content-Disposition"]
    assert leaves_about(mia.code).filter(verb="export.make").count() == 1
    again = client.post("/my-data/download/")
    assert again.status_code == 429
    assert "next one at" in again.content.decode()
    assert leaves_about(mia.code).filter(verb="export.make").count() == 1
    assert client.get("/my-data/download/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_the_download_is_the_zip(client_for, mia):
    answer = client_for(mia).post("/my-data/download/")

    with zipfile.ZipFile(io.BytesIO(read_body(answer))) as copy:
        assert json.loads(copy.read("manifest.json"))["person"] == str(mia.code)


def test_ten_minutes_later_another_download_is_possible(mia):
    now = timezone.now()
    data_export.ask(mia, now=now)
    with pytest.raises(data_export.TooSoon) as early:
        data_export.ask(mia, now=now + timedelta(minutes=9))
    data_export.ask(mia, now=early.value.at + timedelta(seconds=1))


def test_the_command_writes_the_same_zip_with_owner_permissions(mia, tmp_path):
    path = tmp_path / "mia.zip"
    call_command("export_learner", learner=str(mia.code), out=str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as copy:
        assert "index.html" in copy.namelist()
    assert leaves_about(mia.code).filter(verb="export.make").count() == 1
    assert [each.name for each in tmp_path.iterdir()] == ["mia.zip"]
    with pytest.raises(CommandError) as there:
        call_command("export_learner", learner=str(mia.code), out=str(path))
    with pytest.raises(CommandError) as nobody:
        call_command("export_learner", learner=str(uuid.uuid4()), out=str(tmp_path / "x.zip"))
    assert (there.value.returncode, nobody.value.returncode) == (1, 1)


def test_an_erased_person_has_no_export(mia, now, tmp_path):
    code = mia.code
    erasure.erase(code, actor=code, cause="request", now=now)
    with pytest.raises(CommandError):
        call_command("export_learner", learner=str(code), out=str(tmp_path / "x.zip"))


def test_an_estimate_is_unsealed_as_on_the_pages(live, mia, now):
    """The generic way and that of the pages agree, so the export shows what was used."""
    live(mia, "canary")
    row = AffectEstimate.objects.get()
    permits = gate.permits(mia.code, SCOPES, now=now).granted
    guess = affect.read(row, permits)
    assert isinstance(guess, Guess)
    (told,) = Copied(mia, now).lines("data/estimates_affectestimate.jsonl")
    assert {label: tuple(r) for label, r in told["sealed"]["labels"].items()} == guess.labels
