"""The Researcher who runs a command: named by an option, with the same checks as on the pages."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.http import Http404

from accounts.models import User
from accounts.people import find_by_login
from consent.permits.errors import Refused


def add_by_option(act: ArgumentParser) -> None:
    """Declare --by: every action has a user, as on a page."""
    act.add_argument(
        "--by", metavar="LOGIN", required=True, help="the username of the researcher who acts"
    )


def researcher(login: str) -> User:
    """Return the Researcher of that name; the same CommandError for every other name."""
    person = find_by_login(login)
    if person is None or not person.is_active or not person.has_role("researcher"):
        raise CommandError("--by: expected the username of a researcher on this site", returncode=1)
    return person


@contextmanager
def stop_on_refusal(not_there: str, *also: type[Exception]) -> Iterator[None]:
    """End the command with the sentence of a page's refusal; for a 404 with `not_there`."""
    try:
        yield
    except Http404:
        raise CommandError(not_there, returncode=1) from None
    except Refused as refusal:
        raise CommandError(refusal.source, returncode=1) from None
    except also as wrong:
        raise CommandError(str(wrong), returncode=1) from None
