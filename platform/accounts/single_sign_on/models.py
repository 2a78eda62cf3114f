"""Models of single sign-on: accounts at providers, and used-up tokens."""

from __future__ import annotations

from django.db import models

from accounts.sign_in.models import HEX_64
from data_inventory import CLOCK, CODE, DELETE, DIGEST, LINK, NUMBER, holds, matches


@holds(
    subject="person",
    category="identity",
    scope="identity",
    columns={
        "id": NUMBER,
        "person": LINK,
        "provider": CODE,
        "subject_digest": DIGEST,
        "made_at": CLOCK,
        "used_at": CLOCK,
        "tells_time": NUMBER,
    },
    erase=DELETE,
    retain=None,
)
class SingleSignOnLink(models.Model):
    """A person's account at one provider, under a keyed digest of issuer and subject.

    `tells_time`: the last answer contained the time of the sign-in, so the provider can confirm
    identity.
    """

    person = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="single_sign_ons"
    )
    provider = models.CharField(max_length=30)
    subject_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField()
    tells_time = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "provider"], name="accounts_singlesignonlink_pair"
            ),
            matches("provider", r"^[a-z][a-z0-9-]*$", name="accounts_singlesignonlink_provider"),
            matches("subject_digest", HEX_64, name="accounts_singlesignonlink_subject"),
        ]

    def __str__(self) -> str:
        return f"single sign-on since {self.made_at:%Y-%m-%d}"


@holds(
    subject=None,
    category="security",
    scope=None,
    columns={"id": NUMBER, "digest": DIGEST, "used_at": CLOCK},
    erase=DELETE,
    retain="1d",
    clock="used_at",
)
class SpentToken(models.Model):
    """A single-use value that was used: a state, a log-out token or a day, as a digest."""

    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [matches("digest", HEX_64, name="accounts_spenttoken_digest")]

    def __str__(self) -> str:
        return f"used {self.used_at:%Y-%m-%d %H:%M}"
