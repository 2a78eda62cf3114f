"""`manage.py setup`: from an empty database to the first Steward's link. Safe to run again."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.formats import date_format

from accounts.passwords.password_links import LIFETIME
from accounts.site import site_facts
from accounts.site.site_address import site_address
from accounts.site.site_facts import FactsChanged, InvalidFact
from consent.notices import site_change
from deployment import command_help, installation, site_questions
from deployment.installation import CannotSetUp

LINK = """
Open this link to set a password and two-step verification. It works once, until {until} UTC:
  {link}
If the link is lost, run this command again to get a new one.
"""

RENEWS = """
This publishes a new version of every privacy notice. Consents given under the old text stop until
the person has read the new one and agreed again. After 14 days without an answer, the data
collected under them is deleted."""

CHANGED = "The site details were changed in the meantime. Run this command again."

NO_DATABASE = (
    "setup is for a site with a PostgreSQL of its own: give DATABASE_URL (docs/operations.md). "
    "`manage.py demo` comes with one."
)


class Command(BaseCommand):
    help = command_help.SETUP
    # The tables that the system checks need are created by this command.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command_help.add_setup_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRIVATE_POSTGRES is not None:
            raise CommandError(NO_DATABASE)
        try:
            self._set_up(options)
        except FactsChanged:
            raise CommandError(CHANGED) from None
        except (CannotSetUp, InvalidFact) as error:
            raise CommandError(str(error)) from None

    def _set_up(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        installation.check_server()
        installation.make_tables()
        self.stdout.write(installation.explain_profile())
        seen = site_facts.load().mark()
        facts = site_questions.ask_facts(options, ask=_may_ask(options), write=self.stdout.write)
        if facts and _may_ask(options) and site_change.changes_notices(facts, now=now):
            self._confirm_publishing()
        installation.prepare(now, facts, seen=seen)
        wanted = (options["steward"] or "").strip() or not installation.has_steward()
        path = _invite(options, now) if wanted else None
        for step in installation.list_steps():
            self.stdout.write(step.line())
        if path is not None:
            until = date_format(now + LIFETIME, "j F Y, H:i")
            url = options["url"] or site_address()
            self.stdout.write(LINK.format(until=until, link=f"{url.rstrip('/')}{path}"))

    def _confirm_publishing(self) -> None:
        """Raise CannotSetUp unless the user agrees to publish new versions of the notices."""
        self.stdout.write(RENEWS)
        if input("Type publish to continue: ").strip().lower() != "publish":
            raise CannotSetUp("Nothing was changed.")


def _invite(options: dict[str, Any], now: datetime) -> str:
    ask = _may_ask(options)
    login = (options["steward"] or "").strip() or _read_answer(
        "Username or email of the first data steward", ask
    )
    name = options["name"] or (_read_answer("Name of this person", ask) if ask else login)
    return installation.invite_steward(login, name, now=now)


def _may_ask(options: dict[str, Any]) -> bool:
    return not options["no_input"] and sys.stdin.isatty()


def _read_answer(question: str, ask: bool) -> str:
    if not ask:
        raise CommandError("Name the first data steward: --steward LOGIN [--name NAME].")
    while not (answer := input(f"{question}: ").strip()):
        pass
    return answer
