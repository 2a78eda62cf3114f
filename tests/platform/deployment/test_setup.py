"""From an empty database to a Steward who can sign in; and again safely."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import people
from accounts.models import PasswordLink, User
from consent.models import Notice
from deployment import installation
from deployment.installation import CannotSetUp
from estimates.models import Predictor
from tests.fixtures.users import NAVIGATES
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"https://attune\.example/accounts/start/\?key=[\w-]{22}\b")
NEW = "a new battery staple"
OPTIONS = ("--no-input", "--steward", "amir@school.example", "--name", "Amir")
NAMED = ("--controller", FACTS.controller, "--contact", FACTS.contact)


@pytest.fixture
def manage(empty_database, tmp_path):
    """`manage("setup", …)`: run the command on an empty database; return exit code and output."""

    def ended(*words):
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={
                **empty_database,
                "ATTUNE_NO_BOOTSTRAP": "1",
                "ATTUNE_ORIGINS": "https://attune.example",
                "KEYSTORE_DIR": str(tmp_path / "keys"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return ended


def parse_states(said):
    """Return the state that each line of a set-up reports for its step."""
    return {line[10:26].strip(): line[:9].strip() for line in said.splitlines()[1:7]}


def parse_doctor(said):
    rows = json.loads(said[said.index("{") :].splitlines()[0])["rows"]
    return next(row for row in rows if row["what"] == "set-up")


def test_an_empty_database_becomes_a_site_and_again_safely(manage):
    assert "has no tables" in parse_doctor(manage("doctor", "--json")[1])["found"]

    code, said = manage("setup", *OPTIONS, *NAMED)
    assert code == 0, said
    assert parse_states(said) == {
        "Database": "done",
        "Privacy notices": "done",
        "Models": "done",
        "Data steward": "done",
        "Legal profile": "done",
        "First course": "missing",
    }
    assert len(LINK.findall(said)) == 1

    again, said_again = manage("setup", *OPTIONS)
    assert again == 0, said_again
    assert parse_states(said_again) == parse_states(said)
    assert LINK.findall(said_again) != LINK.findall(said)
    assert parse_doctor(manage("doctor", "--json")[1])["found"] == "done"


def test_the_first_steward_signs_in_by_the_link_and_it_is_not_made_again(set_up):
    said = set_up(*OPTIONS)
    assert "Data steward     has not signed in yet" in said
    link = LINK.search(said)[0].removeprefix("https://attune.example")
    steward = people.find_by_login("amir@school.example")
    assert (people.name_of(steward), steward.roles) == ("Amir", ["steward"])
    assert not steward.has_usable_password()

    browser = Client(headers=NAVIGATES)
    fields = {"key": link.partition("key=")[2], "new": NEW, "again": NEW}
    assert browser.post("/accounts/start/", fields).status_code == 302

    said = set_up("--no-input")
    assert LINK.search(said) is None
    assert "Data steward     can sign in" in said
    assert (User.objects.count(), PasswordLink.objects.count()) == (1, 0)


# Enter keeps each of the seven facts that are asked for.
KEPT = "\n" * 7


class Terminal(io.StringIO):
    """A keyboard on which these lines are typed."""

    def isatty(self):
        return True


def test_on_a_terminal_it_asks_for_the_first_steward_until_answered(set_up, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(KEPT + "\n  amir@school.example \nAmir\n"))
    said = set_up()
    assert said.count("Username or email of the first data steward: ") == 2
    assert people.name_of(people.find_by_login("amir@school.example")) == "Amir"
    assert LINK.search(said)


def test_a_link_that_was_lost_is_replaced(set_up):
    first, second = (LINK.search(set_up(*OPTIONS))[0] for _ in range(2))
    assert first != second
    assert User.objects.count() == PasswordLink.objects.count() == 1


def test_a_steward_who_lost_the_password_gets_a_new_link_and_no_second_one_is_made(set_up, amir):
    link = LINK.search(set_up("--no-input", "--steward", "amir"))[0]
    fields = {"key": link.partition("key=")[2], "new": NEW, "again": NEW}
    path = link.removeprefix("https://attune.example")
    assert Client(headers=NAVIGATES).post(path.partition("?")[0], fields).status_code == 302
    amir.refresh_from_db()
    assert amir.check_password(NEW)

    with pytest.raises(CommandError, match="another data steward can sign in"):
        set_up("--no-input", "--steward", "sara")
    assert people.find_by_login("sara") is None


def test_another_persons_log_in_is_refused(set_up, mia):
    with pytest.raises(CommandError, match="not a data steward"):
        set_up("--no-input", "--steward", "mia")
    mia.refresh_from_db()
    assert mia.roles == ["learner"]


def test_a_steward_whose_account_is_closed_gets_no_link(set_up):
    set_up(*OPTIONS)
    User.objects.update(is_active=False)
    PasswordLink.objects.all().delete()
    with pytest.raises(CommandError, match="account is locked"):
        set_up(*OPTIONS)
    assert not PasswordLink.objects.exists()


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("https://attune.example", "https://attune.example/"),
        ("https://attune.example/", "https://attune.example/"),
        ("", "http://localhost/"),
    ],
)
def test_the_link_begins_with_an_address_that_can_be_opened(set_up, settings, named, address):
    settings.SITE_ADDRESS = named
    assert f"  {address}accounts/start/?key=" in set_up(*OPTIONS)


def test_without_a_steward_and_without_input_it_says_which_option_is_missing(set_up):
    with pytest.raises(CommandError, match="--steward LOGIN"):
        set_up("--no-input", "--steward", " ")


def test_it_explains_the_legal_profile_and_what_none_means(set_up, settings, amir):
    assert "set LEGAL_PROFILE" in set_up("--no-input")
    settings.LEGAL_PROFILE = "us_higher_ed"
    assert "us_higher_ed" in set_up("--no-input")


def test_an_unreachable_database_is_reported_without_its_address(empty_database):
    broken = {**empty_database, "DATABASE_URL": "postgresql://nora:secret@127.0.0.1:9/attune"}
    done = subprocess.run(
        [sys.executable, "manage.py", "setup", *OPTIONS],
        cwd=ROOT,
        env={**broken, "ATTUNE_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "does not answer. Start PostgreSQL" in done.stderr
    assert "secret" not in done.stderr


def test_without_a_database_of_its_own_it_changes_nothing(settings):
    settings.PRIVATE_POSTGRES = object()
    with pytest.raises(CommandError, match="give DATABASE_URL"):
        call_command("setup", *OPTIONS)
    assert not User.objects.exists()


def test_too_old_a_server_is_refused_with_its_version(monkeypatch):
    monkeypatch.setattr(installation, "LEAST_POSTGRES", 99)
    with pytest.raises(CannotSetUp, match="PostgreSQL 99 or newer is needed; this is"):
        installation.check_server()


def test_preparing_twice_publishes_and_registers_once(now):
    installation.prepare(now)
    first = Notice.objects.count(), Predictor.objects.count()
    installation.prepare(timezone.now())
    assert (Notice.objects.count(), Predictor.objects.count()) == first
    assert min(first) > 0
