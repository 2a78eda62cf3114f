"""`manage.py erase_learner LOGIN-or-CODE`: erase a person, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.administration.person_records import CannotChange
from accounts.models import User
from accounts.people import find_by_login
from privacy.erasure import claim_codes, erasure, erasure_completion
from privacy.models import Erasure
from vault import signing
from vault.errors import KeystoreBusy

WORD = "erase"
WIDTH = 9


class Command(BaseCommand):
    help = (
        "Erases a person: consents frozen, keys destroyed, records removed. No one can restore "
        "them. With --verify it also waits for the proof: key store renewed, disk searched, "
        "certificate signed. Without it, a worker does that within minutes. "
        "Exit code: 0 erased, 1 nothing or not everything was done, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", metavar="LOGIN-or-CODE", help="username or person code")
        parser.add_argument("--yes", action="store_true", help=f"do not ask for the word {WORD}")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")
        parser.add_argument("--verify", action="store_true", help="continue until it is certified")
        parser.add_argument(
            "--out", type=Path, help="write the certificate to this file (with --verify)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["out"] and not options["verify"]:
            raise CommandError("--out needs --verify", returncode=2)
        person = find(options["who"])
        if person is None:
            raise CommandError("no account has this username or person code", returncode=1)
        if not options["yes"]:
            self._confirm(quiet=options["json"])
        self.quiet = options["json"]
        claim = claim_codes.new_code()
        done = self._erase(person.code, claim)
        try:
            self._see_through(done, verify=options["verify"])
        finally:
            # In any state, because the claim code is shown nowhere else.
            self._say(done, claim)
        if options["out"]:
            options["out"].write_text(done.certificate)

    def _erase(self, code: UUID, claim: str) -> Erasure:
        now = timezone.now()
        try:
            return erasure.erase(
                code, actor=None, cause="request", now=now, claim=claim, tell=self._tell
            )
        except CannotChange as problem:
            raise CommandError(str(problem), returncode=1) from problem

    def _see_through(self, done: Erasure, *, verify: bool) -> None:
        if done.state in erasure.STEPS:
            raise CommandError(
                f"stopped after {done.state}; the site continues automatically", returncode=1
            )
        if verify:
            erasure_completion.finish(
                clock=timezone.now, wait=timedelta(0), tell=self._tell_of(done.id)
            )
            done.refresh_from_db()
            if done.state != "certified":
                raise CommandError(f"stopped after {done.state}; the log says why", returncode=1)

    def _confirm(self, *, quiet: bool) -> None:
        if quiet:
            raise CommandError("--json does not ask: give --yes too", returncode=2)
        if input(f"This cannot be undone. Type the word {WORD}: ").strip().lower() != WORD:
            raise CommandError("not confirmed; nothing was changed", returncode=1)

    def _tell_of(self, id: UUID) -> Any:
        """Return a callback that reports only this Erasure; others share its rotation."""
        return lambda done: self._tell(done) if done.id == id else None

    def _tell(self, done: Erasure) -> None:
        if not self.quiet:
            at = getattr(done, f"{done.state}_at")
            took = (at - done.asked_at).total_seconds()
            self.stdout.write(f"{done.state:{WIDTH}} {took:7.2f} s  {_step_report(done)}")

    def _say(self, done: Erasure, claim: str) -> None:
        if self.quiet:
            self.stdout.write(json.dumps(receipt(done, claim), indent=2))
            return
        self.stdout.write(f"number     {done.id}")
        self.stdout.write(f"claim code {claim}  (shown once, not stored)")
        self.stdout.write(f"site key   {_public_key() or 'not readable now'}")


def find(who: str) -> User | None:
    """Find a person by code, or else by username."""
    try:
        return User.objects.filter(code=UUID(who)).first()
    except ValueError:
        return find_by_login(who)


def receipt(done: Erasure, claim: str) -> dict[str, object]:
    row = {
        "id": str(done.id),
        "state": done.state,
        "counts": done.counts,
        "claim": claim,
        "public_key": _public_key(),
        "unreadable_s": _seconds(done, done.shredded_at),
        "certified_s": _seconds(done, done.certified_at),
        "bytes_gone_s": _seconds(done, done.bytes_gone_at),
    }
    return {"name": "erase_learner", "protocol": "forward only", "rows": [row]}


def _public_key() -> str:
    """Return the site's key, or "": while the key service is away the claim code is shown too."""
    try:
        return signing.public_key().hex()
    except KeystoreBusy:
        return ""


def _seconds(done: Erasure, at: datetime | None) -> float | None:
    return None if at is None else round((at - done.asked_at).total_seconds(), 3)


def _step_report(done: Erasure) -> str:
    """Return a short report of the step that was just done."""
    tables = {name: n for name, n in done.counts.items() if name not in ("grants", "keys")}
    texts: Mapping[str, str] = {
        "frozen": f"consents {done.counts.get('grants', 0)}",
        "shredded": f"keys {done.counts.get('keys', 0)}, unreadable from here on",
        "rows": "  ".join(f"{name} {n}" for name, n in tables.items()) or "nothing left",
        "derived": f"models flagged {done.flagged}",
        "rotated": f"key store generation {done.generation}, {done.master_key} destroyed",
        "verified": f"{done.searched_bytes} bytes in {done.searched_files} files searched for "
        f"{done.needles} keys: {DISK.get(done.disk, '')}",
        "certified": "certificate signed",
    }
    return texts.get(done.state, "")


DISK = {
    "gone": "none found, bytes gone",
    "left": "some found, unreadable; searched again every ten minutes",
    "elsewhere": "key store only; the database's files cannot be reached",
}
