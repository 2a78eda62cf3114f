"""The texts people were shown, what they allow now, and each event that led there.

`consent_grant` is the replay of the append-only `consent_event` (I-6,
`consent.grants.grant_reducer`). Both refer to the Notice, and a consent also to the whole shown
text; none of these can change (I-4). Column names are those of design §7, because the group commit
and triggers of other apps read `consent_grant` in SQL.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import AGE_BANDS, User
from consent.erasure import forget_events, forget_grants
from consent.grants.grant_reducer import VERBS, YES
from consent.legal_profiles.models import ProfileChange as ProfileChange
from consent.permits.models import Restriction as Restriction
from consent.scopes import PURPOSES, scope_pattern
from consent.stream_groups import GROUPS
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, PUBLIC, closed, holds, matches

SCOPE_PATTERN = scope_pattern(*PURPOSES, reports=True)


@holds(
    subject=None,
    category="notice",
    scope=None,
    columns={"id": NUMBER, "digest": DIGEST, "body": PUBLIC, "first_at": CLOCK},
    erase=None,
    retain=None,
    append_only=True,
)
class ShownText(models.Model):
    """The whole text on the page when a person consented, stored once per distinct text."""

    digest = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    first_at = models.DateTimeField()

    class Meta:
        constraints = [matches("digest", r"^[0-9a-f]{64}$", name="consent_showntext_digest")]

    def __str__(self) -> str:
        return self.digest


@holds(
    subject=None,
    category="notice",
    scope=None,
    columns={
        "id": NUMBER,
        "code": CODE,
        "group": CODE,
        "age_band": CODE,
        "version": NUMBER,
        "locale": CODE,
        "body": PUBLIC,
        "digest": DIGEST,
        "effective_from": CLOCK,
    },
    erase=None,
    retain=None,
    append_only=True,
)
class Notice(models.Model):
    """The exact text shown for one group of streams to one age band; a change is a new version."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    group = models.CharField(max_length=12)
    age_band = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    locale = models.CharField(max_length=5)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    effective_from = models.DateTimeField()

    class Meta:
        constraints = [
            closed("group", GROUPS, name="consent_notice_group"),
            closed("age_band", AGE_BANDS, name="consent_notice_age_band"),
            matches("locale", r"^[a-z]{2}(-[A-Z]{2})?$", name="consent_notice_locale"),
            matches("digest", r"^[0-9a-f]{64}$", name="consent_notice_digest"),
            models.UniqueConstraint(
                fields=["group", "age_band", "locale", "version"], name="consent_notice_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.age_band}, {self.locale}, version {self.version}"


@holds(
    subject="learner",
    category="consent",
    scope=None,
    columns={
        "id": NUMBER,
        "learner": LINK,
        "scope": CODE,
        "epoch": NUMBER,
        "live": NUMBER,
        "notice": LINK,
        "granted_at": CLOCK,
        "expires_at": CLOCK,
        "guardian_at": CLOCK,
        "assent_at": CLOCK,
        "clearing": NUMBER,
    },
    erase=forget_grants,
    retain=None,
)
class Grant(models.Model):
    """What one person allows for one scope now; `epoch` counts the events that changed it.

    If a Guardian and the person must both consent, each approval waits here for the other. While
    `clearing`, its data is still being deleted. No new consent is accepted before that ends, or the
    deletion would take newly allowed data.
    """

    learner = models.ForeignKey(
        User, on_delete=models.CASCADE, db_column="learner", related_name="grants"
    )
    scope = models.CharField(max_length=24)
    epoch = models.BigIntegerField(default=0)
    live = models.BooleanField(default=False)
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, db_column="notice", related_name="+"
    )
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    guardian_at = models.DateTimeField(null=True)
    assent_at = models.DateTimeField(null=True)
    clearing = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            matches("scope", SCOPE_PATTERN, name="consent_grant_scope"),
            models.CheckConstraint(
                condition=~models.Q(live=True, clearing=True), name="consent_grant_clearing"
            ),
            models.CheckConstraint(
                condition=models.Q(live=False)
                | models.Q(guardian_at__isnull=True, assent_at__isnull=True)
                | models.Q(guardian_at__isnull=False, assent_at__isnull=False),
                name="consent_grant_both",
            ),
            models.UniqueConstraint(fields=["learner", "scope"], name="consent_grant_one_a_scope"),
            models.CheckConstraint(condition=models.Q(epoch__gte=0), name="consent_grant_epoch"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {'on' if self.live else 'off'}, epoch {self.epoch}"


@holds(
    subject="learner",
    category="consent",
    scope=None,
    columns={
        "id": NUMBER,
        "learner": LINK,
        "scope": CODE,
        "epoch": NUMBER,
        "verb": CODE,
        "notice": LINK,
        "shown": LINK,
        "act": CODE,
        "at": CLOCK,
        "expires_at": CLOCK,
    },
    erase=forget_events,
    retain=None,
    append_only=True,
)
class ConsentEvent(models.Model):
    """One change of one Grant; events with the same `act` were one button press, with one receipt.

    Rows are deleted only together with the account (see `erasure`).
    """

    learner = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_column="learner",
        related_name="consent_events",
    )
    scope = models.CharField(max_length=24)
    epoch = models.BigIntegerField()
    verb = models.CharField(max_length=17)
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, db_column="notice", related_name="+"
    )
    shown = models.ForeignKey(ShownText, on_delete=models.PROTECT, null=True, related_name="+")
    act = models.UUIDField(default=uuid.uuid4, db_index=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "consent_event"
        constraints = [
            matches("scope", SCOPE_PATTERN, name="consent_consentevent_scope"),
            closed("verb", VERBS, name="consent_consentevent_verb"),
            models.CheckConstraint(
                condition=~models.Q(verb__in=YES) | models.Q(shown__isnull=False),
                name="consent_consentevent_shown",
            ),
            models.UniqueConstraint(
                fields=["learner", "scope", "epoch"], name="consent_consentevent_epoch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.scope}, epoch {self.epoch}"
