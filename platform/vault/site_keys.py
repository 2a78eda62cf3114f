"""The lasting secrets: salts of people, keys of studies, and those of the site itself.

Each is made at its first use and is never succeeded by another.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from vault.keystore import Key, open_keystore

SITE: Final = UUID(int=0)
# Scope names that no stream and no site scope can have.
SALT: Final = ".salt"
PEPPER: Final = ".pepper"
SIGNING: Final = ".signing"
PICTURE: Final = ".picture"
LEDGER: Final = ".ledger"
STUDY: Final = ".study"
TOOL: Final = ".tool"


def salt(subject: UUID) -> bytes:
    """Return the person's salt, destroyed with ALL; hashes made with it then identify no one."""
    return open_keystore().lasting_key((subject, SALT, 0), timezone.now()).secret


def has_salt(subject: UUID) -> bool:
    """Return whether the person has a salt; after their erasure they have none."""
    return bool(open_keystore().key_ids(subject, [SALT]))


def warm_salts(subjects: Collection[UUID]) -> None:
    """Create missing salts in one transaction, and read all of them by one statement."""
    open_keystore().lasting_keys([(subject, SALT, 0) for subject in subjects], timezone.now())


def study_key(study: UUID, *, ends_at: datetime) -> Key:
    """Return the key of a new study.

    Its age counts from the study's end, so that the job that deletes old keys deletes it in time.
    Store its id, because another call would create another key.
    """
    return open_keystore().lasting_key((study, STUDY, 0), ends_at)


def ledger_ref(subject: UUID) -> bytes:
    """Return how the ledger names a person."""
    return hmac.digest(_site_secret(LEDGER), subject.bytes, "sha256")


def pepper() -> bytes:
    """Return the site's secret for digests of usernames."""
    return _site_secret(PEPPER)


def signing_seed() -> bytes:
    """Return the seed of the site's Ed25519 key; only `vault.signing` calls it."""
    return _site_secret(SIGNING)


def picture_secret() -> bytes:
    """Return the seed of the noise in group figures (`estimates.group_figures.noise`)."""
    return _site_secret(PICTURE)


def tool_key() -> Key:
    """Return the key for what this site as an LTI tool keeps to itself.

    These are its private keys (`lti.tool_keys`), and first launches (`lti.account_links`).
    """
    return open_keystore().lasting_key((SITE, TOOL, 0), timezone.now())


def _site_secret(scope: str) -> bytes:
    return open_keystore().lasting_key((SITE, scope, 0), timezone.now()).secret
