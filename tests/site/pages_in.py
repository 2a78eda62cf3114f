"""Every page of the permission matrix in one language, and what a reader finds in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.db import transaction
from django.test import Client

from tests.site.test_permission_matrix import FAR_AWAY, PEOPLE, TABLE, address_of

NO_PAGES = ("/health/live", "/health/ready", "/metrics", "/api/", "/accounts/logout/")
VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
    *("track", "wbr"),
}
SILENT = {"script", "style", "svg", "math", "code", "pre", "kbd", "template"}
SPOKEN = ("aria-label", "title", "placeholder", "alt", "aria-description")


@dataclass
class Page:
    address: str
    person: str
    html: str


def pages(clients: dict[str, Client], world, language: str) -> Iterator[Page]:
    """Each page once, as the first of the cast who may open it; whatever it does is undone."""
    for (method, address), row in TABLE.items():
        person = next((one for one in PEOPLE if row[one] == "in"), None)
        if method != "GET" or person is None or address.startswith(NO_PAGES):
            continue
        url = address_of(address, world)
        with transaction.atomic():
            headers = {"accept-language": language}
            answer = clients[person].get(url, REMOTE_ADDR=FAR_AWAY, headers=headers)
            transaction.set_rollback(True)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield Page(address, person, answer.content.decode())


@dataclass
class Reader(HTMLParser):
    """Collects what is shown or read aloud, without what says that it is in another language."""

    said: list[str] = field(default_factory=list)
    open: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def quiet(self) -> bool:
        return any(quiet for _, quiet in self.open)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        other = tag != "html" and ("lang" in held or held.get("translate") == "no")
        if not self.quiet and not other:
            self.said += [value for name, value in attrs if name in SPOKEN and value]
            if tag == "input" and held.get("type") in ("submit", "button"):
                self.said.append(held.get("value") or "")
        if tag not in VOID:
            self.open.append((tag, other or tag in SILENT))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self.quiet:
            self.said.append(data)


def read(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.said
