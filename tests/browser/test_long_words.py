"""A name, a course and a unit of 150 letters without a blank make no page wider than a phone."""

from __future__ import annotations

from tests.browser.test_discussion import write
from tests.cast import rename

WORD = "Donaudampfschifffahrt" * 7 + "Wxy"
WIDTH = 360
TOO_WIDE = """() => [...document.querySelectorAll("main *, header *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.innerText)
    .map((each) => each.tagName + "." + each.className).slice(0, 12)"""


def lengthen(site):
    for name in ("mia", "noah", "ines"):
        rename(site.people[name], WORD)
    type(site.course).objects.filter(pk=site.course.pk).update(title=WORD)
    site.course.units.update(title=WORD)


def test_a_word_of_150_letters_widens_no_page(visit, site, in_database):
    path = write(site, in_database, ("ines", "See step 2."), title=WORD[:100])
    in_database(lambda: lengthen(site))
    slug = site.course.slug
    pages = {
        "mia": ["/", f"/courses/{slug}/", path, path.split("threads/")[0]],
        "ines": [f"/teach/{slug}/{place}" for place in ("", "people/", "learners/", "grades/")],
    }
    wide = {}
    for person, addresses in pages.items():
        seen = visit(width=WIDTH).sign_in(person)
        for number, address in enumerate(addresses):
            page = seen.go(address)
            seen.shot(f"long-words-{person}-{number}")
            if page.evaluate("document.documentElement.scrollWidth") > WIDTH:
                wide[address] = page.evaluate(TOO_WIDE)
    assert wide == {}
