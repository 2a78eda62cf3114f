"""Rows that signing in needs: log-ins, failed tries, second factors, links. None names anybody
(I-8)."""

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
    """One open log-in. The cookie's key stands only as SHA-256; anonymous visitors have no row.

    `factor_at`: when the second factor was shown; `confirmed_at`: when the person last proved that
    it is them; `sso_digest`: of the sign-in at a provider by which it began.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="sessions")
    auth_digest = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    factor_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # NULL, not "", where the provider names no sign-in, or where there was none.
    sso_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001

    class Meta:
        constraints = [
            matches("key_digest", HEX_64, name="accounts_session_key_digest"),
            matches("auth_digest", HEX_64, name="accounts_session_auth_digest"),
            matches("sso_digest", HEX_64, name="accounts_session_sso_digest"),
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
        "forgotten_at": CLOCK,
    },
    erase=DELETE,
    retain="1d",
    clock="forgotten_at",
)
class SignInThrottle(models.Model):
    """Tries of one typed log-in, of one network, or of both, under digests no other table shares.

    `until`: the rest, once `count` is used up; `forgotten_at`: when the count itself goes.
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
    """The secret an authenticator app shares with us. It counts once the first code was right.

    `last_step`: the half minute of the newest code that was taken; no code of it or before is
    taken again.
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
    """One way in without the app. Used codes have no row any more."""

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
    """A one-time link to set a password. A used one has no row, and a newer one takes its place.

    `mailed`: a mail took it along. Anybody may ask for such a mail, so it leaves one alone that a
    Steward handed over.
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
