"""mia accepts check-ins: she answers by keyboard, finds it on her journey, and skips one."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.fixtures.browser.waits import wait_until

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CHOSEN = "inputs => inputs.map((input) => input.value)"
EARLIER = timedelta(minutes=20)


def come() -> None:
    """Make every open page due for a check-in now, and move earlier ones into the past."""
    from django.db.models import F
    from django.utils import timezone

    from estimates.models import SelfReport
    from pipeline import tasks
    from telemetry.models import Sitting

    SelfReport.objects.update(made_at=F("made_at") - EARLIER)
    Sitting.objects.update(checked_in_at=F("checked_in_at") - EARLIER)
    Sitting.objects.filter(checked_in_at=None).update(check_in_at=timezone.now())
    tasks._ask_check_ins(timezone.now())


def occasions() -> list[str]:
    from estimates.models import SelfReport

    return list(SelfReport.objects.values_list("occasion", flat=True))


def opened(seen, ref):
    """Return the page of a unit once a socket of it has spoken.

    It can speak before the page is ready, and a socket that is refused is followed by another.
    """
    heard = []

    def hear(frame):
        heard.append(frame)

    def listen(socket):
        socket.on("framereceived", hear)

    seen.page.on("websocket", listen)
    page = seen.unit(ref)
    for _ in range(300):
        if heard:
            seen.page.remove_listener("websocket", listen)
            return page
        page.wait_for_timeout(100)
    raise AssertionError("expected a frame from a socket within 30 s")


def test_a_check_in_is_answered_by_keyboard_and_can_be_skipped(visit, site, in_database):
    seen = visit(width=360, dark=True).sign_in("mia")
    page = seen.go("/preferences/")
    page.get_by_label("Ask me how it is").select_option("6")
    page.get_by_role("region", name="Suggestions").get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("Ask me how it is")).to_have_value("6")
    seen.shot("check-in-preferences-dark-360")

    page = opened(seen, "reading-04")
    in_database(come)
    card = page.get_by_role("region", name="How is it going right now?")
    expect(card).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
    card.get_by_role("radio", name="Interested").focus()
    for key in ("Space", "Tab", "Space", *["ArrowRight"] * 6, "Tab", "Space", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator(".check-in input:checked").evaluate_all(CHOSEN) == ["interest", "7", "2"]
    seen.shot("check-in-dark-360")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast-text]")).to_have_text(
        "Saved. Teachers do not see your answer. If you allowed it, your answer is used "
        "in research, without your name."
    )
    expect(card).to_have_count(0)
    wait_until(in_database, occasions, 4)
    assert in_database(occasions) == ["random"]

    page = seen.go("/journey/")
    said = page.get_by_role("listitem").filter(has_text="You said").first
    seen.shot("check-in-journey-dark-360")
    expect(said).to_contain_text("Interested")
    expect(said).to_contain_text("Pleasant: 7 of 9. Excited: 2 of 9.")
    expect(said).to_contain_text("You were asked at a random time.")

    page = opened(seen, "quiz-04")
    in_database(come)
    page.get_by_role("button", name="Ask me less often").press("Enter")
    expect(page.locator("[data-toast-text]")).to_contain_text("You will be asked less often.")
    expect(page.get_by_role("region", name="How is it going right now?")).to_have_count(0)

    def passed():
        site.people["mia"].refresh_from_db()
        return site.people["mia"].check_ins, occasions()

    wait_until(in_database, lambda: passed()[0] == 3, 4)
    assert in_database(passed) == (3, ["random"])
