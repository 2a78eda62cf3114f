"""Rows that signing in needs: open log-ins and failed tries. Neither names anybody (I-8)."""

from __future__ import annotations

from django.db import models

from holdings import CLOCK, DELETE, DIGEST, LINK, NUMBER, holds, matches

HEX_64 = r"^[0-9a-f]{64}$"


@holds(
    subject="user",
    category="identity",
    scope="identity",
    columns={
        "id": NUMBER,
        "key_digest": DIGEST,
        "user": LINK,
        "auth_digest": DIGEST,
        "began_at": CLOCK,
        "expires_at": CLOCK,
    },
    erase=DELETE,
    retain="14d",
)
class Session(models.Model):
    """One open log-in. The cookie's key stands only as SHA-256; anonymous visitors have no row."""

    key_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="sessions")
    auth_digest = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            matches("key_digest", HEX_64, name="accounts_session_key_digest"),
            matches("auth_digest", HEX_64, name="accounts_session_auth_digest"),
        ]

    def __str__(self) -> str:
        return f"log-in until {self.expires_at:%Y-%m-%d %H:%M}"


@holds(
    subject=None,
    category="security",
    scope=None,
    columns={
        "id": NUMBER,
        "login_digest": DIGEST,
        "network_digest": DIGEST,
        "count": NUMBER,
        "until": CLOCK,
    },
    erase=DELETE,
    retain="1d",
)
class SignInThrottle(models.Model):
    """Tries of one typed log-in from one network, under digests that no other table shares."""

    login_digest = models.CharField(max_length=64)
    network_digest = models.CharField(max_length=64)
    count = models.PositiveSmallIntegerField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["login_digest", "network_digest"], name="accounts_signinthrottle_pair"
            ),
            matches("login_digest", HEX_64, name="accounts_signinthrottle_login_digest"),
            matches("network_digest", HEX_64, name="accounts_signinthrottle_network_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.count} tries until {self.until:%Y-%m-%d %H:%M}"
