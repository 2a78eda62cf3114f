"""Which account a person at a provider has here: connected before, found by e-mail, or new."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

import audit
from accounts import age_bands, people
from accounts.administration.person_records import CannotChange, lock_row
from accounts.keyed_hash import digest_email, keyed
from accounts.mail import queue
from accounts.models import SingleSignOnLink, StewardNomination, User
from accounts.passwords.password_rules import may_use_password
from accounts.single_sign_on.link_removal import remove_link
from accounts.single_sign_on.oidc.claims import SignedInElsewhere
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.role_mapping import read_roles
from accounts.site import site_facts


class NoAccountHere(Exception):
    """No person can be signed in; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def digest_subject(issuer: str, subject: str) -> str:
    return keyed("sso-subject", f"{issuer}\x00{subject}")


def digest_session(issuer: str, session: str) -> str:
    return keyed("sso-session", f"{issuer}\x00{session}")


def find_by_subject(issuer: str, subject: str) -> User | None:
    """Return the person who is connected with this account there."""
    links = SingleSignOnLink.objects.filter(subject_digest=digest_subject(issuer, subject))
    link = links.select_related("person").first()
    return None if link is None else link.person


@transaction.atomic
def find_or_make_person(provider: Provider, seen: SignedInElsewhere, *, now: datetime) -> User:
    """Return the person to sign in. Raises NoAccountHere."""
    link = _find_link(seen)
    if link is not None:
        link.used_at, link.tells_time = now, seen.signed_in_at is not None
        link.save(update_fields=["used_at", "tells_time"])
        person: User = link.person
    else:
        person = _find_by_email(provider, seen, now) or _make_person(provider, seen, now)
    _refuse_closed(person)
    return person


def note_time_told(seen: SignedInElsewhere) -> None:
    """Remember whether this account says when its person signed in."""
    links = SingleSignOnLink.objects.filter(
        subject_digest=digest_subject(seen.issuer, seen.subject)
    )
    links.update(tells_time=seen.signed_in_at is not None)


@transaction.atomic
def connect(provider: Provider, seen: SignedInElsewhere, person: User, *, now: datetime) -> None:
    """Connect the account of a person who is signed in, in place of another one there.

    Raises NoAccountHere.
    """
    link = _find_link(seen)
    if link is not None and link.person != person:
        raise NoAccountHere(
            _("That {provider} account is already connected to another person here.").format(
                provider=provider.name
            )
        )
    if link is None:
        person = lock_row(person.code)
        disconnect(person, provider.key, by=person)
        _make_link(provider, seen, person, by="self", actor=person.code, now=now)


def connections_of(person: User) -> dict[str, SingleSignOnLink]:
    """Return what is connected, by the provider's key."""
    return {link.provider: link for link in person.single_sign_ons.order_by("made_at")}


def may_disconnect(person: User) -> bool:
    """Say whether something else opens the account."""
    return person.has_usable_password() and may_use_password(person)


@transaction.atomic
def disconnect(person: User, provider: str, *, by: User) -> bool:
    """Remove the connection; False where there was none. The caller ends what is open.

    Raises CannotChange for another Steward's only way in: with the next one, one would be two.
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


def _find_link(seen: SignedInElsewhere) -> SingleSignOnLink | None:
    """Return the connection; two requests for the same one wait for each other."""
    digest = digest_subject(seen.issuer, seen.subject)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sso {digest}"])
    rows = SingleSignOnLink.objects.select_related("person")
    return rows.filter(subject_digest=digest).first()


def _refuse_closed(person: User) -> None:
    if not person.is_active or person.simulated:
        raise NoAccountHere(_("This account is locked. Ask your school to unlock it."))


def _find_by_email(provider: Provider, seen: SignedInElsewhere, now: datetime) -> User | None:
    """Connect the one account with this verified e-mail, where the site allows that.

    Never a Steward's, or one who is to become one: who runs the provider would run this site. Never
    by other letters than ASCII, of which digests take several for one.
    """
    if not provider.link_by_email or not seen.email or not seen.email.isascii():
        return None
    digest = digest_email(seen.email)
    found = list(User.objects.filter(email_digest=digest)[:2])
    if len(found) != 1:
        return None
    person = lock_row(found[0].code)
    nominated = StewardNomination.objects.filter(person=person).exists()
    changed = person.email_digest != digest
    taken = person.single_sign_ons.filter(provider=provider.key).exists()
    closed = not person.is_active or person.simulated
    if person.has_role("steward") or nominated or taken or changed or closed:
        return None
    _make_link(provider, seen, person, by="email", actor=None, now=now)
    return person


def _make_person(provider: Provider, seen: SignedInElsewhere, now: datetime) -> User:
    if not provider.create_accounts:
        raise NoAccountHere(
            _("You do not have an account here yet. Ask your school to add you. If you have a "
"password here, sign in once with it and connect your account under “Sign-in and "
"security”.")
        )  # fmt: skip
    if seen.email and User.objects.filter(email_digest=digest_email(seen.email)).exists():
        raise NoAccountHere(
            _("There is already an account with your email address here. Sign in with its "
"password, then connect it under “Sign-in and security”, or ask your school.")
        )  # fmt: skip
    today = site_facts.find_day(now)
    born = seen.born if seen.born and age_bands.is_plausible(seen.born, today) else None
    band = age_bands.band_on(born, today) if born else provider.age_band
    if not band:
        raise NoAccountHere(
            _(
                "No account was created, because your school did not send us your age. Ask your "
                "school."
            )
        )
    login = seen.username or seen.email or f"{provider.key}-{secrets.token_hex(4)}"
    if people.by_login(login) is not None:
        raise _username_is_here()
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
        # Another person took the username at this moment.
        raise _username_is_here() from None
    _make_link(provider, seen, person, by="first_sign_in", actor=None, now=now)
    return person


def _username_is_here() -> NoAccountHere:
    return NoAccountHere(
        _("There is already an account with your username here. Sign in with its password, "
"then connect it under “Sign-in and security”.")
    )  # fmt: skip


def _make_link(
    provider: Provider,
    seen: SignedInElsewhere,
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
        queue.ask(person, "sso_connected", now=now)
    public = {"provider": provider.key, "by": by}
    audit.record("person.sso_link", actor=actor, subject=person.code, public=public)
