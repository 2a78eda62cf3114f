"""`/lti/links/<id>/remove/`: a person removes the link to their account at a platform."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

import audit
from accounts.access import current_user, require_person, require_recent
from accounts.sessions import session_store
from accounts.single_sign_on import error_pages
from accounts.single_sign_on.error_pages import show_problem
from lti.account_links import links


@require_POST
@require_person
@require_recent
@never_cache
def remove(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """Remove the link; refused if there is no other way to sign in.

    Every other session ends: it may have begun by the link.
    """
    user = current_user(request)
    row = get_object_or_404(links.list_links(user), id=id)
    try:
        with transaction.atomic():
            links.remove_link(row)
            ended = session_store.sign_out_elsewhere(user, str(request.session.session_key))
            public = {"log_ins": ended}
            audit.record("person.sign_out", actor=user.code, subject=user.code, public=public)
    except links.OnlyWayIn:
        return show_problem(request, error_pages.only_way_in())
    return redirect(f"{reverse('accounts:security')}?done=unlinked")
