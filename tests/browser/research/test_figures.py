"""Figures in a real browser: read by keyboard, and saved as a picture under the page's policy."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

AUC = "#auc"


def fill():
    """Create a Predictor with every figure, and return its address."""
    from datetime import UTC, datetime

    from tests.fixtures.site import run_samples
    from tests.fixtures.users import make

    make("ravi", now=datetime.now(UTC))
    return f"/research/predictors/{run_samples.make_predictor('a' * 12)}/"


def test_a_figure_is_saved_as_a_picture(visit, site, in_database):
    address = in_database(fill)
    page = visit().sign_in("ravi").go(address)
    page.wait_for_selector("html[data-ready]")
    with page.expect_download() as saved:
        page.click(f"{AUC} button")
    picture = Image.open(BytesIO(saved.value.path().read_bytes()))
    assert saved.value.suggested_filename == "auc.png"
    assert picture.format == "PNG"
    assert picture.width > 800
    # White paper, and the colours of the marks: the style of the file reached the picture.
    colours = {colour for _count, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert {(255, 255, 255), (0x7A, 0x4F, 0xBE), (0x14, 0x20, 0x1D)} <= colours


def test_a_figure_is_read_and_saved_by_keyboard(visit, site, in_database):
    address = in_database(fill)
    page = visit(width=360).sign_in("ravi").go(address)
    page.wait_for_selector("html[data-ready]")
    page.focus(f"{AUC} .exp a")
    for name in ("PNG", "CSV"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.is_visible(f"{AUC} table")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
