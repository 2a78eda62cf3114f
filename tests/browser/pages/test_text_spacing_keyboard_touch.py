"""Main pages under user settings: wider text spacing, keyboard only, touch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS, paths
from tests.fixtures.browser.keyboard import HIDDEN

# The values of WCAG 2.2, 1.4.12. Our policy allows a style sheet made by a script.
SPACE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* {
        line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important;
    } p { margin-block-end: 2em !important; }`);
    document.adoptedStyleSheets.push(sheet);
}"""
# Elements with text that is clipped, by themselves or by an ancestor.
CUT = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const own = [...each.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || !each.checkVisibility() || each.closest(".vh, svg, math, [hidden]")) return false;
    const {overflowX, overflowY} = getComputedStyle(each);
    const cuts = (way) => way === "hidden" || way === "clip";
    return (cuts(overflowX) && each.scrollWidth > each.clientWidth + 1)
        || (cuts(overflowY) && each.scrollHeight > each.clientHeight + 1);
}).map((each) => each.outerHTML.slice(0, 120))"""
WHERE = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    window.walkedByTab ??= new Map();
    if (!window.walkedByTab.has(at)) window.walkedByTab.set(at, window.walkedByTab.size);
    return window.walkedByTab.get(at);
}"""
MOST, MOST_WITHIN = 400, 15
MEASURED = ("target-size", "label-content-name-mismatch", "css-orientation-lock")


def staff_paths(site):
    slug = site.course.slug
    return {
        "now": f"/teach/{slug}/",
        "board": f"/teach/{slug}/board/",
        "rules": f"/teach/{slug}/rules/",
        "grades": f"/teach/{slug}/grades/",
        "people": f"/teach/{slug}/people/",
        "builder": f"/author/courses/{slug}/",
    }


def opened(visit, site, width, dark):
    """Yield each main page with its name: a visitor's, mia's and ines'."""
    for person, places in (
        (None, {"sign-in": "/accounts/login/", "forgotten": "/accounts/forgotten/"}),
        ("mia", paths(site)),
        ("ines", staff_paths(site)),
    ):
        seen = visit(width=width, dark=dark)
        if person:
            seen.sign_in(person)
        for name, path in places.items():
            seen.go(path)
            yield name, seen


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_spaced_text_is_neither_cut_nor_wider_than_its_page(visit, site, width, dark):
    wrong = []
    for name, seen in opened(visit, site, width, dark):
        before = set(seen.page.evaluate(CUT))
        seen.page.evaluate(SPACE)
        seen.shot(f"spaced-{name}-{width}")
        wrong += [f"{name}: cut: {one}" for one in seen.page.evaluate(CUT) if one not in before]
        if (beyond := seen.page.evaluate(SIDEWAYS)) > 0:
            wrong.append(f"{name}: {beyond} px sideways")
    assert wrong == []


def test_clipped_text_is_detected(visit, site):
    page = visit().go("/accounts/login/")
    heading = page.locator("h1")
    heading.evaluate("each => Object.assign(each.style, {inlineSize: '4ch', overflow: 'hidden'})")
    heading.evaluate("each => { each.style.whiteSpace = 'nowrap'; }")
    assert len(page.evaluate(CUT)) == 1


def stops(page):
    """Tab once around the page; yield what hides the focus at each stop."""
    seen, last, within = set(), None, 0
    for _ in range(MOST):
        page.keyboard.press("Tab")
        place = page.evaluate(WHERE)
        if place is None or (place in seen and place == 0):
            return
        # A film's own controls and a date's parts are several stops of one element.
        within = within + 1 if place == last else 0
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        caught = within > MOST_WITHIN or (place in seen and place != last)
        assert not caught, f"the keyboard is caught at stop {place}: {where}"
        seen.add(place)
        last = place
        # Within an element the browser draws its own ring.
        yield "" if within else page.evaluate(f"({HIDDEN})(document.activeElement)")
    raise AssertionError(f"more than {MOST} stops")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_tab_leads_through_each_page_and_out_and_the_focus_is_seen(visit, site, width, dark):
    wrong, walked = [], 0
    for name, seen in opened(visit, site, width, dark):
        for hidden in stops(seen.page):
            walked += 1
            wrong += [f"{name}: {hidden}"] if hidden else []
    print(f"\n{walked} stops")
    assert wrong == []
    assert walked > 200


def test_axe_checks_target_sizes_and_accessible_names(visit, site):
    seen = visit(width=360).sign_in("mia")
    seen.unit("quiz-04")
    passed = seen.asked_of_axe()
    assert set(MEASURED) <= passed
    expect(seen.page.get_by_role("main")).to_be_visible()


def test_a_target_too_small_and_a_name_unlike_its_label_are_found(visit, site):
    seen = visit()
    page = seen.go("/accounts/login/")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        for (const name of ["One", "Two"]) {
            const small = Object.assign(document.createElement("button"), {textContent: "·"});
            small.setAttribute("aria-label", name);
            for (const rule of ["width", "height"]) small.style[rule] = "10px";
            Object.assign(small.style, {padding: 0, border: 0, minHeight: 0});
            main.append(small);
        }
        const other = Object.assign(document.createElement("button"), {textContent: "Send it"});
        other.setAttribute("aria-label", "Throw away");
        main.append(other);
    }""")
    found = {line.partition(":")[0] for line in seen.violations()}
    assert {"target-size", "label-content-name-mismatch"} <= found
