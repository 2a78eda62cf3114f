"""Cards of the queue: learners with the same reason about the same place share one.

What they answered is not compared: a card is made from course records alone, and no answer of a
named learner is unsealed for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from teaching.dashboard.queue_rows import QueueRow


@dataclass(frozen=True, slots=True)
class NeedCard:
    """One reason and the learners it is about; a card of one learner has no `title`."""

    id: str
    title: str
    place: SafeString
    rows: tuple[QueueRow, ...]

    @property
    def first(self) -> QueueRow:
        return self.rows[0]

    @property
    def value(self) -> str:
        """Return the rows as a form sends them."""
        return " ".join(row.value for row in self.rows)

    @property
    def is_shared(self) -> bool:
        return len(self.rows) > 1


def group_rows(rows: Iterable[QueueRow]) -> tuple[NeedCard, ...]:
    """Return one card for each reason, in the order in which the reasons first appear."""
    by_reason: dict[str, list[QueueRow]] = {}
    for row in rows:
        by_reason.setdefault(row.reason, []).append(row)
    return tuple(_make_card(found) for found in by_reason.values())


def _make_card(rows: list[QueueRow]) -> NeedCard:
    first, n = rows[0], len(rows)
    title = describe_group(first.kind, n) if n > 1 else ""
    return NeedCard(f"row-{first.reason.replace(':', '-')}", title, first.place, tuple(rows))


def describe_group(kind: str, n: int) -> str:
    """Return the reason that these learners share."""
    # Each sentence is written out, so that translations can order it.
    texts = {
        "stuck": ngettext("{n} learner asked for help", "{n} learners asked for help", n),
        "spinning": ngettext(
            "{n} learner keeps getting the same skill wrong",
            "{n} learners keep getting the same skill wrong",
            n,
        ),
        "wrong": ngettext(
            "{n} learner was wrong several times in a row",
            "{n} learners were wrong several times in a row",
            n,
        ),
        "alone": ngettext(
            "{n} learner keeps trying without a hint", "{n} learners keep trying without a hint", n
        ),
        "quick": ngettext("{n} learner answers too quickly", "{n} learners answer too quickly", n),
        "hint": ngettext("{n} learner opened a hint", "{n} learners opened a hint", n),
        "stopped": ngettext(
            "{n} learner stopped in the middle of a quiz",
            "{n} learners stopped in the middle of a quiz",
            n,
        ),
    }
    return texts[kind].format(n=n)
