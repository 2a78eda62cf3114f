"""`/attempts/<uuid>/files/`: the files of an answer, each stored as soon as it is uploaded.

A script sends one file per request. Without scripts the form of the question sends it, with a
button or when going on. The time of a request is that at which all of the file had arrived.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person, uuid_or_404
from courses.access import attempt_for_learner
from courses.answer_files import storage
from courses.answer_files.acceptance import check_size
from courses.answer_files.download import send_file
from courses.attempts import AttemptClosed
from courses.models import Attempt, Question
from courses.refused_file import RefusedFile
from learner.exams import question_page
from learner.exams.views import (
    conflict,
    find_question,
    load_attempt,
    next_url,
    parse_number,
    show_question,
)

CHANGES: Final = {"remove": storage.remove_file, "restore": storage.restore_file}


@require_POST
@require_person
def change_files(request: HttpRequest, id: UUID) -> HttpResponse:
    """Store a file; `act` removes or restores one.

    With `stay` a script reads the answer, which names the stored file.
    """
    now = timezone.now()
    found = load_attempt(current_user(request), id, now)
    question, stay = find_question(request, found), "stay" in request.POST
    if question.kind != "file":
        raise Http404
    try:
        stored = _change(request, found, question, now)
    except AttemptClosed:
        return conflict("over") if stay else redirect("classroom:report", id=id)
    except RefusedFile as refused:
        if stay:
            return HttpResponse(str(refused), status=422, content_type="text/plain")
        problem = str(refused)
        return show_question(request, found, question, problem=problem, status=422, now=now)
    if stay:
        return JsonResponse({"file": stored})
    return redirect(_url_after(request, found, question))


@require_safe
@require_person
def download(request: HttpRequest, id: UUID, file: UUID) -> HttpResponse:
    """Send a file of one's own answer, also after the test was submitted."""
    found = attempt_for_learner(current_user(request), id)
    return send_file(storage.find_file(found, file))


def _change(request: HttpRequest, found: Attempt, question: Question, now: datetime) -> UUID | None:
    """Make the change; return the file that is stored by it. Raises RefusedFile, AttemptClosed."""
    act, _colon, file = request.POST.get("act", "").partition(":")
    elapsed_ms = parse_number(request.POST.get("elapsed_ms", ""))
    if act in CHANGES:
        CHANGES[act](found, question, uuid_or_404(file), elapsed_ms=elapsed_ms, now=now)
        return None
    sent = request.FILES.getlist("file")
    if len(sent) > 1:
        raise RefusedFile(_("Upload one file at a time."))
    if not sent:
        # Only "Save and continue" goes on without a file. Django drops one without a name.
        if act == "upload" or "stay" in request.POST:
            raise RefusedFile(_("Select a file with a name first."))
        return None
    check_size(sent[0].size or 0)
    name, content = sent[0].name or "", sent[0].read()
    return storage.add_file(found, question, name, content, elapsed_ms=elapsed_ms, now=now).id


def _url_after(request: HttpRequest, found: Attempt, question: Question) -> str:
    """Return the URL of the question after a change of its files, of the next one otherwise."""
    if "act" not in request.POST:
        return next_url(request, found.pk)
    place = question_page.find_number(found, question.code)
    return f"{reverse('classroom:attempt', args=[found.pk])}?place={place}#files"
