"""Links between accounts at platforms and accounts here: who may get one, and its removal.

The person proves both accounts: that at the platform by its signed launch, that here by signing in.
Neither an e-mail nor a name ever decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import audit
from accounts.administration.person_records import lock_person_row
from accounts.mail import queue
from accounts.models import User
from accounts.passwords.password_rules import may_use_password
from accounts.single_sign_on.account_links import NoAccount
from courses.models import Enrolment
from lti.launch.accounts import (
    PlatformIdentity,
    add_role,
    digest_subject,
    find_account,
    gains_teacher,
    refuse_closed,
    store_account,
)
from lti.memberships import end_member
from lti.models import LearningPlatform, PlatformAccount

# The roles of an account here that a launch as a learner may be linked with.
LEARNERS: Final = frozenset({"learner"})


class OnlyWayIn(Exception):
    """The person could not sign in without the link."""


def list_links(person: User) -> QuerySet[PlatformAccount]:
    return person.platform_accounts.select_related("platform").order_by("made_at", "pk")


def find_link(platform: LearningPlatform, who: PlatformIdentity) -> PlatformAccount | None:
    """Return the link by which the platform's person opens an account here already."""
    digest = digest_subject(platform.issuer, who.subject)
    return platform.accounts.filter(subject_digest=digest).select_related("person").first()


def check_link(platform: LearningPlatform, who: PlatformIdentity, person: User) -> None:
    """Raise NoAccount if this account here cannot be linked with that person at the platform."""
    refuse_closed(person)
    if not who.teaches and not LEARNERS.issuperset(person.roles):
        raise NoAccount(
            _(
                "The platform says that you are a learner, but your account here has another role. "
                "Continue as new, or sign in to another account."
            )
        )
    gains_teacher(person, who)
    taken = find_link(platform, who)
    if taken is not None and taken.person != person:
        text = _("Your account at {platform} already opens another account here.")
        raise NoAccount(text.format(platform=platform.name))
    if taken is None and platform.accounts.filter(person=person).exists():
        text = _(
            "Your account here is already linked with another account at {platform}. Remove that "
            "link first, under “Sign-in and security”."
        )
        raise NoAccount(text.format(platform=platform.name))


@transaction.atomic
def link_account(
    platform: LearningPlatform, who: PlatformIdentity, person: User, *, now: datetime
) -> PlatformAccount:
    """Link the platform's person with this account, and give it their role. Raises NoAccount.

    A person who is linked already only gets the role, because they have agreed to it now.
    """
    account = find_account(platform, who.subject)
    person = lock_person_row(person.code)
    check_link(platform, who, person)
    if account is None:
        account = _store_link(platform, who, person, now)
    add_role(account, who, by=person.code)
    account.used_at = now
    account.save(update_fields=["used_at"])
    return account


def _store_link(
    platform: LearningPlatform, who: PlatformIdentity, person: User, now: datetime
) -> PlatformAccount:
    account = store_account(platform, person, who.subject, linked=True, now=now)
    public = {"platform": platform.id, "by": "self"}
    audit.record("person.lti_link", actor=person.code, subject=person.code, public=public)
    queue.queue_mail(person, "lti_linked", now=now)
    return account


def may_remove(person: User) -> bool:
    """Return whether the person could still sign in without any platform."""
    by_password = person.has_usable_password() and may_use_password(person)
    offered = [each.key for each in settings.SIGN_IN_RULES.providers]
    return by_password or person.single_sign_ons.filter(provider__in=offered).exists()


@transaction.atomic
def remove_link(account: PlatformAccount) -> None:
    """Delete the link and its sealed subject, and the enrolments and the role that it gave here.

    Otherwise a person who no longer teaches there would go on teaching here. Rows of sent grades
    stay, because the grades stay at the platform. The caller ends the other sessions. Raises
    OnlyWayIn.
    """
    # A launch or a list of members that is at work with any link of the person is finished first:
    # it may give or need the role.
    rows = PlatformAccount.objects.select_for_update().filter(person=account.person)
    locked = next((row for row in rows.order_by("pk") if row.pk == account.pk), None)
    if locked is None:
        return
    person = lock_person_row(account.person.code)
    if not may_remove(person):
        raise OnlyWayIn
    members = locked.members.select_related("account__person", "within__course")
    for member in members.order_by("pk"):
        end_member(member)
    locked.delete()
    if locked.gave_teacher:
        _end_teacher_role(person)
    public = {"platform": account.platform_id}
    audit.record("person.lti_unlink", actor=person.code, subject=person.code, public=public)


def _end_teacher_role(person: User) -> None:
    """Take the role teacher back, unless another link or a course here needs it."""
    heir = list_links(person).filter(members__teaches=True).first()
    if heir is not None:
        PlatformAccount.objects.filter(pk=heir.pk).update(gave_teacher=True)
        return
    teaches = Enrolment.objects.filter(user=person, role="teacher").exists()
    if teaches or not person.has_role("teacher"):
        return
    person.roles = sorted(set(person.roles) - {"teacher"}) or ["learner"]
    person.save(update_fields=["roles"])
    public = {"roles": ",".join(person.roles)}
    audit.record("person.roles", actor=person.code, subject=person.code, public=public)
