"""The page with the list of people, or with the people found by a search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.mail import queue
from stewardship.people.queries import ROLE_WORDS, STATE_WORDS, PeopleFilter, load_page
from stewardship.people.search.view_model import ShownSearch


def show_list(
    request: HttpRequest,
    wanted: PeopleFilter,
    search: ShownSearch | None = None,
    *,
    is_over: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render one page of the list. `is_over`: the requested search no longer exists."""
    page = load_page(wanted)
    context = {
        "place": "people",
        "people": page,
        "wanted": wanted,
        "search": search,
        "is_over": is_over,
        "is_list": wanted.codes is None,
        # Query string that every link on the page preserves.
        "kept": f"search={search.id}&" if search else "",
        "roles": ROLE_WORDS.items(),
        "has_mail": queue.has_server(),
        "tabs": [(name, word, page.counts[name]) for name, word in STATE_WORDS.items()],
    }
    return render(request, "stewardship/people/list.html", context, status=status)
