"""`/steward/people/`: the list of people, and forms to add and change them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_recent, require_role
from accounts.administration import person_changes, steward_nominations
from accounts.administration.person_records import CannotChange, PersonRecord, load_record
from accounts.mail import link_mails
from accounts.models import User
from accounts.site import site_facts
from stewardship import access
from stewardship.people.account_details import show_account
from stewardship.people.action_views import show_link
from stewardship.people.forms import FilterForm, PersonForm, SearchForm
from stewardship.people.people_list import show_list
from stewardship.people.queries import PeopleFilter
from stewardship.people.search import requests
from stewardship.people.search.view_model import show_search


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """Show one page of the list, or of a search result; a POST searches."""
    by, now = access.current_steward(request), timezone.now()
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
    user, now = access.current_steward(request), timezone.now()
    today = site_facts.find_day(now)
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
    return show_account(
        request, access.view_person(access.current_steward(request), code, "account")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def edit_person(request: HttpRequest, code: UUID) -> HttpResponse:
    """Change a person's record."""
    user = access.current_steward(request)
    if request.method == "POST":
        with transaction.atomic():
            return _save_person(request, access.person_to_change(user, code), user)
    if access.is_being_erased(code):
        raise Http404
    record = load_record(access.view_person(user, code, "account"))
    today = site_facts.find_day(timezone.now())
    form = PersonForm(initial=PersonForm.initial_of(record), today=today)
    return _render_form(request, form, record, code)


def _invite(request: HttpRequest, person: User, user: User) -> HttpResponse:
    """Send the invitation; without email, show the link to pass on."""
    if not link_mails.can_mail(person):
        return show_link(request, person)
    link_mails.send_link(person, by=user, now=timezone.now())
    return redirect("stewardship:account", code=person.code)


def _save_person(request: HttpRequest, person: User, user: User) -> HttpResponse:
    """Record what was typed, or show the form again with its errors."""
    now, record = timezone.now(), load_record(person)
    form = PersonForm(request.POST, today=site_facts.find_day(now))
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
