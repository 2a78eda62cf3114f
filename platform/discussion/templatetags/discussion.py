"""Parts that other pages show of discussions: a link on the Unit's page, and mentions.

Templates load them by name, so that no code outside this app depends on it.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from courses.access import courses_learnt_by
from courses.models import Unit
from courses.timestamps import format_time
from discussion.access import closed_by_test
from discussion.announcements import queries
from discussion.moderation import hidden_posts
from discussion.threads import read_state

register = template.Library()
register.filter("clock", format_time)


@register.inclusion_tag("discussion/_beside.html", takes_context=True)
def discussion_beside(context: template.RequestContext, unit: Unit) -> dict[str, Any]:
    """Return the context of a Unit page's "Discussion" section, with its new posts.

    The reader is a member of the Unit's course: the page's view has checked it.
    """
    user = context["request"].user
    return {
        "url": f"/units/{unit.code}/discussion/",
        "closed": closed_by_test(unit, now=timezone.now()),
        "new": sum(read_state.new_post_counts(user, unit).values()),
        "video": unit.kind == "video",
    }


@register.inclusion_tag("discussion/_mentions.html", takes_context=True)
def discussion_mentions(context: template.RequestContext) -> dict[str, Any]:
    """Return the reader's new mentions and their posts that were hidden, with links."""
    user = context["request"].user
    return {"mentions": read_state.mentions_of(user), "hidden": hidden_posts.hidden_posts_of(user)}


@register.inclusion_tag("discussion/announcements/_newest.html", takes_context=True)
def announcements(context: template.RequestContext, slug: str = "") -> dict[str, Any]:
    """Return the Learner's newest unread announcement: in one course, or in all of them."""
    user, now = context["request"].user, timezone.now()
    courses = courses_learnt_by(user)
    if slug:
        courses = courses.filter(slug=slug)
    shown = queries.visible_announcements(now=now).filter(course__in=courses)
    unread = queries.unread(shown, user)
    newest = queries.with_course(unread)[:1]
    cards = list(queries.load_cards(newest, user, new=set(), now=now))
    return {
        "request": context["request"],
        "card": cards[0] if cards else None,
        "more": unread.count() - 1 if cards else 0,
        "home": not slug,
        "all_of": slug if slug and not cards and shown.exists() else "",
    }
