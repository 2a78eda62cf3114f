"""Set-up of an empty database for real people; every step may be repeated safely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from accounts import people
from accounts.models import User
from accounts.passwords import password_links
from accounts.site.site_facts import SiteFacts
from consent.legal_profiles import profiles
from consent.notices import notices
from consent.notices.site_change import change_site
from courses.models import Course
from estimates.registry import predictors
from health import readiness
from telemetry.blocks import partitions

LEAST_POSTGRES: Final = 16
DONE, MISSING, OPTIONAL = "done", "missing", "optional"
NO_PROFILE: Final = "set LEGAL_PROFILE (docs/env.md); without one, no camera or wearable is allowed"
NAME_THEM: Final = "give --controller and --contact, or open Data protection → Site"
OTHERS_THERE: Final = (
    "No data steward has that username, and another data steward can sign in. "
    "Add people under Data protection → People."
)
NO_COURSE: Final = "import one at /author/import/, or with manage.py import_course"


class CannotSetUp(Exception):
    """Set-up cannot continue; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A requirement of a first lesson; `detail` says what exists, or what to do."""

    name: str
    state: str
    detail: str

    def line(self) -> str:
        return f"{self.state:<9} {self.name:<16} {self.detail}"


def check_server() -> int:
    """Return PostgreSQL's version. Raises CannotSetUp if it does not answer or is too old."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            (version,) = cursor.fetchone()
    except OperationalError:
        raise CannotSetUp(
            "The database of DATABASE_URL does not answer. Start PostgreSQL and check the address, "
            "the username and the password."
        ) from None
    if version < LEAST_POSTGRES:
        raise CannotSetUp(f"PostgreSQL {LEAST_POSTGRES} or newer is needed; this is {version}.")
    return int(version)


def make_tables() -> None:
    """Migrate the database and create the partitions of the next days."""
    call_command("migrate", verbosity=0, interactive=False)
    partitions.open_days()


def explain_profile() -> str:
    """Return the explanation of the legal profile in force, from its file. Raises CannotSetUp.

    If Stewards chose another profile than the setting, both apply and both are explained.
    """
    try:
        profile = profiles.current()
    except profiles.ProfileError as error:
        raise CannotSetUp(f"The legal profile cannot be read: {error}") from None
    if profile is None:
        return f"Legal profile: none. {NO_PROFILE.capitalize()}."
    parts = profile.parts or (profile,)
    return "\n".join(f"Legal profile: {p.title} ({p.name}). {p.summary}" for p in parts)


def prepare(now: datetime, facts: SiteFacts | None = None, *, seen: str = "") -> None:
    """Record the facts, unless they changed since `seen`, and update notices and models."""
    if facts is not None:
        change_site(facts, by=None, now=now, seen=seen)
    notices.publish(now)
    predictors.register_shipped(now=now)


def has_steward() -> bool:
    """Return whether a Steward can sign in."""
    stewards = User.objects.filter(roles__contains=["steward"], is_active=True)
    return any(steward.has_usable_password() for steward in stewards)


@transaction.atomic
def invite_steward(login: str, name: str, *, now: datetime) -> str:
    """Return the path of a one-time sign-in link for a Steward, who is created if needed.

    Raises CannotSetUp if another person has that username, or if this would be a second Steward: an
    existing Steward has to confirm that one.
    """
    steward = people.find_by_login(login)
    if steward is None:
        if has_steward():
            raise CannotSetUp(OTHERS_THERE)
        steward = people.make_person(login, name=name, roles=["steward"], password=None, now=now)
    elif not (steward.has_role("steward") and steward.is_active):
        raise CannotSetUp(
            "That username belongs to a person who is not a data steward, or whose account is "
            "locked. Choose another."
        )
    return password_links.make_link(steward, by=None, now=now)


def list_steps() -> list[SetupStep]:
    """Return the requirements of a first lesson and their present state."""
    missing = readiness.find_missing()
    return [
        SetupStep("Database", DONE, f"PostgreSQL {check_server()}, up to date"),
        _step("Privacy notices", missing, "in force"),
        _step("Models", missing, "in use"),
        _step("Data steward", missing, _steward()),
        _profile(),
        SetupStep("First course", DONE, "available") if Course.objects.exists()
        else SetupStep("First course", MISSING, NO_COURSE),
    ]  # fmt: skip


def _steward() -> str:
    return "can sign in" if has_steward() else "has not signed in yet"


def _step(name: str, missing: dict[str, str], detail: str) -> SetupStep:
    trouble = missing.get(name)
    if trouble == readiness.NO_CONTROLLER:
        trouble = f"{trouble}: {NAME_THEM}"
    return SetupStep(name, MISSING, trouble) if trouble else SetupStep(name, DONE, detail)


def _profile() -> SetupStep:
    if settings.LEGAL_PROFILE:
        return SetupStep("Legal profile", DONE, settings.LEGAL_PROFILE)
    return SetupStep("Legal profile", OPTIONAL, NO_PROFILE)
