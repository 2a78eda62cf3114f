"""The servers that may get personal data: none, until the settings name one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from stewardship.documents.markdown import joined, table, to_fill


@dataclass(frozen=True, slots=True)
class Recipient:
    """A kind of server that the settings may name, what it gets, and those that are named.

    `setting` is empty and `named` None where the site does not know who asks it.
    """

    kind: str
    setting: str
    gets: str
    named: tuple[str, ...] | None


def recipients() -> list[Recipient]:
    """Every server outside the site that the settings can name, as they are now."""
    providers = settings.SIGN_IN_RULES.providers
    return [
        Recipient("Mail server", "MAIL_HOST", "name, e-mail address, the mail's words",
                  _hosts(settings.EMAIL_HOST)),
        Recipient("Identity provider", "SIGN_IN_PROVIDERS_FILE",
                  "that somebody signs in, and when; it tells the site who they are",
                  _hosts(*(provider.issuer for provider in providers))),
        Recipient("Learning record store", "LRS_URL", "course records by a person's code",
                  _hosts(settings.LRS_URL)),
        Recipient("Transit keystore", "KEYSTORE_TRANSIT_URL",
                  "keys to be shut and opened, no data of people",
                  _hosts(settings.KEYSTORE_TRANSIT_URL)),
        Recipient("Witness of the audit", "AUDIT_WITNESS_URL",
                  "digests alone, which name no person",
                  _hosts(settings.AUDIT_WITNESS_URL)),
        Recipient("Broker", "REDIS_URL", "what is pushed to open pages, for seconds",
                  _hosts(settings.REDIS_URL)),
        Recipient("Collector of figures (Prometheus)", "", "counts and times that name no person; "
                  "it asks, and the site does not know which", None),
        Recipient("A person's own calendar or program", "", "what that person lets it read by an "
                  "address or a token of theirs", None),
    ]  # fmt: skip


def recipients_table(*, of_this_site: bool = True) -> str:
    """The kinds; with what this site's settings name, or without."""
    head = ["Kind", "Named by", "Gets"]
    if not of_this_site:
        return table(head, [_cells(each) for each in recipients()])
    rows = [(*_cells(each), _named_here(each)) for each in recipients()]
    return table([*head, "Here"], rows)


def _cells(recipient: Recipient) -> tuple[str, str, str]:
    named_by = f"`{recipient.setting}`" if recipient.setting else "–"
    return recipient.kind, named_by, recipient.gets


def _named_here(recipient: Recipient) -> str:
    return "not known to the site" if recipient.named is None else joined(recipient.named)


def list_processors(release: str) -> list[str]:
    """The list of processors of the program as it comes (docs/processors.md)."""
    return [
        "# Processors",
        f"Of Attune {release}: none. The institution that runs a site is the controller and runs "
        "everything itself. The "
        "authors of the program get nothing, and pages load nothing from elsewhere. Made by "
        "`manage.py compliance_documents`; do not edit it.",
        "## What an institution may add",
        "Each of these is off until a setting names it. Where somebody else runs it, that may be a "
        "processor, with a contract (GDPR, Article 28); the record of processing activities says "
        "which are named on a site.",
        recipients_table(of_this_site=False),
        to_fill("who runs the machines, the database and the backups, where that is not the "
                "institution."),
    ]  # fmt: skip


def _hosts(*addresses: str) -> tuple[str, ...]:
    """Return host names alone: an address may carry a log-in."""
    names = (urlsplit(each).hostname or (each if "/" not in each else "") for each in addresses)
    return tuple(name for name in names if name)
