"""The account of a person at a provider: connected before, found by e-mail, or created."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit
from accounts import age_bands, people
from accounts.administration.person_records import CannotChange, lock_person_row
from accounts.keyed_hash import digest_email, keyed_digest
from accounts.mail import queue
from accounts.models import SingleSignOnLink, StewardNomination, User
from accounts.passwords.password_rules import may_use_password
from accounts.single_sign_on.link_removal import remove_link
from accounts.single_sign_on.oidc.claims import ProviderIdentity
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.role_mapping import read_roles
from accounts.site import site_facts
from work_queue.turns import wait_for_turn


class NoAccount(Exception):
    """No account can be signed in to; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def digest_subject(issuer: str, subject: str) -> str:
    return keyed_digest("sso-subject", f"{issuer}\x00{subject}")


def digest_session(issuer: str, session: str) -> str:
    return keyed_digest("sso-session", f"{issuer}\x00{session}")


def find_by_subject(issuer: str, subject: str) -> User | None:
    """Return the person connected to this account at the provider, or None."""
    links = SingleSignOnLink.objects.filter(subject_digest=digest_subject(issuer, subject))
    link = links.select_related("person").first()
    return None if link is None else link.person


@transaction.atomic
def find_or_make_person(provider: Provider, seen: ProviderIdentity, *, now: datetime) -> User:
    """Return the person to sign in. Raises NoAccount."""
    link = _find_link(seen)
    if link is not None:
        link.used_at, link.tells_time = now, seen.signed_in_at is not None
        link.save(update_fields=["used_at", "tells_time"])
        person: User = link.person
    else:
        person = _find_by_email(provider, seen, now) or _make_person(provider, seen, now)
    _refuse_closed(person)
    return person


def record_tells_time(seen: ProviderIdentity) -> None:
    """Store whether this account's provider reports when the person signed in."""
    links = SingleSignOnLink.objects.filter(
        subject_digest=digest_subject(seen.issuer, seen.subject)
    )
    links.update(tells_time=seen.signed_in_at is not None)


@transaction.atomic
def connect(provider: Provider, seen: ProviderIdentity, person: User, *, now: datetime) -> None:
    """Connect a provider account to the signed-in person, replacing another one of that provider.

    Raises NoAccount.
    """
    link = _find_link(seen)
    if link is not None and link.person != person:
        raise NoAccount(
            _("That {provider} account is already connected to another person here.").format(
                provider=provider.name
            )
        )
    if link is None:
        person = lock_person_row(person.code)
        disconnect(person, provider.key, by=person)
        _make_link(provider, seen, person, by="self", actor=person.code, now=now)


def find_links(person: User) -> dict[str, SingleSignOnLink]:
    """Return the person's connections by provider key."""
    return {link.provider: link for link in person.single_sign_ons.order_by("made_at")}


def may_disconnect(person: User) -> bool:
    """Return whether the person could still sign in without the provider."""
    return person.has_usable_password() and may_use_password(person)


@transaction.atomic
def disconnect(person: User, provider: str, *, by: User) -> bool:
    """Remove the connection; False if there was none. The caller ends the sessions.

    Raises CannotChange for another Steward's only way to sign in: with a new one, one Steward could
    act as two.
    """
    link = person.single_sign_ons.filter(provider=provider).select_related("person").first()
    if link is None:
        return False
    if by != person and person.has_role("steward") and not person.has_usable_password():
        raise CannotChange(
            _("This data steward has no password, so this is the only way they can sign in.")
        )
    remove_link(link, by=by)
    return True


def _find_link(seen: ProviderIdentity) -> SingleSignOnLink | None:
    """Return the connection, or None. Concurrent requests for the same one wait for each other."""
    digest = digest_subject(seen.issuer, seen.subject)
    wait_for_turn(f"sso {digest}")
    rows = SingleSignOnLink.objects.select_related("person")
    return rows.filter(subject_digest=digest).first()


def _refuse_closed(person: User) -> None:
    if not person.is_active or person.simulated:
        raise NoAccount(_("This account is locked. Ask your school to unlock it."))


def _find_by_email(provider: Provider, seen: ProviderIdentity, now: datetime) -> User | None:
    """Connect the one account with this verified e-mail, if the site allows that.

    Never an account of a Steward or a nominee: otherwise the provider's operator could run this
    site. Never an address with non-ASCII letters, because digests fold several of them into one.
    """
    if not provider.link_by_email or not seen.email or not seen.email.isascii():
        return None
    digest = digest_email(seen.email)
    found = list(User.objects.filter(email_digest=digest)[:2])
    if len(found) != 1:
        return None
    person = lock_person_row(found[0].code)
    nominated = StewardNomination.objects.filter(person=person).exists()
    changed = person.email_digest != digest
    taken = person.single_sign_ons.filter(provider=provider.key).exists()
    closed = not person.is_active or person.simulated
    if person.has_role("steward") or nominated or taken or changed or closed:
        return None
    _make_link(provider, seen, person, by="email", actor=None, now=now)
    return person


def _make_person(provider: Provider, seen: ProviderIdentity, now: datetime) -> User:
    if not provider.create_accounts:
        raise NoAccount(
            _("You do not have an account here yet. Ask your school to add you. If you have a "
"password here, sign in once with it and connect your account under “Sign-in and "
"security”.")
        )  # fmt: skip
    if seen.email and User.objects.filter(email_digest=digest_email(seen.email)).exists():
        raise NoAccount(
            _("There is already an account with your email address here. Sign in with its "
"password, then connect it under “Sign-in and security”, or ask your school.")
        )  # fmt: skip
    today = site_facts.site_day(now)
    born = seen.born if seen.born and age_bands.is_plausible(seen.born, today) else None
    band = age_bands.band_on(born, today) if born else provider.age_band
    if not band:
        raise NoAccount(
            _(
                "No account was created, because your school did not send us your age. Ask your "
                "school."
            )
        )
    login = seen.username or seen.email or f"{provider.key}-{secrets.token_hex(4)}"
    if people.find_by_login(login) is not None:
        raise _username_taken()
    try:
        with transaction.atomic():
            person = people.make_person(
                login,
                name=seen.name or login,
                roles=sorted(read_roles(provider, seen)) or ["learner"],
                password=None,
                age_band=band,
                email=seen.email,
                born=born,
                now=now,
            )
    except IntegrityError:
        # Another person took the username in the meantime.
        raise _username_taken() from None
    _make_link(provider, seen, person, by="first_sign_in", actor=None, now=now)
    return person


def _username_taken() -> NoAccount:
    return NoAccount(
        _("There is already an account with your username here. Sign in with its password, "
"then connect it under “Sign-in and security”.")
    )  # fmt: skip


def _make_link(
    provider: Provider,
    seen: ProviderIdentity,
    person: User,
    *,
    by: str,
    actor: UUID | None,
    now: datetime,
) -> None:
    SingleSignOnLink.objects.create(
        person=person,
        provider=provider.key,
        subject_digest=digest_subject(seen.issuer, seen.subject),
        made_at=now,
        used_at=now,
        tells_time=seen.signed_in_at is not None,
    )
    if by != "first_sign_in":
        queue.queue_mail(person, "sso_connected", now=now)
    public = {"provider": provider.key, "by": by}
    audit.record("person.sso_link", actor=actor, subject=person.code, public=public)
