"""`record` writes an audit leaf in the transaction of the act it records: both or none (I-19)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.utils import timezone

from vault.errors import KeystoreBusy

_may_wait: ContextVar[bool] = ContextVar("may_wait", default=False)


def record(
    verb: str,
    *,
    actor: uuid.UUID | None,
    subject: uuid.UUID | None,
    public: Mapping[str, object] = {},
    private: Mapping[str, object] = {},
) -> None:
    """Record an act. `actor` and `subject` are codes of people; `public` holds codes and counts.

    Raises TransactionManagementError outside a transaction. Raises ValueError for an unknown verb,
    or for text in the public part. Raises KeystoreBusy, except in `allow_delay`.
    """
    # Imported here because Django loads this package before the app's models.
    from audit import delayed_leaves
    from audit.leaves import make_leaf

    _require_transaction(verb)
    at = timezone.now()
    try:
        leaf = make_leaf(
            uuid.uuid4(),
            verb,
            actor=actor,
            subject=subject,
            public=public,
            private=private,
            at=at,
        )
    except KeystoreBusy:
        if private or not _may_wait.get():
            raise
        delayed_leaves.delay(verb, actor=actor, subject=subject, public=public, at=at)
    else:
        leaf.save(force_insert=True)


def record_each(
    verb: str, publics: Iterable[Mapping[str, object]], *, actor: uuid.UUID | None = None
) -> None:
    """Record an act on several things: one leaf each, in one statement.

    Without an actor, the site itself acted.
    """
    _require_transaction(verb)
    _save_leaves(verb, actor, ((None, public) for public in publics))


def record_about_each(
    verb: str, *, actor: uuid.UUID | None, publics: Mapping[uuid.UUID, Mapping[str, object]]
) -> None:
    """Record one act on several people: one leaf about each, in one statement.

    `publics`: the public part, by the code of the person. Raises KeystoreBusy, except in
    `allow_delay`.
    """
    from audit import delayed_leaves
    from audit.leaves import warm_refs

    _require_transaction(verb)
    try:
        warm_refs([*publics, *([actor] if actor else [])])
        _save_leaves(verb, actor, publics.items())
    except KeystoreBusy:
        if not _may_wait.get():
            raise
        at = timezone.now()
        for subject, public in publics.items():
            delayed_leaves.delay(verb, actor=actor, subject=subject, public=public, at=at)


@contextmanager
def allow_delay() -> Iterator[None]:
    """Let the leaves of this block follow later if the keystore is busy (ADR 0093)."""
    token = _may_wait.set(True)
    try:
        yield
    finally:
        _may_wait.reset(token)


def _save_leaves(
    verb: str,
    actor: uuid.UUID | None,
    publics: Iterable[tuple[uuid.UUID | None, Mapping[str, object]]],
) -> None:
    """Create a leaf for each subject with its public part, in one statement."""
    from audit.leaves import make_leaf
    from audit.models import Leaf

    Leaf.objects.bulk_create(
        make_leaf(
            uuid.uuid4(),
            verb,
            actor=actor,
            subject=subject,
            public=public,
            private={},
            at=timezone.now(),
        )
        for subject, public in publics
    )


def _require_transaction(verb: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"audit.record({verb!r}) belongs in the transaction of the act it records"
        )
