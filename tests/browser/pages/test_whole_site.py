"""Every page of the permission matrix: no axe violation, no sideways scroll.

An ordinary run opens each page once, as the first of the cast with access. Every other page is wide
and light, the rest 320 px and dark. A long run opens all pages as everyone, in both widths and
schemes. Each page is then resized to a phone and to a desktop at 200 %. `SHOTS=1` keeps the
screenshots.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import TimeoutError

from tests.fixtures.site.address_samples import samples
from tests.fixtures.users import make
from tests.site.pages.test_permission_matrix import PEOPLE, TABLE, address_of, guess_of

# After the responsive parts were drawn again.
SIDEWAYS = """async () => {
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}"""
PHONE, DESK_AT_200 = 320, 640
LOOKS = [
    pytest.param(1280, False, id="wide-light"),
    pytest.param(320, True, id="narrow-dark"),
    pytest.param(1280, True, id="wide-dark", marks=pytest.mark.long),
    pytest.param(320, False, id="narrow-light", marks=pytest.mark.long),
]
NO_PAGES = ("/health/live", "/health/ready", "/metrics", "/api/", "/accounts/logout/")
PAGES = [
    (address, row)
    for (method, address), row in TABLE.items()
    if method == "GET" and not address.startswith(NO_PAGES)
]


def of(person: str, *, all_of_them: bool) -> list[str]:
    """Return the URLs this person opens: all, or those that no earlier person may open."""
    before = PEOPLE[: PEOPLE.index(person)]
    return [
        address
        for address, row in PAGES
        if row[person] == "in" and (all_of_them or not any(row[one] == "in" for one in before))
    ]


@pytest.fixture
def whole(site, settings, now):
    """One of each thing that a URL can name, in addition to the demo course."""
    for name in ("greta", "amir", "sara", "ravi"):
        site.people[name] = make(name, now=now)
    course = site.course
    course.slug = "demo-course"
    course.save(update_fields=["slug"])
    world = samples(*(site.people[n] for n in ("mia", "noah", "ines")), settings.MEDIA_ROOT, now)
    guess = {"in": {"id": guess_of(site.people["mia"])}}
    return world | {"/journey/guesses/<uuid:id>/why/": guess}


def opened_pages(seen, world, addresses, wrong=None):
    """Open one page after another and yield its URL; failed loads are recorded in `wrong`."""
    for address in addresses:
        url = address_of(address, world)
        answer = seen.page.request.get(seen.site.url + url)
        whole = answer.headers["content-type"].startswith("text/html") and "<html" in answer.text()
        if not whole or answer.status >= 400:
            continue
        try:
            seen.go(url)
        except TimeoutError:
            if wrong is None:
                raise
            wrong.append(f"{address}: never came alive")
        else:
            yield address


def walked(seen, world, addresses, tail):
    """Open each page; return its problems and the number of pages."""
    wrong, pages = [], 0
    for address in opened_pages(seen, world, addresses, wrong):
        pages += 1
        seen.shot(f"{tail}{re.sub(r'[^a-z0-9]+', '-', address)}")
        wrong += [f"{address}: {line}" for line in (*seen.violations(), *sideways(seen.page))]
    return wrong, pages


def sideways(page):
    """Return by how much it is too wide for a phone, for a desktop at 200 %, and as opened."""
    opened = page.viewport_size
    for width in (PHONE, DESK_AT_200, opened["width"]):
        page.set_viewport_size({**opened, "width": width})
        if beyond := page.evaluate(SIDEWAYS):
            yield f"{beyond} px sideways at {width} px"


def cases(*, ordinary):
    """Yield each person and look with the URLs to open; those without any need no site."""
    for person in PEOPLE:
        for look in LOOKS:
            addresses = of(person, all_of_them=not ordinary)
            width, dark = look.values
            if ordinary:
                addresses = addresses[1::2] if dark else addresses[::2]
            if addresses:
                case = (person, width, dark, addresses)
                yield pytest.param(*case, id=f"{person}-{look.id}", marks=look.marks)


def pytest_generate_tests(metafunc):
    ordinary = "not long" in metafunc.config.getoption("-m")
    metafunc.parametrize(("person", "width", "dark", "addresses"), list(cases(ordinary=ordinary)))


def test_no_page_they_may_open_has_a_violation(whole, visit, person, width, dark, addresses):
    seen = visit(width=width, dark=dark)
    if person != "visitor":
        seen.sign_in(person)
    tail = f"{person}-{'dark' if dark else 'light'}-{width}"
    wrong, pages = walked(seen, whole, addresses, tail)
    print(f"\n{tail}: {pages} pages of {len(addresses)} addresses")
    # The media files of these courses do not exist.
    seen.complaints[:] = [one for one in seen.complaints if "Failed to load resource" not in one]
    assert wrong == []
