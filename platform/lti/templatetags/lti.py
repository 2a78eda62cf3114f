"""The list of linked platforms on the page about one's own sign-in.

Templates load it by name, so that no code outside this app depends on it.
"""

from __future__ import annotations

from typing import Any

from django import template

from lti.account_links import links

register = template.Library()


@register.inclusion_tag("lti/_linked.html", takes_context=True)
def linked_platforms(context: template.RequestContext) -> dict[str, Any]:
    """Return the platforms whose links open this account."""
    user = context["request"].user
    rows = list(links.list_links(user))
    return {
        "rows": rows,
        "may_remove": bool(rows) and links.may_remove(user),
        "csrf_token": context.get("csrf_token"),
    }
