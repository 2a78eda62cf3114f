"""Notes about help between classmates on other pages: for a Learner, and on the Teacher's Now.

Templates load them by name, so that no code outside this app depends on it.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from courses.access import courses_learnt_by
from courses.models import Course
from peers import pair_cards, requests

register = template.Library()


@register.inclusion_tag("peers/_asked.html", takes_context=True)
def peer_questions(context: template.RequestContext, slug: str = "") -> dict[str, Any]:
    """Return the pairs that the reader has yet to answer or is in: in one course, or in all."""
    user, now = context["request"].user, timezone.now()
    courses = courses_learnt_by(user)
    if slug:
        courses = courses.filter(slug=slug)
    return {"cards": pair_cards.load_cards(user, courses, now=now)}


@register.inclusion_tag("peers/_waiting.html")
def peer_requests(slug: str) -> dict[str, Any]:
    """Return the number of requests that a Teacher could answer with a helper."""
    course = Course.objects.get(slug=slug)
    waiting = requests.list_requests(course, now=timezone.now())
    return {"slug": slug, "waiting": sum(bool(each.helpers) for each in waiting)}
