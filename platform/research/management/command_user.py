"""A Researcher who acts at a shell: by name, and refused whatever their page refuses them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.http import Http404

from accounts.models import User
from accounts.people import find_by_login
from consent.permits.errors import Refused


def ask_who(act: ArgumentParser) -> None:
    """Declare --by: an act is somebody's, as it is on a page."""
    act.add_argument(
        "--by", metavar="LOGIN", required=True, help="the username of the researcher who acts"
    )


def researcher(login: str) -> User:
    """The Researcher of that name; CommandError for everybody else, alike."""
    person = find_by_login(login)
    if person is None or not person.is_active or not person.has_role("researcher"):
        raise CommandError("--by: expected the username of a researcher on this site", returncode=1)
    return person


@contextmanager
def refusing(not_there: str, *also: type[Exception]) -> Iterator[None]:
    """What a page refuses ends the command with the page's sentence, a 404 with `not_there`."""
    try:
        yield
    except Http404:
        raise CommandError(not_there, returncode=1) from None
    except Refused as refusal:
        raise CommandError(refusal.source, returncode=1) from None
    except also as wrong:
        raise CommandError(str(wrong), returncode=1) from None
