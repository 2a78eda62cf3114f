"""A first launch that waits for the person to say which account here it should open.

The browser keeps it in an encrypted cookie for ten minutes, and the site stores nothing about the
person until they decide. A page in a platform's frame gets no cookie, so it carries the same text
in a form that opens a window.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.keyed_hash import keyed_digest
from accounts.sign_in.launch_cookie import name_launch_cookie
from lti.launch.accounts import PlatformIdentity
from lti.launch.destinations import Destination
from lti.models import PlatformCourse, PlatformLink
from vault import site_keys
from vault.sealed_values import KeyDestroyed, Place, Tampered, seal_file, unseal_file

OPEN_FOR: Final = timedelta(minutes=10)
PLACE: Final = Place("lti", "pending_launch", "browser", site_keys.SITE)


@dataclass(frozen=True, slots=True)
class PendingLaunch:
    """Who came from which course of a platform, and what they want to open.

    `began`: seconds since 1970. `course`: the pk of the course here, or "". `link`: the id of the
    learner's link to a unit, or "".
    """

    number: str
    began: float
    within: str
    course: str
    subject: str
    name: str
    teaches: bool
    path: str
    link: str

    @property
    def began_at(self) -> datetime:
        return datetime.fromtimestamp(self.began, timezone.get_default_timezone())

    @property
    def mark(self) -> str:
        """Return what a form carries, so that it never acts on a later launch."""
        return keyed_digest("lti-pending", self.number)

    @property
    def identity(self) -> PlatformIdentity:
        return PlatformIdentity(self.subject, self.name, self.teaches)

    def load_course(self) -> PlatformCourse | None:
        """Return the platform's course, while it may send people and opens the same course here."""
        rows = PlatformCourse.objects.filter(id=self.within, platform__active=True)
        row = rows.select_related("platform", "course").first()
        if row is None or row.deployment not in row.platform.deployments:
            return None
        return row if _course_of(row) == self.course else None

    def load_link(self) -> PlatformLink | None:
        rows = PlatformLink.objects.filter(id=self.link) if self.link else None
        return None if rows is None else rows.select_related("unit").first()


def begin_pending(
    within: PlatformCourse, who: PlatformIdentity, destination: Destination, *, now: datetime
) -> PendingLaunch:
    return PendingLaunch(
        number=secrets.token_hex(16),
        began=now.timestamp(),
        within=str(within.id),
        course=_course_of(within),
        subject=who.subject,
        name=who.name,
        teaches=who.teaches,
        path=destination.path,
        link="" if destination.link is None else str(destination.link.id),
    )


def write_pending(pending: PendingLaunch) -> str:
    """Return the launch as text that only this site can read or make."""
    plain = json.dumps(asdict(pending), ensure_ascii=False).encode()
    sealed = seal_file(plain, place=PLACE, keys=[site_keys.tool_key()])
    return signing.b64_encode(sealed).decode()


def read_pending(text: str, *, now: datetime, within: timedelta = OPEN_FOR) -> PendingLaunch | None:
    """Return the launch, or None for any other text, one of another version, and after its time."""
    try:
        plain = unseal_file(signing.b64_decode(text.encode()), place=PLACE)
        pending = PendingLaunch(**json.loads(plain))
    except (ValueError, TypeError, KeyDestroyed, Tampered):
        return None
    return pending if now - within < pending.began_at <= now else None


def remember(response: HttpResponseBase, pending: PendingLaunch) -> None:
    """Store the launch in the browser, replacing an older one."""
    response.set_cookie(
        name_launch_cookie(),
        write_pending(pending),
        max_age=OPEN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def recall(request: HttpRequest, *, now: datetime) -> PendingLaunch | None:
    """Return the launch that waits in this browser, or None."""
    return read_pending(request.COOKIES.get(name_launch_cookie(), ""), now=now)


def recall_for_form(request: HttpRequest, *, now: datetime) -> PendingLaunch | None:
    """Return the launch that waits in this browser, if the sent form is about it."""
    pending = recall(request, now=now)
    mark = request.POST.get("launch", "")
    return pending if pending and constant_time_compare(pending.mark, mark) else None


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(name_launch_cookie(), samesite="Lax")


def _course_of(within: PlatformCourse) -> str:
    return "" if within.course is None else str(within.course.pk)
