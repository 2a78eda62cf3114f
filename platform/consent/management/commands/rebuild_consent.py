"""`manage.py rebuild_consent --check`: compare every Grant with the replay of its events."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.grants.grant_verification import GrantCheck, check_grants

PROTOCOL = "consent_grant against the fold of consent_event, in one transaction"


class Command(BaseCommand):
    help = (
        "Works out every consent from its history and compares it with what is in force. Changes "
        "nothing. Exit code: 0 all match, 1 something differs, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare (required)")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            text = "expected --check: nothing is repaired, because the history is what counts"
            raise CommandError(text, returncode=2)
        checked = check_grants()
        if options["json"]:
            self.stdout.write(json.dumps(_figures(checked), indent=2))
        else:
            for each in checked.differences:
                self.stdout.write(f"{each.person}  {each.scope}  {', '.join(each.what)}")
            self.stdout.write(f"{checked.grants} consents, {checked.events} events")
        if checked.differences:
            count = len(checked.differences)
            raise CommandError(f"{count} consents do not match their history", returncode=1)


def _figures(checked: GrantCheck) -> dict[str, object]:
    rows = [
        {"person": str(each.person), "scope": each.scope, "differs": list(each.what)}
        for each in checked.differences
    ]
    figures = {"grants": checked.grants, "events": checked.events}
    return {"name": "rebuild_consent", "protocol": PROTOCOL, **figures, "rows": rows}
