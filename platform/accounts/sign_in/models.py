"""Models of signing in: sessions, throttles, second factors, links. None names a person (I-8)."""

from __future__ import annotations

import uuid

from django.db import models

from data_inventory import CLOCK, CODE, DELETE, DIGEST, LINK, NUMBER, SEALED, holds, matches

HEX_64 = r"^[0-9a-f]{64}$"


@holds(
    subject="user",
    category="identity",
    scope="identity",
    columns={
        "id": CODE,
        "key_digest": DIGEST,
        "user": LINK,
        "auth_digest": DIGEST,
        "began_at": CLOCK,
        "expires_at": CLOCK,
        "factor_at": CLOCK,
        "confirmed_at": CLOCK,
        "sso_digest": DIGEST,
    },
    erase=DELETE,
    retain="1d",
    clock="began_at",
)
class Session(models.Model):
    """One open session. Only the SHA-256 of the cookie's key is stored; visitors have no row.

    `factor_at`: when the second factor was verified. `confirmed_at`: when the person last proved
    their identity. `sso_digest`: of the provider sign-in by which the session began.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="sessions")
    auth_digest = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    factor_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # NULL, not "", if the provider names no sign-in, or if there was none.
    sso_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001

    class Meta:
        constraints = [
            matches("key_digest", HEX_64, name="accounts_session_key_digest"),
            matches("auth_digest", HEX_64, name="accounts_session_auth_digest"),
            matches("sso_digest", HEX_64, name="accounts_session_sso_digest"),
        ]

    def __str__(self) -> str:
        return f"sign-in until {self.expires_at:%Y-%m-%d %H:%M}"


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
        "forgotten_at": CLOCK,
    },
    erase=DELETE,
    retain="1d",
    clock="forgotten_at",
)
class SignInThrottle(models.Model):
    """Attempts by typed username, by network, or by both, under digests no other table shares.

    `until`: the end of the wait once `count` is used up; `forgotten_at`: when the count is deleted.
    """

    login_digest = models.CharField(max_length=64)
    network_digest = models.CharField(max_length=64)
    count = models.PositiveSmallIntegerField()
    until = models.DateTimeField()
    forgotten_at = models.DateTimeField(db_index=True)

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


@holds(
    subject="user",
    category="identity",
    scope="identity",
    columns={
        "id": CODE,
        "user": LINK,
        "secret_sealed": SEALED,
        "begun_at": CLOCK,
        "confirmed_at": CLOCK,
        "last_step": NUMBER,
    },
    erase=DELETE,
    retain=None,
    export=False,
)
class SecondFactor(models.Model):
    """The secret shared with an authenticator app; it counts from the first correct code on.

    `last_step`: the half minute of the newest accepted code; no code of it or before is accepted
    again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="factor")
    secret_sealed = models.BinaryField()
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor begun {self.begun_at:%Y-%m-%d}"


@holds(
    subject="user",
    category="identity",
    scope="identity",
    columns={"id": NUMBER, "user": LINK, "code_digest": DIGEST, "made_at": CLOCK},
    erase=DELETE,
    retain=None,
    export=False,
)
class RecoveryCode(models.Model):
    """A code for signing in without the app. A used code has no row."""

    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="recovery_codes"
    )
    code_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [matches("code_digest", HEX_64, name="accounts_recoverycode_code_digest")]

    def __str__(self) -> str:
        return f"recovery code of {self.made_at:%Y-%m-%d}"


@holds(
    subject="user",
    category="identity",
    scope="identity",
    columns={
        "id": NUMBER,
        "user": LINK,
        "key_digest": DIGEST,
        "made_at": CLOCK,
        "mailed": NUMBER,
    },
    erase=DELETE,
    retain="3d",
    export=False,
)
class PasswordLink(models.Model):
    """A one-time link to set a password. A used link has no row; a newer one replaces it.

    `mailed`: the link was sent by mail. Anyone may request such a mail, so it does not end a link
    that a Steward handed over.
    """

    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="password_links"
    )
    key_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    mailed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            matches("key_digest", HEX_64, name="accounts_passwordlink_key_digest"),
            models.UniqueConstraint(
                fields=["user", "mailed"], name="accounts_passwordlink_user_mailed"
            ),
        ]

    def __str__(self) -> str:
        return f"link to set a password, made {self.made_at:%Y-%m-%d %H:%M}"
