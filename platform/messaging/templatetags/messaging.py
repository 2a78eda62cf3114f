"""Parts that other pages show of messages: unread ones, answers, and where they may go.

Templates load them by name, so that no code outside this app depends on it.
"""

from __future__ import annotations

from typing import Any

from django import template

from accounts.models import User
from courses.models import Course
from messaging import conversations

register = template.Library()
COUNTED = "unread_messages"


@register.simple_tag(takes_context=True)
def unread_messages(context: template.RequestContext) -> int:
    """Return how many threads of the reader hold something new; counted once in a page."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.has_role("learner"):
        return 0
    if not hasattr(request, COUNTED):
        setattr(request, COUNTED, conversations.unread_by(user).count())
    return int(getattr(request, COUNTED))


@register.inclusion_tag("messaging/_notice.html", takes_context=True)
def message_notice(context: template.RequestContext) -> dict[str, Any]:
    """Return the note on the Learner's pages that there are messages."""
    return {"n": unread_messages(context)}


@register.inclusion_tag("messaging/_answers.html")
def message_answers(slug: str) -> dict[str, Any]:
    """Return the note on the page Now that Learners have answered."""
    course = Course.objects.get(slug=slug)
    return {"slug": slug, "n": conversations.count_answers(course)}


@register.inclusion_tag("messaging/_choice.html", takes_context=True)
def message_choice(context: template.RequestContext) -> dict[str, Any]:
    """Return the form of the preference."""
    return {"request": context["request"], "person": context["request"].user}
