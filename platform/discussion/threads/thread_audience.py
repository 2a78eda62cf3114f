"""Who can read a thread: everyone in the course, or one group and the Teachers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from accounts.name_order import by_name
from courses.learner_groups import list_groups
from courses.models import LearnerGroup
from discussion.access import DiscussionReader
from discussion.models import Thread
from discussion.posts.post_store import Unsendable


@dataclass(frozen=True, slots=True)
class ThreadAudience:
    """The name of the only group a thread is for, or "".

    With `deleted` that group was deleted, so only the Teachers can read the thread.
    """

    group: str
    deleted: bool


EVERYONE: Final = ThreadAudience("", deleted=False)


def audience_of(thread: Thread) -> ThreadAudience:
    group = thread.group
    return ThreadAudience(group.name, group.deleted_at is not None) if group else EVERYONE


def list_choices(reader: DiscussionReader) -> list[LearnerGroup]:
    """Return the groups that may be chosen: all for a Teacher, a Learner's own."""
    groups = list_groups(reader.unit.course)
    found = groups if reader.teaches else groups.filter(enrolments__user=reader.user)
    return by_name(found, lambda group: group.name)


def choose_group(reader: DiscussionReader, code: str) -> LearnerGroup | None:
    """Return the chosen group; None = everyone. Raises Unsendable for a group of others."""
    if not code:
        return None
    found = {str(group.code): group for group in list_choices(reader)}
    if code not in found:
        raise Unsendable(_("This group can no longer be chosen. Choose again who can read it."))
    return found[code]
