"""People: their roles, age band, sign-in and guardians.

Identifying data is sealed under scope `identity`. Username, e-mail and number are looked up by
keyed digests, so a copy of this table identifies no person (I-8).
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.api_tokens.models import ApiToken
from accounts.mail.models import PendingMail
from accounts.sign_in.models import (
    HEX_64,
    PasswordLink,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInThrottle,
)
from accounts.single_sign_on.models import SingleSignOnLink, SpentToken
from accounts.site.models import ZONE, SiteRecord
from data_inventory import CLOCK, CODE, DELETE, DIGEST, LINK, NUMBER, SEALED, closed, holds, matches

__all__ = [
    "AGE_BANDS",
    "CHECK_INS",
    "ROLES",
    "TEACHER_MESSAGES",
    "ApiToken",
    "Guardianship",
    "PasswordLink",
    "PendingMail",
    "RecoveryCode",
    "SecondFactor",
    "Session",
    "SignInThrottle",
    "SingleSignOnLink",
    "SiteRecord",
    "SpentToken",
    "StewardNomination",
    "User",
]

ROLES = ("learner", "teacher", "author", "steward", "researcher", "guardian")
AGE_BANDS = ("adult", "teen", "child")
# How many times a day a person may be asked how they are; 0 = never.
CHECK_INS = (0, 3, 6)
# Where messages of Teachers to this person may go: also by e-mail, only in Attune, or nowhere.
TEACHER_MESSAGES = ("mail", "here", "off")


@holds(
    subject="self",
    category="identity",
    scope="identity",
    columns={
        "id": NUMBER,
        "code": CODE,
        "login_digest": DIGEST,
        "name_sealed": SEALED,
        "email_sealed": SEALED,
        "login_sealed": SEALED,
        "number_sealed": SEALED,
        "born_sealed": SEALED,
        "email_digest": DIGEST,
        "number_digest": DIGEST,
        "roles": CODE,
        "age_band": CODE,
        "simulated": NUMBER,
        "is_active": NUMBER,
        "quiet_videos": NUMBER,
        "guess_here": NUMBER,
        "check_ins": NUMBER,
        "language": CODE,
        "time_zone": CODE,
        "weekly_mail": NUMBER,
        "announcement_mail": NUMBER,
        "teacher_messages": CODE,
        "password": DIGEST,
        "created_at": CLOCK,
        "last_login": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class User(AbstractBaseUser):
    """One person. Outside this table, `code` identifies them.

    `number` is the organisation's number for them, such as a student number; `born` is their date
    of birth. `quiet_videos`: no offers while a video plays. `guess_here`: estimates are made in the
    browser, which then sends no other sensed data. `check_ins`: how many times a day, at most, they
    want to be asked how they are. `language`: the chosen one; empty = as the browser asks.
    `time_zone`: empty = that of the site. `weekly_mail`: whether to send the Monday e-mail about
    due work, and to Teachers that about their week. `announcement_mail`: whether to send an e-mail
    about each new announcement.
    `teacher_messages`: whether Teachers may write to them alone, and whether an e-mail says so.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    login_digest = models.CharField(max_length=64, unique=True)
    name_sealed = models.BinaryField()
    email_sealed = models.BinaryField(null=True)
    login_sealed = models.BinaryField()
    number_sealed = models.BinaryField(null=True)
    born_sealed = models.BinaryField(null=True)
    # NULL, not "": any number of people may have no number, and the column is unique.
    email_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
    number_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    roles = ArrayField(models.CharField(max_length=12), default=list)
    age_band = models.CharField(max_length=8, default="adult")
    simulated = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    quiet_videos = models.BooleanField(default=False)
    guess_here = models.BooleanField(default=False)
    check_ins = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(max_length=8, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    weekly_mail = models.BooleanField(default=True)
    announcement_mail = models.BooleanField(default=True)
    teacher_messages = models.CharField(max_length=4, default="mail")
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "login_digest"
    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    class Meta:
        constraints = [
            closed("age_band", AGE_BANDS, name="accounts_user_age_band"),
            closed("teacher_messages", TEACHER_MESSAGES, name="accounts_user_teacher_messages"),
            matches("language", r"^([a-z]{2,3}(-[a-z]{2,4})?)?$", name="accounts_user_language"),
            matches("time_zone", f"^$|{ZONE}", name="accounts_user_time_zone"),
            matches("login_digest", HEX_64, name="accounts_user_login_digest"),
            matches("email_digest", HEX_64, name="accounts_user_email_digest"),
            matches("number_digest", HEX_64, name="accounts_user_number_digest"),
            matches("password", r"^(argon2\$|!)[!-~]*$", name="accounts_user_password"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=list(ROLES)), name="accounts_user_roles"
            ),
            models.CheckConstraint(
                condition=models.Q(check_ins__in=CHECK_INS), name="accounts_user_check_ins"
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)

    def has_role(self, role: str) -> bool:
        return role in self.roles


@holds(
    subject="ward",
    category="identity",
    scope="identity",
    columns={"id": NUMBER, "guardian": LINK, "ward": LINK, "since": CLOCK},
    erase=DELETE,
    retain=None,
)
class Guardianship(models.Model):
    """A Guardian who may consent for a ward. It gives no access to estimates about the ward."""

    guardian = models.ForeignKey(User, on_delete=models.CASCADE, related_name="wardships")
    ward = models.ForeignKey(User, on_delete=models.CASCADE, related_name="guardianships")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "ward"], name="accounts_guardianship_pair"),
            models.CheckConstraint(
                condition=~models.Q(guardian=models.F("ward")), name="accounts_guardianship_self"
            ),
        ]

    def __str__(self) -> str:
        return f"guardianship since {self.since:%Y-%m-%d}"


@holds(
    subject="person",
    category="identity",
    scope="identity",
    columns={"id": NUMBER, "person": LINK, "asked_by": LINK, "asked_at": CLOCK},
    erase=DELETE,
    retain="7d",
    clock="asked_at",
)
class StewardNomination(models.Model):
    """A person nominated as a Steward, to be confirmed by a second Steward."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="nomination")
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(person=models.F("asked_by")),
                name="accounts_stewardnomination_self",
            ),
        ]

    def __str__(self) -> str:
        return f"nomination of {self.asked_at:%Y-%m-%d}"
