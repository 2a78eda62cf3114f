"""`/steward/requests/`: people's privacy requests, most urgent first, and answers to them.

Opening a request is a view of a person, so it leaves a leaf; no names are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import current_user, require_recent, require_role
from accounts.models import User
from privacy.erasure import claim_codes
from privacy.models import Erasure, PrivacyRequest
from privacy.subject_requests import request_answers, requests
from privacy.subject_requests.request_answers import CannotAnswer
from stewardship import access
from stewardship.consent_register import short_code
from stewardship.erasures import confirmation_word, view_model

LATEST = 50
SOON = timedelta(days=7)
KIND_NAMES = {
    "access": lazy("Copy of their data"),
    "rectification": lazy("Correction"),
    "erasure": lazy("Erase everything"),
    "restriction": lazy("Pause everything"),
    "objection": lazy("Turn off profiling"),
}
EFFECT_TEXTS = {
    "access": lazy(
        "People can download their copy themselves under My data, at any time. Approving "
        "only confirms this. Write where to find it, or how else they get it."
    ),
    "rectification": lazy("Correct the data first. Then approve, and say what was corrected."),
    "erasure": lazy(
        "Approving erases the person at once: the account, the answers and everything "
        "made from them. No one can restore them on this site, including us."
    ),
}
OUTCOME_NAMES = {
    "at_once": lazy("in effect at once"),
    "given": lazy("approved"),
    "corrected": lazy("corrected"),
    "refused": lazy("declined"),
}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request in the queue; `late` = overdue, `soon` = due within a week."""

    id: UUID
    what: str
    person: str
    asked_at: datetime
    due_at: datetime
    by: str
    late: bool
    soon: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """One request with its texts, for the Steward who answers it."""

    line: RequestRow
    code: UUID
    kind: str
    does: str
    note: str
    answer: str
    open: bool
    decided_at: datetime | None


@require_safe
@require_role("steward")
def queue(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waiting = [
        _request_row(row, now) for row in requests.open_requests().select_related("person", "by")
    ]
    answered = PrivacyRequest.objects.exclude(state="open").select_related("person", "by")
    context = {
        "place": "requests",
        "waiting": waiting,
        "late": sum(line.late for line in waiting),
        "answered": [_request_row(row, now) for row in answered.order_by("-decided_at")[:LATEST]],
    }
    return render(request, "stewardship/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def answer_request(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show a request, which leaves a leaf; a POST answers it."""
    user = current_user(request)
    found = requests.get_request(id)
    if request.method != "POST":
        access.view_person(user, found.person.code, "request")
        return _render_request(request, found)
    try:
        return _decide(request, found, user)
    except CannotAnswer as problem:
        return _render_request(request, found, str(problem), 422)


def _decide(request: HttpRequest, found: PrivacyRequest, user: User) -> HttpResponse:
    """Approve or decline the request; an erasure also needs its confirmation word."""
    text, now = request.POST.get("answer", ""), timezone.now()
    if request.POST.get("act") == "decline":
        request_answers.decline(found.id, by=user, reason=text, now=now)
    elif request.POST.get("act") != "approve":
        raise CannotAnswer(_("Choose whether to approve or decline. Nothing was changed."))
    elif found.kind == "erasure" and not confirmation_word.is_confirmed(request):
        text = _("Type the word {word} to approve. Nothing was changed.")
        raise CannotAnswer(text.format(word=confirmation_word.expected_word()))
    else:
        code, claim = found.person.code, claim_codes.new_code()
        if done := request_answers.approve(found.id, by=user, answer=text, now=now, claim=claim):
            return _render_erased(request, done, code, claim)
    return redirect("stewardship:requests")


def _render_erased(request: HttpRequest, done: Erasure, code: UUID, claim: str) -> HttpResponse:
    """Show the steps, and once the code with which the person can prove it was about them."""
    context = {
        "place": "erasures",
        "erasure": view_model.view_erasure(done),
        "claim": claim,
        "subject": code,
    }
    return render(request, "stewardship/erasure.html", context)


def _render_request(
    request: HttpRequest, found: PrivacyRequest, problem: str = "", status: int = 200
) -> HttpResponse:
    shown = RequestDetails(
        line=_request_row(found, timezone.now()),
        code=found.person.code,
        kind=found.kind,
        does=str(EFFECT_TEXTS.get(found.kind, "")),
        note=requests.read_text(found, "note"),
        answer=requests.read_text(found, "answer"),
        open=found.state == "open",
        decided_at=found.decided_at,
    )
    context = {
        "place": "requests",
        "asked": shown,
        "word": confirmation_word.expected_word(),
        "problem": problem,
    }
    return render(request, "stewardship/request.html", context, status=status)


def _request_row(row: PrivacyRequest, now: datetime) -> RequestRow:
    is_open = row.state == "open"
    return RequestRow(
        id=row.id,
        what=str(KIND_NAMES[row.kind]),
        person=short_code(row.person.code),
        asked_at=row.asked_at,
        due_at=row.due_at,
        by=_("the person") if row.by_id == row.person_id else _("their guardian"),
        late=is_open and row.due_at <= now,
        soon=is_open and now < row.due_at <= now + SOON,
        outcome=str(OUTCOME_NAMES.get(row.outcome or "", "")),
    )
