"""The model of API tokens: a program may use the API in a person's name, for a limited time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.db import models

from accounts.sign_in.models import HEX_64
from data_inventory import CLOCK, CODE, DELETE, DIGEST, LINK, SEALED, closed, holds, matches

SCOPES: Final = ("read", "write")
LONGEST: Final = timedelta(days=90)


@holds(
    subject="user",
    category="API token",
    scope="identity",
    columns={
        "id": CODE,
        "digest": DIGEST,
        "user": LINK,
        "name_sealed": SEALED,
        "scope": CODE,
        "made_at": CLOCK,
        "expires_at": CLOCK,
        "used_at": CLOCK,
    },
    erase=DELETE,
    retain="1d",
    clock="expires_at",
)
class ApiToken(models.Model):
    """One token. Only the SHA-256 of its text is stored; a revoked token has no row.

    `scope`: `read`, or `write`, which includes reading.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="api_tokens")
    name_sealed = models.BinaryField()
    scope = models.CharField(max_length=5)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("scope", SCOPES, name="accounts_apitoken_scope"),
            matches("digest", HEX_64, name="accounts_apitoken_digest"),
            models.CheckConstraint(
                condition=models.Q(
                    expires_at__gt=models.F("made_at"),
                    expires_at__lte=models.F("made_at") + LONGEST,
                ),
                name="accounts_apitoken_time",
            ),
        ]

    def __str__(self) -> str:
        return f"API token until {self.expires_at:%Y-%m-%d}"
