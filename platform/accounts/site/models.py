"""The row of facts about this site; the database allows exactly one."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from data_inventory import CLOCK, CODE, NUMBER, PUBLIC, closed, holds, matches

THE_ONE: Final = 1
ZONE: Final = r"^[A-Za-z][A-Za-z0-9_+/-]{0,63}$"
LANGUAGE: Final = r"[a-z]{2,3}(-[a-z0-9]{2,8})?"
DOMAIN: Final = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
# Who may create accounts: Stewards only, Teachers by e-mail too, or join links as well.
NEW_ACCOUNTS: Final = ("stewards", "invitations", "join_links")


@holds(
    subject=None,
    category="site",
    scope=None,
    columns={
        "id": NUMBER,
        "name": PUBLIC,
        "controller": PUBLIC,
        "contact": PUBLIC,
        "officer": PUBLIC,
        "time_zone": CODE,
        "languages": CODE,
        "new_accounts": CODE,
        "email_domains": CODE,
        "changed_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class SiteRecord(models.Model):
    """What privacy notices and every page say about the site; nothing about learners.

    `languages` are codes separated by commas. So are `email_domains`: a join link may create an
    account for addresses of these domains.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    name = models.CharField(max_length=80)
    controller = models.CharField(max_length=300)
    contact = models.CharField(max_length=200)
    officer = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64)
    languages = models.CharField(max_length=200)
    new_accounts = models.CharField(max_length=11, default="stewards")
    email_domains = models.CharField(max_length=1000, blank=True, default="")
    changed_at = models.DateTimeField()
    objects: ClassVar[models.Manager[SiteRecord]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_ONE), name="accounts_siterecord_one"),
            models.CheckConstraint(condition=~Q(name=""), name="accounts_siterecord_name"),
            matches("time_zone", ZONE, name="accounts_siterecord_time_zone"),
            matches(
                "languages", f"^{LANGUAGE}(,{LANGUAGE})*$", name="accounts_siterecord_languages"
            ),
            closed("new_accounts", NEW_ACCOUNTS, name="accounts_siterecord_new_accounts"),
            matches(
                "email_domains",
                f"^({DOMAIN}(,{DOMAIN})*)?$",
                name="accounts_siterecord_email_domains",
            ),
        ]

    def __str__(self) -> str:
        return self.name
