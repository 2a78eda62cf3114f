"""`/steward/requests/`: what people ask of us, the most urgent first, and answering it.

Opening one is a look at a person, so it leaves a leaf; nobody's name is shown.
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

from accounts.access import require_recent, require_role
from accounts.models import User
from privacy.erasure import claim_codes
from privacy.models import Erasure, PrivacyRequest
from privacy.subject_requests import request_answers, requests
from privacy.subject_requests.request_answers import CannotAnswer
from stewardship import access
from stewardship.consent_register import short
from stewardship.erasures import confirmation_word, view_model

LATEST = 50
SOON = timedelta(days=7)
KINDS = {
    "access": lazy("Copy of their data"),
    "rectification": lazy("Correction"),
    "erasure": lazy("Erase everything"),
    "restriction": lazy("Pause everything"),
    "objection": lazy("Turn off profiling"),
}
DOES = {
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
OUTCOMES = {
    "at_once": lazy("in effect at once"),
    "given": lazy("approved"),
    "corrected": lazy("corrected"),
    "refused": lazy("declined"),
}


@dataclass(frozen=True, slots=True)
class Line:
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
class Opened:
    """One request with what was written, for the Steward who answers it."""

    line: Line
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
    waiting = [_line(row, now) for row in requests.open_requests().select_related("person", "by")]
    answered = PrivacyRequest.objects.exclude(state="open").select_related("person", "by")
    context = {
        "place": "requests",
        "waiting": waiting,
        "late": sum(line.late for line in waiting),
        "answered": [_line(row, now) for row in answered.order_by("-decided_at")[:LATEST]],
    }
    return render(request, "stewardship/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    """Read a request, which leaves a leaf; POST answers it."""
    user = access.steward(request)
    found = requests.get_request(id)
    if request.method != "POST":
        access.person_to_look_at(user, found.person.code, "request")
        return _page(request, found)
    try:
        return _answer(request, found, user)
    except CannotAnswer as problem:
        return _page(request, found, str(problem), 422)


def _answer(request: HttpRequest, found: PrivacyRequest, user: User) -> HttpResponse:
    """Approved or declined; an erasure needs its word, as everywhere."""
    text, now = request.POST.get("answer", ""), timezone.now()
    if request.POST.get("act") == "decline":
        request_answers.decline(found.id, by=user, reason=text, now=now)
    elif request.POST.get("act") != "approve":
        raise CannotAnswer(_("Choose whether to approve or decline. Nothing was changed."))
    elif found.kind == "erasure" and not confirmation_word.is_right(request):
        text = _("Type the word {word} to approve. Nothing was changed.")
        raise CannotAnswer(text.format(word=confirmation_word.word()))
    else:
        code, claim = found.person.code, claim_codes.new_code()
        if done := request_answers.approve(found.id, by=user, answer=text, now=now, claim=claim):
            return _erased(request, done, code, claim)
    return redirect("stewardship:requests")


def _erased(request: HttpRequest, done: Erasure, code: UUID, claim: str) -> HttpResponse:
    """The steps, and once the code by which the person can prove that it was about them."""
    context = {
        "place": "erasures",
        "erasure": view_model.told(done),
        "claim": claim,
        "subject": code,
    }
    return render(request, "stewardship/erasure.html", context)


def _page(
    request: HttpRequest, found: PrivacyRequest, problem: str = "", status: int = 200
) -> HttpResponse:
    shown = Opened(
        line=_line(found, timezone.now()),
        code=found.person.code,
        kind=found.kind,
        does=str(DOES.get(found.kind, "")),
        note=requests.read_text(found, "note"),
        answer=requests.read_text(found, "answer"),
        open=found.state == "open",
        decided_at=found.decided_at,
    )
    context = {
        "place": "requests",
        "asked": shown,
        "word": confirmation_word.word(),
        "problem": problem,
    }
    return render(request, "stewardship/request.html", context, status=status)


def _line(row: PrivacyRequest, now: datetime) -> Line:
    still = row.state == "open"
    return Line(
        id=row.id,
        what=str(KINDS[row.kind]),
        person=short(row.person.code),
        asked_at=row.asked_at,
        due_at=row.due_at,
        by=_("the person") if row.by_id == row.person_id else _("their guardian"),
        late=still and row.due_at <= now,
        soon=still and now < row.due_at <= now + SOON,
        outcome=str(OUTCOMES.get(row.outcome or "", "")),
    )
