"""`manage.py erase_learner`: by username or code, step by step, with exit code and certificate."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from privacy.erasure import claim_codes, postgres_files
from privacy.models import STATES, Erasure
from vault import signing
from vault.errors import KeystoreBusy
from vault.keystore import KeyStore

pytestmark = pytest.mark.django_db


def run(*arguments, command="erase_learner"):
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["login", "code"])
def test_it_erases_and_prints_each_step_and_the_claim_code_once(mia, by):
    said = run("mia" if by == "login" else str(mia.code), "--yes").splitlines()
    assert [line.split()[0] for line in said[:4]] == ["frozen", "shredded", "rows", "derived"]
    assert "keys" in said[1]
    assert "accounts_user 1" in said[2]
    assert any("claim code" in line for line in said)
    assert any(signing.public_key().hex() in line for line in said)
    assert not User.objects.filter(code=mia.code).exists()


def test_json_is_the_receipt_and_nothing_else(mia):
    told = json.loads(run("mia", "--yes", "--json"))
    (row,) = told["rows"]
    assert (told["name"], row["state"]) == ("erase_learner", "derived")
    assert row["counts"]["accounts_user"] == 1
    assert 0 <= row["unreadable_s"] <= 5


@pytest.mark.django_db(transaction=True)
def test_with_verify_it_ends_with_a_valid_certificate(own_keystore, mia, tmp_path):
    file, subject = tmp_path / "erasure.json", mia.code
    told = json.loads(run("mia", "--yes", "--verify", "--json", "--out", file))
    (row,) = told["rows"]
    assert row["state"] == "certified"
    assert row["unreadable_s"] <= row["bytes_gone_s"] <= row["certified_s"]
    right = ("--public-key", row["public_key"], "--claim", row["claim"], "--subject", subject)
    assert "signed by the key you gave" in run(file, *right, command="verify_erasure")
    with pytest.raises(CommandError):
        run(file, *right[:4], "--subject", uuid.uuid4(), command="verify_erasure")


@pytest.mark.django_db(transaction=True)
def test_verify_prints_every_step_with_its_time(own_keystore, mia):
    said = run("mia", "--yes", "--verify").splitlines()
    assert [line.split()[0] for line in said[:7]] == list(STATES[1:])
    assert all(" s " in line for line in said[:7])
    assert "bytes gone" in said[5]


def test_out_without_verify_is_a_usage_error(mia, tmp_path):
    with pytest.raises(CommandError) as refused:
        run("mia", "--yes", "--out", tmp_path / "x.json")
    assert refused.value.returncode == 2
    assert User.objects.filter(code=mia.code).exists()


def test_a_failed_verification_ends_with_an_error(own_keystore, mia, monkeypatch):
    monkeypatch.setattr(postgres_files, "clear_bytes", lambda *_: None)
    monkeypatch.setattr(
        "privacy.erasure.residual_data.count_residue", lambda _: {"accounts_user": 1}
    )
    with pytest.raises(CommandError) as refused:
        run("mia", "--yes", "--verify")
    assert refused.value.returncode == 1


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
def test_failures_have_an_exit_code(mia, arguments, code):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == code
    assert not Erasure.objects.exists()


def test_an_erased_username_cannot_be_erased_again(mia):
    run("mia", "--yes")
    with pytest.raises(CommandError):
        run("mia", "--yes")


@pytest.mark.parametrize("json_", [[], ["--json"]], ids=["words", "json"])
def test_the_claim_code_is_printed_while_the_keystore_is_busy(mia, monkeypatch, json_):
    def busy(*_):
        raise KeystoreBusy("a reader held the keystore open")

    monkeypatch.setattr(KeyStore, "destroy", busy)
    out = io.StringIO()
    with pytest.raises(CommandError, match="stopped after frozen"):
        call_command("erase_learner", "mia", "--yes", *json_, stdout=out)
    (row,) = json.loads(out.getvalue())["rows"] if json_ else [None]
    said = row["claim"] if row else out.getvalue().partition("claim code ")[2].split()[0]
    erased = Erasure.objects.get(cause="request")
    assert bytes(erased.subject_ref) == claim_codes.subject_ref(said, mia.code)
