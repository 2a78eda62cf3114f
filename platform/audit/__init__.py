"""`record` leaves a leaf for a sensitive act in the act's own transaction: both or none (I-19)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone


def record(
    verb: str,
    *,
    actor: uuid.UUID | None,
    subject: uuid.UUID | None,
    public: Mapping[str, object] = {},
    private: Mapping[str, object] = {},
) -> None:
    """Record an act. `actor` and `subject` are codes of people; `public` holds codes and counts.

    Raises TransactionManagementError outside a transaction, ValueError for an unknown verb or for
    text in the public part.
    """
    # The app's models can be imported only after this package, which Django loads first.
    from audit.leaves import make

    _together_with_the_act(verb)
    leaf = make(
        uuid.uuid4(),
        verb,
        actor=actor,
        subject=subject,
        public=public,
        private=private,
        at=timezone.now(),
    )
    leaf.save(force_insert=True)


def record_each(
    verb: str, publics: Iterable[Mapping[str, object]], *, actor: uuid.UUID | None = None
) -> None:
    """Record an act on several things: a leaf for each, by one statement.

    Without an actor it is the site's own.
    """
    _together_with_the_act(verb)
    _save_leaves(verb, actor, ((None, public) for public in publics))


def record_about_each(
    verb: str, *, actor: uuid.UUID | None, publics: Mapping[uuid.UUID, Mapping[str, object]]
) -> None:
    """Record one act on several people: a leaf about each, by one statement.

    `publics`: the public part, by the code of the person.
    """
    from audit.leaves import warm_refs

    _together_with_the_act(verb)
    warm_refs([*publics, *([actor] if actor else [])])
    _save_leaves(verb, actor, publics.items())


def _save_leaves(
    verb: str,
    actor: uuid.UUID | None,
    publics: Iterable[tuple[uuid.UUID | None, Mapping[str, object]]],
) -> None:
    """Make a leaf for each subject with its public part, by one statement."""
    from audit.leaves import make
    from audit.models import Leaf

    Leaf.objects.bulk_create(
        make(
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


def _together_with_the_act(verb: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"audit.record({verb!r}) belongs into the transaction of the act it records"
        )
