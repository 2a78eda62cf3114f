"""`/steward/people/<code>/…`: the buttons on a person's page, each of which acts immediately."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_recent, require_role, uuid_or_404
from accounts.administration import person_changes, steward_nominations
from accounts.administration.person_records import CannotChange
from accounts.mail import link_mails
from accounts.models import User
from accounts.passwords import password_links
from accounts.people import name_of
from accounts.single_sign_on import account_links
from stewardship import access
from stewardship.people.account_details import show_account

PersonAction = Callable[[HttpRequest, User], HttpResponse | None]


def act_on_person(act: PersonAction) -> Callable[..., HttpResponseBase]:
    """Decorate an action on one person: return to their page, with the reason if it is refused."""

    @require_POST
    @require_role("steward")
    @require_recent
    @never_cache
    def view(request: HttpRequest, code: UUID) -> HttpResponse:
        try:
            with transaction.atomic():
                answer = act(request, access.person_to_change(current_user(request), code))
        except CannotChange as problem:
            found = access.view_person(current_user(request), code, "account")
            return show_account(request, found, str(problem), status=422)
        return answer or redirect("stewardship:account", code=code)

    return view


@act_on_person
def lock(request: HttpRequest, person: User) -> None:
    """Lock the account, or unlock it with `act=unlock`."""
    if request.POST.get("act") == "unlock":
        person_changes.unlock_person(person.code, by=current_user(request))
    else:
        person_changes.lock_person(person.code, by=current_user(request))


@act_on_person
def sign_out(request: HttpRequest, person: User) -> None:
    """End all of this person's sessions and tokens."""
    person_changes.sign_out_everywhere(person.code, by=current_user(request))


@act_on_person
def disconnect(request: HttpRequest, person: User) -> None:
    """End single sign-on with the provider in `provider`, and all sessions and tokens."""
    user = current_user(request)
    if account_links.disconnect(person, request.POST.get("provider", ""), by=user):
        person_changes.sign_out_everywhere(person.code, by=user)


@act_on_person
def make_link(request: HttpRequest, person: User) -> HttpResponse:
    """Create a one-time link that replaces an earlier one, and show it."""
    return show_link(request, person)


@act_on_person
def send_link(request: HttpRequest, person: User) -> None:
    """Send a one-time link to the person's email."""
    link_mails.send_link(person, by=current_user(request), now=timezone.now())


@act_on_person
def change_guardian(request: HttpRequest, person: User) -> None:
    """Add a guardian by username, or end the guardianship of the one in `end`."""
    user, now = current_user(request), timezone.now()
    if ended := request.POST.get("end", ""):
        person_changes.end_guardianships(person, by=user, now=now, guardian=uuid_or_404(ended))
    else:
        login = request.POST.get("login", "")
        person_changes.add_guardian(person.code, login, by=user, now=now)


@act_on_person
def decide_nomination(request: HttpRequest, person: User) -> None:
    """Confirm that this person becomes a Steward, or end the nomination."""
    decide = {
        "confirm": steward_nominations.confirm_nomination,
        "end": steward_nominations.end_nomination,
    }
    chosen = decide.get(request.POST.get("act", ""))
    if chosen is None:
        raise Http404
    chosen(person.code, by=current_user(request), now=timezone.now())


def show_link(request: HttpRequest, person: User) -> HttpResponse:
    """Create a one-time link and show it once, because only its digest is stored."""
    now = timezone.now()
    path = password_links.make_link(person, by=current_user(request).code, now=now)
    context = {
        "place": "people",
        "code": person.code,
        "name": name_of(person),
        "link": request.build_absolute_uri(path),
        "days": password_links.LIFETIME.days,
        "nomination": steward_nominations.load_nomination(person, now=now),
    }
    return render(request, "stewardship/people/link.html", context)
