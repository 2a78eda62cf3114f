"""Who can read a new thread: everyone in the course, or one group and the Teachers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from courses.learner_groups import list_groups
from courses.models import LearnerGroup
from discussion.access import DiscussionReader
from discussion.posts.post_store import Unsendable


def list_choices(reader: DiscussionReader) -> list[LearnerGroup]:
    """Return the groups that may be chosen: all for a Teacher, a Learner's own."""
    groups = list_groups(reader.unit.course)
    return list(groups if reader.teaches else groups.filter(enrolments__user=reader.user))


def choose_group(reader: DiscussionReader, code: str) -> LearnerGroup | None:
    """Return the chosen group; None = everyone. Raises Unsendable for a group of others."""
    if not code:
        return None
    found = {str(group.code): group for group in list_choices(reader)}
    if code not in found:
        raise Unsendable(_("This group can no longer be chosen. Choose again who can read it."))
    return found[code]
