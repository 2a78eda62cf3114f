"""Somebody without a pointer: nothing but keys. At each stop the focus is where it can be seen, and
no page takes it away by what it puts in place of itself."""

from __future__ import annotations

import re

from tests.cast import PASSWORD

# What hides the focus from who looks at the page; "" where it is seen. A ring may be drawn around
# the row that holds a small control.
HIDDEN = """(at) => {
    const name = at?.outerHTML.slice(0, 120);
    if (!at || at === document.body) return 'nothing has the focus';
    if (!at.matches(':focus-visible')) return `no sign of the focus on ${name}`;
    const ringed = (part) => {
        const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(part);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
            && !/, 0\\)|transparent/.test(outlineColor);
    };
    if (![at, at.closest('label')].some((part) => part && ringed(part))) return `no ring: ${name}`;
    const {left, top, width, height} = at.getBoundingClientRect();
    const seen = [[.5, .5], [.1, .1], [.9, .1], [.1, .9], [.9, .9]].some(([x, y]) => {
        const found = document.elementFromPoint(left + x * width, top + y * height);
        return found && (at.contains(found) || at.closest('label')?.contains(found));
    });
    return seen ? '' : `under something or out of sight: ${name}`;
}"""
NOWHERE = "document.activeElement === document.body"
HERE = "each => each === document.activeElement"
FAR = 150


class Keys:
    """One person's keyboard before one window."""

    def __init__(self, seen):
        self.seen, self.page = seen, seen.page
        self.fresh = True
        self.page.on("load", self._begin_anew)

    def _begin_anew(self, _page) -> None:
        """A page that has just come has given the focus to nothing yet."""
        self.fresh = True

    def to(self, thing, key: str = "Tab"):
        """Tab until `thing` has the focus, which must be seen there."""
        if not self.fresh:
            assert not self.page.evaluate(NOWHERE), "the focus was lost"
        for _ in range(FAR):
            if thing.count() and thing.first.evaluate(HERE):
                hidden = thing.first.evaluate(HIDDEN)
                assert hidden == "", hidden
                return self
            self.fresh = False
            self.page.keyboard.press(key)
        raise AssertionError(f"expected to reach {thing} by Tab")

    def back_to(self, thing):
        return self.to(thing, "Shift+Tab")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str):
        self.page.keyboard.type(text)
        return self

    def follow(self, name):
        """A link, and until its page is there."""
        self.to(self.page.get_by_role("link", name=name)).leave("Enter")

    def leave(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)
        self.page.wait_for_selector("html[data-ready]", state="attached")


def log_in(seen, name) -> Keys:
    page = seen.go("/accounts/login/")
    keys = Keys(seen).to(page.locator("input[name=login]")).type(name)
    keys.to(page.locator("input[name=password]")).type(PASSWORD).leave("Enter")
    page.wait_for_url(re.compile(r"://[^/]+/$"))
    return keys
