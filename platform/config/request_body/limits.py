"""How many bytes the body of a request may have, by the pattern of its address.

Every body is limited alike, but for the forms that send a file: those take more from a person who
is signed in with the role that the form is for, and from no other sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import parse_cookie
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.sessions import session_store
from authoring import access
from authoring.imports import import_requests
from authoring.media import uploads
from research.datasets import dataset_import
from stewardship.people.imports.files import csv_table

KB: Final = 1024
MB: Final = 1024 * KB
USUAL: Final = 256 * KB
# What the other fields of a form may have next to its file.
FORM: Final = 1 * MB
# A body this small is taken even where larger ones have used up what a process may hold.
SMALL: Final = 16 * KB
# All bodies of one process that are not of an upload, together. They are in memory.
MOST_IN_MEMORY: Final = 64 * MB
# All uploads of one person, and all uploads in one process, while they come in. They are on disk.
MOST_OF_A_PERSON: Final = 2560 * MB
MOST_ON_DISK: Final = 5120 * MB
# A body may take this long, and longer by the time its bytes take at the slowest speed.
PATIENCE_S: Final = 30.0
SLOWEST_BYTES_A_S: Final = 16 * KB


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that takes a large body from people with `role`."""

    most: int
    role: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """`most` bytes of a body; `person` is who sends an upload, None for any other body."""

    most: int
    person: int | None = None


COURSE: Final = "author/courses/<slug:slug>/"
UPLOADS: Final = {
    "author/import/": Upload(import_requests.MAX_BYTES + FORM, access.ROLE),
    f"{COURSE}units/<uuid:code>/": Upload(uploads.VIDEO.most + FORM, access.ROLE),
    f"{COURSE}captions/<uuid:code>/<str:lang>/": Upload(uploads.CAPTIONS.most + FORM, access.ROLE),
    f"{COURSE}questions/new/": Upload(FORM, access.ROLE),
    f"{COURSE}questions/<uuid:code>/": Upload(FORM, access.ROLE),
    "research/snapshots/import/": Upload(dataset_import.MOST + FORM, "researcher"),
    "steward/people/import/": Upload(csv_table.MOST + FORM, "steward"),
}


class NotSignedIn(Exception):
    """The address takes large bodies, but only of people who are signed in."""


def allowance(scope: dict[str, Any]) -> Allowance:
    """What the sender of this request may send; raises NotSignedIn. Asks the database."""
    upload = UPLOADS.get(route_of(scope))
    if upload is None:
        return Allowance(USUAL)
    log_in = session_store.find_open(_session_key(scope), timezone.now())
    if log_in is None:
        raise NotSignedIn
    person = log_in.user
    return Allowance(upload.most, person.pk) if person.has_role(upload.role) else Allowance(USUAL)


def route_of(scope: dict[str, Any]) -> str:
    """The pattern of the address; "" of one that leads nowhere."""
    try:
        return resolve(scope["path"]).route
    except Resolver404:
        return ""


def _session_key(scope: dict[str, Any]) -> str:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return parse_cookie("; ".join(lines)).get(settings.SESSION_COOKIE_NAME, "")
