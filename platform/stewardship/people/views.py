"""`/steward/people/`: the list of people, its export, and forms to add and change people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

import audit
from accounts.access import current_user, require_recent, require_role
from accounts.administration import person_changes, steward_nominations
from accounts.administration.person_records import CannotChange, PersonRecord, load_record
from accounts.mail import link_mails, queue
from accounts.models import User
from accounts.sessions.streaming_response import iterate_in_thread, stream_response
from accounts.site import site_facts
from stewardship import access
from stewardship.people.account_details import show_account
from stewardship.people.action_views import show_link
from stewardship.people.csv_export import find_people, write_parts
from stewardship.people.forms import FilterForm, PersonForm, SearchForm
from stewardship.people.queries import ROLE_WORDS, STATE_WORDS, PeopleFilter, load_page
from stewardship.people.search import requests
from stewardship.people.search.requests import ShownSearch, show_search


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """Show one page of the list, or of a search result; a POST searches."""
    by, now = current_user(request), timezone.now()
    if request.method == "POST":
        return _search(request, by, now)
    form = FilterForm(request.GET)
    wanted, search_id = form.wanted(), form.cleaned_data.get("search")
    if not search_id:
        return show_list(request, wanted)
    search = requests.load_search(search_id, by=by, now=now)
    if search is None:
        return show_list(request, replace(wanted, codes=()), is_over=True, status=404)
    shown = show_search(search)
    return show_list(request, replace(wanted, codes=shown.found.codes), shown)


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


def _search(request: HttpRequest, by: User, now: datetime) -> HttpResponse:
    """Search, then redirect to an address without the typed text, which may be personal data."""
    form = SearchForm(request.POST)
    if not form.is_valid():
        return show_list(request, PeopleFilter(codes=()))
    here, typed = reverse("stewardship:people"), form.cleaned_data["q"]
    if not typed:
        requests.end_search(by=by)
        return redirect(here)
    search = requests.search_people(typed, by=by, now=now)
    return redirect(f"{here}?search={search.id}")


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def add_person(request: HttpRequest) -> HttpResponse:
    """Create an account. The link to set a password is emailed, or shown if that is impossible."""
    user, now = current_user(request), timezone.now()
    today = site_facts.site_day(now)
    if request.method != "POST":
        return _render_form(request, PersonForm(initial={"roles": ["learner"]}, today=today))
    form = PersonForm(request.POST, today=today)
    try:
        if form.is_valid():
            person = person_changes.add_person(form.record(), by=user, now=now)
            return _invite(request, person, user)
    except CannotChange as problem:
        form.add_error(problem.field, str(problem))
    return _render_form(request, form, status=422)


@require_safe
@require_role("steward")
@require_recent
@never_cache
def account_page(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show a person's record."""
    return show_account(request, access.view_person(current_user(request), code, "account"))


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def edit_person(request: HttpRequest, code: UUID) -> HttpResponse:
    """Change a person's record."""
    user = current_user(request)
    if request.method == "POST":
        with transaction.atomic():
            return _save_person(request, access.person_to_change(user, code), user)
    if access.is_being_erased(code):
        raise Http404
    record = load_record(access.view_person(user, code, "account"))
    today = site_facts.site_day(timezone.now())
    form = PersonForm(initial=PersonForm.initial_of(record), today=today)
    return _render_form(request, form, record, code)


@require_safe
@require_role("steward")
@require_recent
def export_people(request: HttpRequest) -> StreamingHttpResponse:
    """Send the people who match the filters; the leaf contains only their number."""
    by, wanted = current_user(request), FilterForm(request.GET).wanted()
    people = find_people(wanted)
    if request.method != "HEAD":
        with transaction.atomic():
            count = {"people": people.count()}
            audit.record("people.export", actor=by.code, subject=None, public=count)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="people.csv"',
        "Cache-Control": "no-store",
    }
    return stream_response(request, iterate_in_thread(write_parts(people)), headers=headers)


def _invite(request: HttpRequest, person: User, user: User) -> HttpResponse:
    """Send the invitation; without email, show the link to pass on."""
    if not link_mails.can_mail(person):
        return show_link(request, person)
    link_mails.send_link(person, by=user, now=timezone.now())
    return redirect("stewardship:account", code=person.code)


def _save_person(request: HttpRequest, person: User, user: User) -> HttpResponse:
    """Record what was typed, or show the form again with its errors."""
    now, record = timezone.now(), load_record(person)
    form = PersonForm(request.POST, today=site_facts.site_day(now))
    try:
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            person_changes.change_person(person.code, form.record(), seen=seen, by=user, now=now)
            return redirect("stewardship:account", code=person.code)
    except CannotChange as problem:
        form.add_error(problem.field, str(problem))
    return _render_form(request, form, record, person.code, status=422)


def _render_form(
    request: HttpRequest,
    form: PersonForm,
    record: PersonRecord | None = None,
    code: UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "place": "people",
        "form": form,
        "code": code,
        "name": record.identity.name if record else "",
        "second": steward_nominations.needs_second_steward(),
    }
    return render(request, "stewardship/people/form.html", context, status=status)
