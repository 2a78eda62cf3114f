"""The frame around every page: user, navigation links, sensing lamp and import map.

A context processor provides it as `frame`. It is built when a template first reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import is_valid_path
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from accounts.name_order import initial_of
from accounts.people import name_of
from accounts.sessions.page_owner import page_mark
from accounts.site import site_facts
from consent.permits import gate
from consent.scopes import STREAMS
from courses.models import Course
from courses.navigation import NavItem
from privacy.subject_requests import requests
from vault.errors import KeystoreBusy

LOG_OUT = "/accounts/logout/"
NAV_PLACES = (
    ("learner", "/", noop("Course")),
    ("teacher", "/", noop("Courses")),
    ("learner", "/journey/", noop("My progress")),
    ("learner", "/messages/", noop("Messages")),
    ("guardian", "/consents/", noop("Consent")),
    ("learner", "/consents/", noop("Consent")),
    ("learner", "/my-data/", noop("My data")),
    ("author", "/author/", noop("Authoring")),
    ("steward", "/steward/", noop("Data protection")),
    ("researcher", "/research/", noop("Research")),
)
BIOMETRIC = tuple(f"{stream.name}:adapt" for stream in STREAMS.values() if stream.biometric)
ACCOUNT_PLACES = (
    ("/preferences/", noop("Preferences")),
    ("/accounts/security/", noop("Sign-in and security")),
)
# Path prefix -> (URL parameter, column of Course that it names).
PREVIEW_PATHS = {
    "/courses/": ("slug", "slug"),
    "/units/": ("code", "units__code"),
    "/attempts/": ("id", "units__taken__id"),
}


@dataclass(frozen=True, slots=True)
class Lamp:
    """The initial state of the lamp. The page's controller takes over once a Sitting is open."""

    state: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageFrame:
    name: str
    mark: str
    initial: str
    simulated: bool
    learner: bool
    links: tuple[NavItem, ...]
    account_links: tuple[NavItem, ...]
    lamp: Lamp
    demo: bool
    log_out: str
    import_map: SafeString
    preview_of: str = ""
    site: str = ""

    @property
    def requests_waiting(self) -> int:
        """Return the number of requests that wait for a Steward. Only a Steward's pages read it."""
        return requests.open_requests().count()


BLOCKED = ("no_profile", "blocked_profile")


def frame(request: HttpRequest) -> dict[str, object]:
    """Provide `frame` and the time zones to every template.

    `zone` is the zone in which the page shows times. `site_zone` is the zone in which course dates
    are entered.
    """
    return {
        "frame": SimpleLazyObject(lambda: build_frame(request)),
        "zone": timezone.get_current_timezone_name(),
        "site_zone": site_facts.current().zone.key,
    }


def build_frame(request: HttpRequest) -> PageFrame:
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    name, facts = read_name(person) if person else "", site_facts.current()
    return PageFrame(
        name=name,
        mark=page_mark(person) if person else "",
        initial=initial_of(name),
        simulated=bool(person and person.simulated),
        learner=bool(person and person.has_role("learner")),
        links=build_links(person.roles, request.path) if person else (),
        account_links=tuple(
            NavItem(_(label), url, _is_within(request.path, url)) for url, label in ACCOUNT_PLACES
        ),
        lamp=choose_lamp(person) if person else _lamp_off(),
        demo=settings.LEGAL_PROFILE == "demo",
        log_out=LOG_OUT,
        import_map=import_map(),
        preview_of=find_previewed_draft(request, person) if person else "",
        site=facts.name,
    )


def read_name(person: User) -> str:
    """Return the person's name, or "" while it cannot be read.

    Pages of errors have this frame, too, and so have those that work without keys (ADR 0093).
    """
    try:
        return name_of(person)
    except KeystoreBusy:
        return ""


def find_previewed_draft(request: HttpRequest, user: User) -> str:
    """Return the slug of the course whose draft this page previews, else ""."""
    match = request.resolver_match
    if match is None or not user.has_role("author"):
        return ""
    for prefix, (parameter, column) in PREVIEW_PATHS.items():
        if request.path.startswith(prefix) and parameter in match.kwargs:
            rows = Course.objects.filter(**{column: match.kwargs[parameter]}, enrolments__user=user)
            found = rows.exclude(preview_of=None).values_list("preview_of__slug", flat=True)
            return found.first() or ""
    return ""


def choose_lamp(person: User) -> Lamp:
    """Return the initial lamp.

    It is off, unless the rules block every biometric stream or a Guardian has not answered yet.
    """
    answers = gate.permits(person.code, BIOMETRIC, now=timezone.now())
    refused = list(answers.refused.values())
    if len(refused) == len(BIOMETRIC) and all(one.code in BLOCKED for one in refused):
        return Lamp("blocked", _("Blocked by this site’s rules"), refused[0].why)
    if any(one.source == gate.WAITING for one in refused):
        return Lamp("waiting", _("Waiting for your parent or guardian"), _(gate.WAITING))
    return _lamp_off()


def _lamp_off() -> Lamp:
    return Lamp("off", _("Sensing is off"), _("Nothing is sensed on this page."))


def build_links(roles: list[str], path: str) -> tuple[NavItem, ...]:
    """Return the links for these roles, each URL once, and only if the site has that page."""
    open_to = {url: label for role, url, label in reversed(NAV_PLACES) if role in roles}
    ordered = dict.fromkeys(url for _, url, _ in NAV_PLACES if url in open_to)
    return tuple(
        NavItem(_(open_to[url]), url, current=_is_within(path, url))
        for url in ordered
        if is_valid_path(url)
    )


def _is_within(path: str, url: str) -> bool:
    if url == "/":
        return path == "/" or path.startswith(("/courses/", "/units/", "/teach/"))
    return path.startswith(url)


@cache
def import_map() -> SafeString:
    """Return the import map: names of controllers to their hashed URLs.

    Only controllers are imported by name; other imports have the hashed URL itself. The map
    contains only file names of our own tree.
    """
    root = settings.BASE_DIR / "static"
    files = sorted((root / "js" / "controllers").glob("*/*.js"))
    names = [path.relative_to(root).as_posix() for path in files]
    imports = {name.replace("js/", "attune/", 1): static(name) for name in names}
    return mark_safe(json.dumps({"imports": imports}))  # noqa: S308 - file names, no input
