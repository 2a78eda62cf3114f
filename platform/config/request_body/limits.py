"""Size limits of request bodies, by URL pattern.

All bodies have the same limit, except forms that upload a file. These accept more, but only from
signed-in people, and most of them only from those with the form's role.
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
from authoring.films import film_uploads
from authoring.imports import import_requests
from authoring.media import uploads
from courses.models.answer_file import MOST_BYTES
from research.datasets import dataset_import
from stewardship.people.imports.files import csv_table

KB: Final = 1024
MB: Final = 1024 * KB
DEFAULT_BYTES: Final = 256 * KB
# Room for the other fields of a form with a file.
FORM_BYTES: Final = 1 * MB
# A body this small is accepted even if larger ones have used up the process's quota.
SMALL_BYTES: Final = 16 * KB
# Time for a body, plus the time that its bytes take at the slowest allowed speed.
PATIENCE_S: Final = 30.0
SLOWEST_BYTES_A_S: Final = 16 * KB


@dataclass(frozen=True, slots=True)
class BodyPool:
    """The bytes that bodies of one sort may have together while they arrive, in one process.

    `of_person` is the part that one person may have; None where senders are not distinguished.
    """

    most: int
    of_person: int | None = None


# In memory.
MEMORY: Final = BodyPool(64 * MB)
# On disk. Answers in files come from all learners, who must not keep authors from uploading.
UPLOADED: Final = BodyPool(5120 * MB, of_person=2560 * MB)
ANSWERS: Final = BodyPool(1024 * MB, of_person=64 * MB)


@dataclass(frozen=True, slots=True)
class UploadLimit:
    """A form that accepts a large body from people with `role`, or from all who are signed in."""

    most: int
    role: str | None
    pool: BodyPool = UPLOADED


@dataclass(frozen=True, slots=True)
class BodyAllowance:
    """`most` bytes of a body; `person` is the sender of an upload, None for any other body."""

    most: int
    person: int | None = None
    pool: BodyPool = MEMORY


COURSE: Final = "author/courses/<slug:slug>/"
UPLOADS: Final = {
    # Authors try a test in a preview, without the role of a learner.
    "attempts/<uuid:id>/files/": UploadLimit(MOST_BYTES + FORM_BYTES, role=None, pool=ANSWERS),
    "author/import/": UploadLimit(import_requests.MAX_BYTES + FORM_BYTES, access.ROLE),
    f"{COURSE}units/<uuid:code>/": UploadLimit(uploads.VIDEO.most + FORM_BYTES, access.ROLE),
    "author/uploads/<uuid:id>/": UploadLimit(film_uploads.MAX_PIECE, access.ROLE),
    f"{COURSE}captions/<uuid:code>/<str:lang>/": UploadLimit(
        uploads.CAPTIONS.most + FORM_BYTES, access.ROLE
    ),
    f"{COURSE}questions/new/": UploadLimit(FORM_BYTES, access.ROLE),
    f"{COURSE}questions/<uuid:code>/": UploadLimit(FORM_BYTES, access.ROLE),
    "research/snapshots/import/": UploadLimit(dataset_import.MAX_BYTES + FORM_BYTES, "researcher"),
    "steward/people/import/": UploadLimit(csv_table.LARGEST_FILE + FORM_BYTES, "steward"),
}


class NotSignedIn(Exception):
    """The address accepts large bodies, but only from signed-in people."""


def find_allowance(scope: dict[str, Any]) -> BodyAllowance:
    """Return what the sender of this request may send. Queries the database. Raises NotSignedIn."""
    upload = UPLOADS.get(route_of(scope))
    if upload is None:
        return BodyAllowance(DEFAULT_BYTES)
    log_in = session_store.find_open(_session_key(scope), timezone.now())
    if log_in is None:
        raise NotSignedIn
    person = log_in.user
    return (
        BodyAllowance(upload.most, person.pk, upload.pool)
        if upload.role is None or person.has_role(upload.role)
        else BodyAllowance(DEFAULT_BYTES)
    )


def route_of(scope: dict[str, Any]) -> str:
    """Return the URL pattern; "" for an unknown address."""
    try:
        return resolve(scope["path"]).route
    except Resolver404:
        return ""


def _session_key(scope: dict[str, Any]) -> str:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return parse_cookie("; ".join(lines)).get(settings.SESSION_COOKIE_NAME, "")
