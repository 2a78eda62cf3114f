"""Comparing a row with its dependent rows gives the same result as reading the whole list."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from stewardship.people.imports.encryption import unseal_row
from stewardship.people.imports.models import GUARDIAN, NAMED_GUARDIAN, OTHER, ImportRow, ImportRun
from stewardship.people.imports.preview import corrections, dependent_rows
from stewardship.people.imports.requests import queue_work
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import import_file, preview, work

pytestmark = pytest.mark.django_db
HERE = """\
number;name;username;email;role;guardian email
1;Ada;ada;a@home.example;learner;
5;Gus;gus;g@home.example;guardian;
6;Gil;gil;h@home.example;guardian, teacher;
7;Kim;kim;h@home.example;guardian;
"""
HEAD = "number;name;username;email;role;guardian email\n"
VALUES = {
    "number": ["1", "2", "5", "6", "7"],
    "name": ["Ada", "Bo", "Cy", "Di", "Ed", ""],
    "username": ["", "ada", "gus", "n@home.example", "new"],
    "email": ["a@home.example", "g@home.example", "h@home.example", "n@home.example", "no"],
    "role": ["", "", "learner", "guardian", "guardian", "teacher, guardian", "king"],
    "guardian email": ["g@home.example", "h@home.example", "n@home.example", "m@home.example"],
    "born": ["", "", "", "", "", "", "", "03/04/2011", "31/12/2011", "12/31/2011", "x"],
    "class": ["", "algebra", "unknown"],
}
# Values that many rows share, but no other row.
OWN = {"number": "9{}", "username": "", "email": "own{}@home.example", "guardian email": ""}
COLUMN = {"username": "login", "role": "roles", "guardian email": "guardian", "class": "classes"}


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def draw(drawn, name):
    if name in OWN and drawn.random() < 0.6:
        return OWN[name].format(drawn.randrange(1000))
    return drawn.choice(VALUES[name])


def make_list(drawn):
    rows = [[draw(drawn, name) for name in VALUES] for _ in range(20)]
    return "\n".join(map(";".join, [VALUES, *rows]))


def read_preview():
    """Return the content of the preview, without values that are random each time."""
    rows = ImportRow.objects.select_related("person", "guardian").order_by("number", "turn")
    links = ("turn", "number", "kind", "why", "noted", "person_id", "guardian_id", "login_digest")
    links += ("number_digest", "email_digest", "guardian_digest")
    run = ImportRun.objects.order_by("sent_at").last()
    rows = [row for row in rows if row.run_id == run.pk]
    said = [({name: getattr(row, name) for name in links}, unseal_row(row)) for row in rows]
    return said, run.tally, run.asks_order


def change(drawn, run, amir, now):
    """Correct a row, or leave it out."""
    rows = ImportRow.objects.filter(run=run).exclude(turn=NAMED_GUARDIAN).order_by("number")
    row = drawn.choice(list(rows.select_related("person")))
    kept = unseal_row(row)
    seen = corrections.make_mark(row, kept)
    if drawn.random() < 0.25:
        corrections.leave_out(run.id, row.number, seen=seen, by=amir, now=now)
        return
    names = drawn.sample(list(VALUES), 2)
    typed = {COLUMN.get(name, name): draw(drawn, name) for name in names}
    corrections.correct(run.id, row.number, typed, seen=seen, by=amir, now=now)


def watch(monkeypatch):
    """Record how many rows are compared each time."""
    sizes = []

    def load(*asked):
        cells = dependent_rows.load_dependent(*asked)
        sizes.append(len(cells))
        return cells

    monkeypatch.setattr(corrections, "load_dependent", load)
    return sizes


@pytest.mark.parametrize("seed", range(8))
def test_rows_are_compared_as_if_the_whole_list_were_read(client, amir, seed, monkeypatch):
    sizes = watch(monkeypatch)
    drawn, now = random.Random(seed), timezone.now()
    factories.make_course("algebra")
    import_file(client, HERE)
    preview(client, make_list(drawn))
    run = ImportRun.objects.order_by("sent_at").last()
    for _ in range(10):
        change(drawn, run, amir, now)
        run.refresh_from_db()
        if run.state == "reading":
            work()
            run.refresh_from_db()
            continue
        compared = read_preview()
        queue_work(run, "reading", now)
        work()
        run.refresh_from_db()
        assert compared == read_preview()
    assert min(sizes) < 20


def correct(amir, place, /, **typed):
    run = ImportRun.objects.order_by("sent_at").last()
    row, kept = corrections.load_row(run, place)
    seen = corrections.make_mark(row, kept)
    corrections.correct(run.id, place, typed, seen=seen, by=amir, now=timezone.now())


def kinds():
    run = ImportRun.objects.order_by("sent_at").last()
    return list(run.rows.order_by("number", "turn").values_list("number", "turn", "kind"))


def test_a_child_is_compared_again_with_the_row_of_the_guardian(client, amir):
    preview(client, HEAD + "1;Ada;ada;;learner;g@home.example\n2;;gus;g@home.example;guardian;\n")
    assert kinds() == [(2, OTHER, "error"), (3, OTHER, "error")]
    correct(amir, 3, name="Gus")
    assert kinds() == [(2, OTHER, "new"), (3, GUARDIAN, "new")]


def test_a_child_is_compared_again_where_the_guardian_is_known_by_number_alone(client, amir):
    import_file(client, HERE)
    preview(client, HEAD + "2;Bo;bo;;learner;h@home.example\n6;Gil;;;;\n9;Di;di;;learner;\n")
    # Two guardians on the site have this email, and one of them is in the list.
    assert kinds() == [(2, OTHER, "new"), (3, GUARDIAN, "same"), (4, OTHER, "new")]
    correct(amir, 3, number="99", name="Gil", login="other")
    assert kinds()[:2] == [(2, NAMED_GUARDIAN, "new"), (2, OTHER, "new")]


def test_a_correction_clears_errors_that_depended_on_the_row_before(client, amir):
    preview(client, HEAD + "1;Ada;ada;;;\n1;Bo;bo;;;\n2;Cy;bo;;;\n")
    assert [kind for _number, _turn, kind in kinds()] == ["error"] * 3
    correct(amir, 3, number="3", login="other")
    assert [kind for _number, _turn, kind in kinds()] == ["new"] * 3
