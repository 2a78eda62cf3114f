"""`/my-data/looked/`: each access to data about the user (I-20).

Staff are named by role, never by name: an audit Leaf stores no more. Only views that open one
person are logged; lists and queues are not (see `teaching.dashboard.queue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person, uuid_or_none
from accounts.models import User
from audit.models import Leaf
from audit.queries import leaves_about, read_public

PAGE_SIZE = 30
# (verb, object or way) -> words that follow the name of the actor.
ACTION_WORDS = {
    ("steward.view", "consents"): noop("opened your consent record"),
    ("steward.view", "erasure"): noop("opened the record of what you withdrew"),
    ("steward.view", "factor"): noop("opened the page about your two-step verification"),
    ("steward.view", "account"): noop("opened your account: name, email and roles"),
    ("steward.view", "request"): noop("opened your request"),
    ("steward.view", ""): noop("opened your record"),
    ("teacher.view", "course"): noop("opened your page in the course, without estimates"),
    ("teacher.view", "estimates"): noop("opened the estimates you share"),
    ("teacher.view", ""): noop("opened what you share"),
    ("label.view", ""): noop(
        "viewed a moment of your sensor data and what you did in the course then, without your name"
    ),
    ("snapshot.make", ""): noop("had an encrypted copy made for a study, without your name"),
    ("snapshot.export", ""): noop("exported a copy from this site for a study, without your name"),
    ("export.make", ""): noop("created a copy of everything about you"),
    ("export.read", ""): noop("opened a copy of everything about you"),
    ("share.ask", ""): noop("asked to see the estimates about you"),
    ("share.open", ""): noop("gave a teacher access"),
    ("share.close", "declined"): noop("declined a teacher’s request"),
    ("share.close", ""): noop("ended a teacher’s access"),
    ("person.change", ""): noop("changed your account details"),
    ("person.roles", ""): noop("changed your roles"),
    ("person.lock", ""): noop("locked your account"),
    ("person.unlock", ""): noop("unlocked your account"),
    ("person.link_make", ""): noop("created a link to set your password"),
    ("person.link_make", "mail"): noop("created a link to set your password, to email it to you"),
    ("person.link_send", ""): noop("sent you a link to set your password"),
    ("person.sso_link", ""): noop("connected a sign-in account to your account"),
    ("person.sso_unlink", ""): noop("disconnected a sign-in account from your account"),
    ("person.lti_link", ""): noop("created your account when you came from a learning platform"),
    ("person.lti_link", "self"): noop("linked your account with a learning platform"),
    ("person.lti_unlink", ""): noop("removed the link with a learning platform"),
    ("person.guard", ""): noop("added a parent or guardian for you"),
    ("person.guard", "guardian"): noop("added you as someone’s parent or guardian"),
    ("person.unguard", ""): noop("removed a parent or guardian of yours"),
    ("person.unguard", "guardian"): noop("removed you as someone’s parent or guardian"),
}
MAILED = ("person.link_make", "mail")
RESEARCH_VERBS = ("label.view", "snapshot.make", "snapshot.export")
LOGGED_VERBS = tuple(dict.fromkeys(verb for verb, _ in ACTION_WORDS))


@dataclass(frozen=True, slots=True)
class AccessEntry:
    at: datetime
    who: str
    what: str
    own: bool


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One page, newest first; `older` is the Leaf after which the next page begins."""

    entries: tuple[AccessEntry, ...]
    total: int
    older: UUID | None


@require_safe
@require_person
def access_log(request: HttpRequest) -> HttpResponse:
    """Show the newest entries; with `?after=` the ones before that Leaf."""
    user = current_user(request)
    found = load_access_log(user, _find_leaf(user, request.GET.get("after", "")))
    return render(request, "learner/privacy/access_log.html", {"log": found})


def load_access_log(user: User, after: Leaf | None = None) -> AccessLog:
    every = _find_leaves(user)
    rows = every if after is None else every.filter(_is_older(after))
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    older = shown[-1].id if len(found) > PAGE_SIZE else None
    return AccessLog(tuple(_make_entry(leaf) for leaf in shown), every.count(), older)


def _find_leaves(user: User) -> QuerySet[Leaf]:
    return leaves_about(user.code).filter(verb__in=LOGGED_VERBS)


def _find_leaf(user: User, text: str) -> Leaf | None:
    """Return the named Leaf about this user; 404 for a Leaf about anyone else."""
    id = uuid_or_none(text)
    return None if id is None else get_object_or_404(_find_leaves(user), id=id)


def _is_older(leaf: Leaf) -> Q:
    return Q(at__lt=leaf.at) | Q(at=leaf.at, id__gt=leaf.id)


def _make_entry(leaf: Leaf) -> AccessEntry:
    own = leaf.actor_ref is not None and leaf.actor_ref == leaf.subject_ref
    details = read_public(leaf)
    detail = details.get("what") or details.get("by", "")
    words = ACTION_WORDS.get((leaf.verb, detail)) or ACTION_WORDS[leaf.verb, ""]
    return AccessEntry(leaf.at, _actor_words(leaf, detail, own=own), _(words), own)


def _actor_words(leaf: Leaf, detail: str, *, own: bool) -> str:
    if (leaf.verb, detail) == MAILED:
        return pgettext("who looked", "This site")
    if own:
        return pgettext("who looked", "You")
    if leaf.verb in RESEARCH_VERBS:
        return pgettext("who looked", "A researcher")
    if leaf.actor_ref is None:
        return pgettext("who looked", "The site administrator")
    if leaf.verb in ("teacher.view", "share.ask"):
        return pgettext("who looked", "A teacher")
    return pgettext("who looked", "A data steward")
