"""A Teacher invites by email and learns nothing about existing accounts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.email_address import is_email
from accounts.keyed_hash import normalise_login
from accounts.mail import delivery
from accounts.sign_in import lookup_limits
from audit.models import Leaf
from courses.email_invitations import dispatch, records
from courses.email_invitations.mails import INVITATION_MAILS
from courses.email_invitations.records import open_email
from courses.models import EmailInvitation, Enrolment
from courses.models.email_invitation import forget_invited
from teaching.enrolment.email_list_parser import read_emails
from teaching.enrolment.list_parser import UnreadableList
from tests.fixtures import factories
from tests.fixtures.accounts.email_invitations import (
    LENA,
    PEOPLE,
    act,
    allow,
    invite,
    link_of,
    links_on,
)
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.fixtures.users import make
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
NEVER = re.compile(r"ines|camera|sens|estimate|mood|feel", re.I)


@pytest.fixture
def teacher(client_for, course, ines, now):
    allow(now=now)
    return client_for(ines)


def open_invitation():
    return EmailInvitation.objects.exclude(state="ended").get()


def statements(client, typed):
    """Return the redirect of an invitation, and its SQL statements without values."""
    with CaptureQueriesContext(connection) as found:
        answer = invite(client, typed)
    work = [re.sub(r"'[^']*'|\b\d+\b|NULL|\"s\d+_x\d+\"", "?", each["sql"]) for each in found]
    return answer["Location"], work


def test_an_invitation_goes_by_mail_with_site_course_and_link_and_no_person(teacher, inbox):
    assert invite(teacher)["Location"] == f"{PEOPLE}?invited=1"
    assert "1 invitation is being sent." in teacher.get(f"{PEOPLE}?invited=1").content.decode()
    assert send() == 1
    (mail,) = inbox.mails
    assert mail["To"] == LENA
    assert "Northfield School" in plain(mail)
    assert "“Elementary algebra”" in plain(mail)
    assert link_of(mail) in html(mail)
    assert "Hello," in plain(mail)
    assert not NEVER.search(plain(mail).replace("joining means", ""))
    page = teacher.get(PEOPLE).content.decode()
    assert LENA in page
    assert "Sent. Expires on" in page


def test_known_and_unknown_addresses_get_the_same_answer_work_and_mail(teacher, inbox, mia):
    before = Enrolment.objects.count()
    statements(teacher, "first.of.the.day@northfield.example")
    known, unknown = statements(teacher, "mia@school.example"), statements(teacher, LENA)
    assert known == unknown
    assert Enrolment.objects.count() == before
    assert send() == 3
    texts = {re.sub(r"key=[\w-]+", "", plain(mail)) for mail in inbox.mails}
    assert len(texts) == 1
    page = teacher.get(PEOPLE).content.decode()
    assert page.count("Sent. Expires on") == 3


@pytest.mark.parametrize("has_mail", [True, False])
def test_many_addresses_take_as_many_statements_as_one(teacher, course, ines, request, has_mail):
    if has_mail:
        request.getfixturevalue("inbox")

    def count(emails):
        with CaptureQueriesContext(connection) as found:
            dispatch.invite(course, emails, by=ines, now=timezone.now())
        return len(found)

    many = [f"b{n}@b.example" for n in range(30)]
    count(["first@b.example"])
    one = count(["a@b.example"])
    assert count(many) == one
    assert count(many) <= one
    assert EmailInvitation.objects.filter(sendings=2).count() == 30
    assert Leaf.objects.filter(verb="enrolment.change").count() == 62


def test_without_mail_the_link_is_shown_once_and_its_digest_is_stored(teacher):
    shown = invite(teacher)
    (link,) = links_on(shown)
    assert shown.status_code == 200
    assert links_on(teacher.get(PEOPLE)) == []
    assert link.partition("key=")[2] not in repr(EmailInvitation.objects.values().get())
    again = act(teacher, open_invitation(), "again")
    assert links_on(again) != [link]
    assert teacher.get(link).status_code == 410


def test_the_address_is_sealed_under_a_key_that_withdrawing_destroys(teacher):
    invite(teacher)
    row = open_invitation()
    sealed, keys = bytes(row.email_sealed), open_keystore().key_ids(row.id)
    assert open_email(row) == LENA
    assert LENA.encode() not in sealed
    assert LENA not in repr(EmailInvitation.objects.values().get())
    assert act(teacher, row, "withdraw").status_code == 302
    assert LENA not in teacher.get(PEOPLE).content.decode()
    left = EmailInvitation.objects.get()
    assert (left.email_sealed, left.email_digest, left.key_digest) == (None, None, None)
    assert keys
    records.end_due_invitations(now=timezone.now())
    assert not EmailInvitation.objects.exists()
    assert not any(open_keystore().has_key(key) for key in keys)


def test_after_thirty_days_the_sweep_destroys_what_waits(teacher):
    invite(teacher)
    row, keys = open_invitation(), open_keystore().key_ids(open_invitation().id)
    records.end_due_invitations(now=row.expires_at - timedelta(seconds=1))
    assert open_invitation()
    assert row.expires_at - row.made_at == timedelta(days=30)
    assert records.end_due_invitations(now=row.expires_at) == 1
    assert not EmailInvitation.objects.exists()
    assert not any(open_keystore().has_key(key) for key in keys)


def test_a_deleted_course_ends_its_invitations(teacher, course):
    invite(teacher)
    keys = open_keystore().key_ids(open_invitation().id)
    course.delete()
    assert records.end_due_invitations(now=timezone.now()) == 1
    assert not any(open_keystore().has_key(key) for key in keys)


def test_sending_again_ends_the_older_link_with_the_newer_mail(teacher, inbox, client_for):
    invite(teacher)
    send()
    old = link_of(inbox.mails[0])
    act(teacher, open_invitation(), "again")
    assert client_for(None).get(old).status_code == 200
    send()
    new = link_of(inbox.mails[1])
    assert client_for(None).get(old).status_code == 410
    assert client_for(None).get(new).status_code == 200


def test_an_invitation_asked_for_again_during_a_try_is_not_recorded_as_sent(teacher, inbox):
    now = timezone.now()
    invite(teacher)
    begun = delivery._begin(open_invitation().pk, timezone.now(), INVITATION_MAILS)
    act(teacher, open_invitation(), "again")
    delivery._record(begun, "sent", now)
    assert open_invitation().state == "waiting"
    assert send() == 1
    assert open_invitation().state == "sent"


def test_what_was_withdrawn_during_a_try_stays_ended(teacher, inbox):
    invite(teacher)
    begun = delivery._begin(open_invitation().pk, timezone.now(), INVITATION_MAILS)
    act(teacher, open_invitation(), "withdraw")
    assert INVITATION_MAILS.write(begun, timezone.now()) is None
    delivery._record(begun, "dropped", timezone.now())
    assert EmailInvitation.objects.get().state == "ended"


def test_one_invitation_is_sent_five_times_at_most(teacher, inbox):
    invite(teacher)
    for _ in range(4):
        assert act(teacher, open_invitation(), "again").status_code == 302
    refused = act(teacher, open_invitation(), "again")
    assert refused.status_code == 422
    assert "has already been sent five times" in refused.content.decode()
    typed_again = invite(teacher)
    assert typed_again.status_code == 422
    assert "has already been sent five invitations" in typed_again.content.decode()


def test_a_teacher_can_send_a_limited_number_a_day(teacher, monkeypatch):
    monkeypatch.setattr(lookup_limits, "MAX_INVITATIONS", 2)
    assert invite(teacher, "a@b.example, c@b.example").status_code == 200
    refused = invite(teacher, "d@b.example")
    assert refused.status_code == 422
    assert "more invitations than one person can send" in refused.content.decode()
    assert EmailInvitation.objects.count() == 2


def test_a_refused_address_is_reported(teacher, inbox):
    inbox.refuse = "550 no such user"
    invite(teacher)
    send()
    assert "the mail server refused the address" in teacher.get(PEOPLE).content.decode()


def test_a_withdrawn_invitation_sends_no_mail(teacher, inbox):
    invite(teacher)
    act(teacher, open_invitation(), "withdraw")
    assert send() == 0
    assert inbox.mails == []


def test_only_the_teacher_who_typed_an_address_reads_it(teacher, course, client_for):
    raul = make("raul")
    type(raul).objects.filter(pk=raul.pk).update(roles=["teacher"])
    factories.make_enrolment(raul, course, role="teacher")
    invite(teacher)
    other = client_for(raul)
    page = other.get(PEOPLE).content.decode()
    assert "Invited by another teacher" in page
    assert LENA not in page
    assert LENA not in act(other, open_invitation(), "again").content.decode()
    assert act(other, open_invitation(), "withdraw").status_code == 302


def test_no_other_course_withdraws_it(teacher, ines):
    other = factories.make_course("geometry")
    factories.make_enrolment(ines, other, role="teacher")
    invite(teacher)
    fields = {"id": str(open_invitation().id), "act": "withdraw"}
    assert teacher.post("/teach/geometry/people/email/", fields).status_code == 404
    assert teacher.post(f"{PEOPLE}email/", {"act": "withdraw", "id": "x"}).status_code == 404
    assert open_invitation()


def test_where_stewards_alone_make_accounts_the_page_says_whom_to_ask(client_for, course, ines):
    client = client_for(ines)
    page = client.get(PEOPLE).content.decode()
    assert "Ask a data steward to add them" in page
    assert 'name="typed"' not in page
    assert invite(client).status_code == 422
    looked = client.post(f"{PEOPLE}add/", {"people": LENA, "role": "learner"}).content.decode()
    assert "Ask a data steward to add them." in looked
    assert not EmailInvitation.objects.exists()


def test_a_list_says_to_invite_by_email_where_that_is_allowed(teacher):
    page = teacher.post(f"{PEOPLE}add/", {"people": LENA, "role": "learner"}).content.decode()
    assert "Invite them by email below." in page


def test_each_act_leaves_a_leaf_that_names_no_address(teacher):
    invite(teacher)
    act(teacher, open_invitation(), "again")
    act(teacher, open_invitation(), "withdraw")
    leaves = Leaf.objects.filter(verb="enrolment.change").order_by("at", "id")
    assert [leaf.public for leaf in leaves] == [
        "course=algebra what=email_invited",
        "course=algebra what=email_invited",
        "course=algebra what=email_withdrawn",
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter at least one email address."),
        ("lena", "not “lena”"),
        ("lena@northfield", "not “lena@northfield”"),
        ("\uff4cena@northfield.example", "Enter an email address such as"),
        ("\n".join(f"a{n}@b.example" for n in range(101)), "Enter at most 100"),
    ],
)
def test_an_invalid_list_of_addresses_invites_no_one(teacher, typed, told):
    answer = invite(teacher, typed)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not EmailInvitation.objects.exists()


def test_an_erased_person_is_removed_from_invitations(teacher, mia, ines):
    invite(teacher, "MIA@school.example")
    assert forget_invited(mia.code, ["course"]) == 0
    assert forget_invited(mia.code, None) == 1
    assert EmailInvitation.objects.get().state == "ended"
    invite(teacher)
    assert forget_invited(ines.code, None) == 2
    assert open_invitation().invited_by is None


def test_a_second_invitation_of_an_address_is_the_same_one(teacher, course, ines):
    now = timezone.now()
    invite(teacher)
    dispatch.invite(course, [LENA.upper()], by=ines, now=now)
    assert open_invitation().sendings == 2


LIST = "Nr.;Name;E-Mail\n1;Jörg Ek;joerg@school.example\n2;Bo;bo@school.example\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("heading", ["email", "E-mail", "E-Mail-Adresse"])
def test_a_column_of_an_exported_file_is_invited(
    teacher, inbox, course, encoding, separator, heading
):
    text = LIST.replace("E-Mail", heading).replace(";", separator)
    sent = SimpleUploadedFile("class.csv", text.replace("\n", "\r\n").encode(encoding))
    answer = teacher.post(f"{PEOPLE}email/", {"typed": "", "file": sent})
    assert answer["Location"] == f"{PEOPLE}?invited=2"
    kept = {open_email(row) for row in EmailInvitation.objects.all()}
    assert kept == {"joerg@school.example", "bo@school.example"}


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("Lena Fischer <l@b.example>; Noah <n@b.example>", ["l@b.example", "n@b.example"]),
        ('"Fischer, Lena" <l@b.example>, n@b.example', ["l@b.example", "n@b.example"]),
        ("Fischer, Lena <l@b.example>", ["l@b.example"]),
        ("n@b.example, l@b.example <l@b.example>", ["n@b.example", "l@b.example"]),
        ("<l@b.example>\n<L@B.example>", ["l@b.example"]),
        ("a@b.example c@b.example;d@b.example", ["a@b.example", "c@b.example", "d@b.example"]),
        ('"a@b.example","c@b.example"', ["a@b.example", "c@b.example"]),
        ("sep=;\nname;mail\nLena;Lena <l@b.example>", ["l@b.example"]),
        ("Name;E-Mail\nFischer, Lena;l@b.example", ["l@b.example"]),
        ("E-Mail\tName\nl@b.example\tFischer, Lena, Dr.", ["l@b.example"]),
        ("E-Mail\nl@b.example;n@b.example", ["l@b.example"]),
        ("Lena <l@b.example>, noah", ["l@b.example", "noah"]),
        ("Lena <l@b.example", ["Lena", "<l@b.example"]),
    ],
)
def test_addresses_are_found_as_they_are_pasted(typed, named):
    assert [each.text for each in read_emails(typed)] == named


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("name;email\nLena;\n", "Line 2 has no email address."),
        ("name;role\nLena;learner", "none of them is “email”"),
        ("name;email\n", "Enter at least one email address."),
        ("email\nlena@b.example\nnoah", "Line 3: Enter an email address such as"),
    ],
)
def test_an_invalid_list_reports_its_line_and_invites_no_one(teacher, typed, told):
    answer = invite(teacher, typed)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not EmailInvitation.objects.exists()


def test_a_file_that_is_not_text_invites_no_one(teacher):
    sent = SimpleUploadedFile("class.xlsx", b"PK\x03\x04\0")
    answer = teacher.post(f"{PEOPLE}email/", {"file": sent})
    assert answer.status_code == 422
    assert "This is not a text file." in answer.content.decode()


@given(st.text(st.sampled_from('aß@. ,;<>"\n\tA\u0130\uff41é-'), max_size=60))
def test_addresses_are_single_ascii_and_without_separators(typed):
    try:
        found = [each.text for each in read_emails(typed)]
    except UnreadableList:
        return
    assert len({normalise_login(each) for each in found}) == len(found)
    for each in found:
        if is_email(each):
            assert not re.search(r"[\s,;<>]", each)
            assert each.isascii()
            assert normalise_login(each) == each.lower()
