"""What stands around every page: who is here, where they may go, the lamp, the import map.

A context processor gives it as `frame`; it is made when a template first asks for it.
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
from learner.preview_mode import draft_of
from privacy.subject_requests import requests

LOG_OUT = "/accounts/logout/"
PLACES = (
    ("learner", "/", noop("Course")),
    ("teacher", "/", noop("Courses")),
    ("learner", "/journey/", noop("My progress")),
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
MODULES = ("js/controllers", "js/sensors", "js/telemetry")


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Lamp:
    """How the lamp starts; the page's controller takes over once a Sitting is open."""

    state: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Frame:
    name: str
    mark: str
    initial: str
    simulated: bool
    learner: bool
    links: tuple[Link, ...]
    account_links: tuple[Link, ...]
    lamp: Lamp
    demo: bool
    log_out: str
    import_map: SafeString
    preview_of: str = ""
    site: str = ""

    @property
    def requests_waiting(self) -> int:
        """How many requests wait for a Steward; asked for on a Steward's pages alone."""
        return requests.open_requests().count()


BLOCKED = ("no_profile", "blocked_profile")


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: `zone` is the one in which a page shows times, `site_zone` the one in
    which dates of courses are typed."""
    return {
        "frame": SimpleLazyObject(lambda: frame_of(request)),
        "zone": timezone.get_current_timezone_name(),
        "site_zone": site_facts.current().zone.key,
    }


def frame_of(request: HttpRequest) -> Frame:
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    name, facts = name_of(person) if person else "", site_facts.current()
    return Frame(
        name=name,
        mark=page_mark(person) if person else "",
        initial=initial_of(name),
        simulated=bool(person and person.simulated),
        learner=bool(person and person.has_role("learner")),
        links=links(person.roles, request.path) if person else (),
        account_links=tuple(
            Link(_(label), url, _within(request.path, url)) for url, label in ACCOUNT_PLACES
        ),
        lamp=lamp_of(person) if person else _off(),
        demo=settings.LEGAL_PROFILE == "demo",
        log_out=LOG_OUT,
        import_map=import_map(),
        preview_of=draft_of(request, person) if person else "",
        site=facts.name,
    )


def lamp_of(person: User) -> Lamp:
    """Off, unless nothing biometric may be asked here at all or a Guardian has not answered."""
    answers = gate.permits(person.code, BIOMETRIC, now=timezone.now())
    refused = list(answers.refused.values())
    if len(refused) == len(BIOMETRIC) and all(one.code in BLOCKED for one in refused):
        return Lamp("blocked", _("Blocked by this site’s rules"), refused[0].why)
    if any(one.source == gate.WAITING for one in refused):
        return Lamp("waiting", _("Waiting for your parent or guardian"), _(gate.WAITING))
    return _off()


def _off() -> Lamp:
    return Lamp("off", _("Sensing is off"), _("Nothing is sensed on this page."))


def links(roles: list[str], path: str) -> tuple[Link, ...]:
    """The places these roles may go to, each address once, only where the site has the page."""
    open_to = {url: label for role, url, label in reversed(PLACES) if role in roles}
    ordered = dict.fromkeys(url for _, url, _ in PLACES if url in open_to)
    return tuple(
        Link(_(open_to[url]), url, current=_within(path, url))
        for url in ordered
        if is_valid_path(url)
    )


def _within(path: str, url: str) -> bool:
    if url == "/":
        return path == "/" or path.startswith(("/courses/", "/units/", "/teach/"))
    return path.startswith(url)


@cache
def import_map() -> SafeString:
    """Names of our modules -> their hashed addresses; only file names of our own tree go in."""
    root = settings.BASE_DIR / "static"
    files = sorted(path for folder in MODULES for path in (root / folder).glob("*.js"))
    names = [path.relative_to(root).as_posix() for path in files]
    imports = {name.replace("js/", "attune/", 1): static(name) for name in names}
    return mark_safe(json.dumps({"imports": imports}))  # noqa: S308 - file names, no input
