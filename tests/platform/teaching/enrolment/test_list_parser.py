"""A list of people is parsed line by line; an unreadable list is rejected as a whole."""

from __future__ import annotations

import pytest

from teaching.enrolment import list_parser
from teaching.enrolment.list_parser import UnreadableList, decode_upload, read_people


def parse(text, role="learner"):
    return [(row.number, row.login, row.role, row.problem) for row in read_people(text, role)]


def test_one_login_per_line_gets_the_role_of_the_form():
    assert parse("mia\n\n  noah@school.example  \n") == [
        (1, "mia", "learner", ""),
        (3, "noah@school.example", "learner", ""),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_second_column_contains_the_role(separator):
    assert parse(f"mia{separator}learner\nines{separator}Co-Teacher\nnoah{separator}") == [
        (1, "mia", "learner", ""),
        (2, "ines", "teacher", ""),
        (3, "noah", "learner", ""),
    ]


def test_column_names_give_the_positions_of_the_columns():
    text = 'Name,Role,E-Mail\n"Sun, Mia",student,mia@school.example\n'
    assert parse(text, "teacher") == [(2, "mia@school.example", "learner", "")]


def test_the_separator_of_the_head_counts_for_every_line():
    text = "Name;E-Mail;Rolle\nFischer, Lena, Dr.;lena@school.example;Lehrende\nSun, Mia;mia;\n"
    assert parse(text) == [
        (2, "lena@school.example", "teacher", ""),
        (3, "mia", "learner", ""),
    ]


def test_each_wrong_line_says_what_is_wrong_with_it():
    found = parse("mia\nnoah,boss\n,learner\nMIA\n" + "x" * 255)
    assert [problem for *_, problem in found] == [
        "",
        "The role must be learner or teacher, not “boss”.",
        "This line has no username or email.",
        "Same as line 1. Remove one of them.",
        "This is too long for a username.",
    ]


def test_an_unclosed_quote_affects_only_its_own_line():
    assert [login for _, login, *_ in parse('"mia\nnoah')] == ["mia", "noah"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\n , \n", list_parser.EMPTY_LIST),
        ("login,role\n", list_parser.EMPTY_LIST),
        ("name,role\nmia,learner", list_parser.NO_LOGIN_COLUMN),
        ("x" * (list_parser.MOST_CHARACTERS + 1), list_parser.TOO_LONG),
    ],
)
def test_an_unreadable_list_is_rejected_as_a_whole(text, why):
    with pytest.raises(UnreadableList, match=str(why)):
        read_people(text, "learner")


def test_a_list_has_a_maximum_length():
    assert len(read_people("\n".join(f"p{n}" for n in range(500)), "learner")) == 500
    with pytest.raises(UnreadableList, match="more than 500 lines"):
        read_people("\n".join(f"p{n}" for n in range(501)), "learner")


@pytest.mark.parametrize(
    "sent", [b"\xff\xfem", b"\x81", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04\0", b"mia\0"]
)
def test_a_file_that_is_no_text_is_refused(sent):
    with pytest.raises(UnreadableList, match="not a text file"):
        decode_upload(sent)


def test_the_mark_that_some_programs_put_before_text_is_left_out():
    assert decode_upload("mia".encode("utf-8-sig")) == "mia"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("head", "learner", "teacher"),
    [
        ("E-Mail-Adresse {} Rolle", "Lernende", "Lehrende"),
        ("Benutzername {} Rolle", "Schüler*in", "Lehrkraft"),
        ("Anmeldename {} ROLLE", "Lernende/r", "Lehrer(in)"),
        ("User name {} Role", "Learner", "Co-Teacher"),
        ("email_address {} role", "student", "TEACHER"),
    ],
)
def test_a_list_is_read_as_office_programs_save_it(encoding, separator, head, learner, teacher):
    lines = [
        head.format(separator),
        f"\xa0jörg\xa0{separator}{learner}",
        f"ada{separator}{teacher} ",
    ]
    found = parse(decode_upload("\r\n".join(lines).encode(encoding)), "teacher")
    assert found == [(2, "jörg", "learner", ""), (3, "ada", "teacher", "")]


def test_blanks_of_every_kind_and_the_line_for_excel_are_left_out():
    text = "sep=;\nLog\u2011in\xa0name;Rolle\n\u200b\u2003mia\ufeff\u3000;\u202fLehrende\n"
    assert parse(text) == [(3, "mia", "teacher", "")]
