"""`manage.py erase_learner LOGIN-or-CODE`: forget a person for good, step by step."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.people import by_login
from privacy import erasure
from privacy.models import Erasure

WORD = "erase"
SAID = {"frozen": "frozen  ", "shredded": "shredded", "rows": "rows    "}


class Command(BaseCommand):
    help = (
        "Erases a person: grants frozen, keys destroyed, rows removed. Nobody can bring them back. "
        "Exit code: 0 erased, 1 nothing or not all of it was done, 2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", metavar="LOGIN-or-CODE", help="log-in name or code")
        parser.add_argument("--yes", action="store_true", help=f"do not ask for the word {WORD}")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find(options["who"])
        if person is None:
            raise CommandError("nobody here has this log-in name or code", returncode=1)
        if not options["yes"]:
            self._confirm(quiet=options["json"])
        self.quiet = options["json"]
        done = erasure.erase(
            person.code, actor=None, cause="request", now=timezone.now(), tell=self._tell
        )
        if done.state in erasure.STEPS:
            raise CommandError(f"stopped after {done.state}; the sweep goes on", returncode=1)
        if options["json"]:
            self.stdout.write(json.dumps(receipt(done), indent=2))

    def _confirm(self, *, quiet: bool) -> None:
        if quiet:
            raise CommandError("--json does not ask: give --yes too", returncode=2)
        if input(f"This cannot be undone. Type the word {WORD}: ").strip().lower() != WORD:
            raise CommandError("not confirmed; nothing was changed", returncode=1)

    def _tell(self, done: Erasure) -> None:
        if not self.quiet:
            counts = "  ".join(f"{name} {count}" for name, count in _new(done).items())
            self.stdout.write(f"{SAID.get(done.state, done.state)}  {counts or 'nothing left'}")


def find(who: str) -> User | None:
    """By code where it is one, else by log-in name."""
    try:
        return User.objects.filter(code=UUID(who)).first()
    except ValueError:
        return by_login(who)


def receipt(done: Erasure) -> dict[str, object]:
    row = {"id": str(done.id), "state": done.state, "counts": done.counts}
    return {"name": "erase_learner", "protocol": "forward only", "rows": [row]}


def _new(done: Erasure) -> dict[str, int]:
    """The counts of the step that was just done."""
    earlier = {"frozen": set(), "shredded": {"grants"}}.get(done.state, {"grants", "keys"})
    return {name: count for name, count in done.counts.items() if name not in earlier}
