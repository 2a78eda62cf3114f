"""`manage.py erase_learner`: by log-in or code, step by step, with an exit code."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from privacy.models import Erasure

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("erase_learner", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["login", "code"])
def test_it_erases_and_tells_each_step(mia, by):
    said = run("mia" if by == "login" else str(mia.code), "--yes")
    assert [line.split()[0] for line in said.splitlines()] == ["frozen", "shredded", "rows"]
    assert "keys" in said.splitlines()[1]
    assert "accounts_user 1" in said.splitlines()[2]
    assert not User.objects.filter(code=mia.code).exists()


def test_json_is_the_receipt_and_nothing_else(mia):
    told = json.loads(run("mia", "--yes", "--json"))
    assert (told["name"], told["rows"][0]["state"]) == ("erase_learner", "rows")
    assert told["rows"][0]["counts"]["accounts_user"] == 1


@pytest.mark.parametrize(("typed", "left"), [("erase", 0), (" Erase ", 0), ("yes", 1), ("", 1)])
def test_without_yes_the_word_has_to_be_typed(mia, monkeypatch, typed, left):
    monkeypatch.setattr("builtins.input", lambda _: typed)
    if left:
        with pytest.raises(CommandError) as refused:
            run("mia")
        assert refused.value.returncode == 1
    else:
        run("mia")
    assert User.objects.filter(code=mia.code).count() == left


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["nobody", "--yes"], 1), (["00000000-0000-4000-8000-000000000000", "--yes"], 1),
     (["mia", "--json"], 2)],
)  # fmt: skip
def test_what_it_cannot_do_it_says_with_a_code(mia, arguments, code):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == code
    assert not Erasure.objects.exists()


def test_a_name_that_was_erased_cannot_be_erased_again(mia):
    run("mia", "--yes")
    with pytest.raises(CommandError):
        run("mia", "--yes")
