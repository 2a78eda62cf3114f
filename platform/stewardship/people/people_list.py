"""The page of the list of people, or of the people that a search found."""

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
    """Show one page of who fits. `is_over`: the search that is asked for is none any more."""
    page = load_page(wanted)
    context = {
        "place": "people",
        "people": page,
        "wanted": wanted,
        "search": search,
        "is_over": is_over,
        "is_list": wanted.codes is None,
        # What each link on the page keeps.
        "kept": f"search={search.id}&" if search else "",
        "roles": ROLE_WORDS.items(),
        "has_mail": queue.has_server(),
        "tabs": [(name, word, page.counts[name]) for name, word in STATE_WORDS.items()],
    }
    return render(request, "stewardship/people/list.html", context, status=status)
