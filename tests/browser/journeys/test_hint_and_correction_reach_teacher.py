"""Story (d): an accepted hint reaches the Teacher as a course fact and the journey as an offer.

An estimate that the Learner corrects leaves the class summary at once.
"""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.fixtures import factories
from tests.fixtures.browser.waits import wait_until
from tests.fixtures.sockets import recordings
from tests.fixtures.users import make

GROUPS = ("Camera", "Wearable", "Pointer and typing", "Activity on this page")
# From second 80 on, each of these cuts of the recording is estimated as confusion.
BEGIN_S, LENGTH_S, CUTS = 80.0, 20.0, range(4)
SAT_FOR = timedelta(seconds=22)
NEEDED = timedelta(seconds=25)
RULE = re.compile(r"\bR\d{1,2}\b|Stuck on a question|unclear|[Cc]onfus|[Ee]stimated|often goes")


def prepare(course) -> list:
    """Publish notices and a Predictor, and add four classmates with help and class summary on."""
    from consent.notices import notices
    from telemetry.blocks import partitions
    from tests.fixtures.models.estimates import register_shipped

    now = datetime.now(UTC)
    partitions.open_days()
    notices.publish(now - timedelta(minutes=1))
    register_shipped("prior", now=now)
    class_ = [make(f"teo{number}", now=now) for number in range(4)]
    for person in class_:
        factories.make_enrolment(person, course)
        allow(person, now)
    return class_


def allow(person, now) -> None:
    """Set these switches as the consent page does."""
    from consent.notices import notices
    from consent.stream_groups import group_of
    from learner.consent import apply_changes

    groups = {group_of(stream) for stream in recordings.STREAMS}
    wanted = [f"{group}.{purpose}" for group in groups for purpose in ("adapt", "teach")]
    shown = {group: str(notices.current(group, "adult", now=now).code) for group in groups}
    apply_changes.save_switches(person, wanted, shown, now)


def call_simulated(class_) -> None:
    """Mark the classmates as simulated: a class summary shows real people only after its quarter of
    an hour."""
    from accounts.models import User

    User.objects.filter(pk__in=[person.pk for person in class_]).update(simulated=True)


def slice_of_recording() -> dict:
    rows = {}
    for name, (times, values) in recordings.recording().items():
        inside = (times >= BEGIN_S) & (times < BEGIN_S + LENGTH_S)
        moved = values[inside].copy()
        if name == "heart":
            moved[:, 0] -= BEGIN_S
        rows[name] = (times[inside] - BEGIN_S, moved)
    return rows


def sit(people, unit) -> None:
    """Let each watch the first 20 s of the video, with sensing."""
    import pipeline
    from telemetry import events, sittings, windows
    from telemetry.models import Window

    began = datetime.now(UTC) - SAT_FOR
    for person in people:
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        events.store(sitting, uuid.uuid4(), 0.0, "play", 0.0, None, began)
        recordings.store(sitting, slice_of_recording(), now=began)
        windows.fall_due(sitting.id, 0.0, began)
        Window.objects.filter(sitting=sitting).exclude(cut__in=CUTS).delete()
    pipeline.wake()


def guesses(person) -> list:
    from estimates.models import AffectEstimate

    shown = AffectEstimate.objects.filter(learner=person, predictor__kind="affect")
    return list(shown.values_list("status", flat=True))


def outcomes() -> list:
    from adaptation.models import Intervention

    return list(Intervention.objects.values_list("rule", "outcome"))


def numeric_place() -> str:
    from courses.models import Question

    places = Question.objects.filter(unit__ref="quiz-01", position__isnull=False, kind="numeric")
    return str(places.order_by("position").first().code)


def answer_wrong(page) -> None:
    page.locator("main form input[inputmode]").first.fill("998877")
    with page.expect_response(lambda reply: reply.request.method == "POST"):
        page.get_by_role("button", name="Check answer").click()
    page.get_by_text("Not yet. Try again").wait_for()


def wait_for_room_in_the_quarter(page) -> None:
    """Wait until watching and reading fit into one quarter of an hour."""
    from estimates.group_figures.publications import QUARTER
    from teaching.class_picture.cells import quarter_of

    now = datetime.now(UTC)
    into = now - quarter_of(now)
    if into < SAT_FOR or into > QUARTER - NEEDED:
        left = (SAT_FOR - into) % QUARTER
        page.wait_for_timeout(1000 * left.total_seconds())


def stuck_on_a_question(mia, in_database) -> None:
    with mia.page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={in_database(numeric_place)}")
    mia.page.wait_for_timeout(500)
    answer_wrong(mia.page)
    answer_wrong(mia.page)
    mia.page.locator("section.offer").wait_for(state="visible", timeout=75_000)


def allow_on_the_page(mia) -> None:
    page = mia.go("/consents/")
    for group in GROUPS:
        for purpose in ("help for me", "class summary"):
            page.get_by_role("switch", name=f"{group}, {purpose}").click()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def correct_every_guess(mia) -> int:
    page, corrected = mia.go("/journey/"), 0
    while page.locator("summary:has-text('Correct this')").count():
        page.locator("summary:has-text('Correct this')").first.click()
        with page.expect_navigation():
            page.locator("details[open]").get_by_role("button", name="I was interested").click()
        corrected += 1
    return corrected


@pytest.mark.timed
def test_a_taken_hint_and_a_corrected_guess_reach_the_teacher_at_once(
    worker, visit, site, in_database
):
    class_ = in_database(lambda: prepare(site.course))
    video, teach = site.units["video-04"], f"/teach/{site.course.slug}/"
    in_database(lambda: sit(class_[:1], video))
    mia, ines = visit().sign_in("mia"), visit().sign_in("ines")
    told = []
    ines.page.on("response", lambda r: told.append(r) if r.url.endswith("/queue/") else None)
    ines.go(teach)
    ines.page.evaluate("window.notReloaded = true")

    stuck_on_a_question(mia, in_database)
    mia.page.locator("section.offer").get_by_role("button", name="Show a hint").click()
    taken = time.monotonic()
    ines.page.locator("#queue li", has_text="Opened hint 1").wait_for(timeout=3000)
    assert time.monotonic() - taken < 3
    assert ines.page.evaluate("window.notReloaded") is True
    wait_until(in_database, lambda: outcomes() == [("R1", "accepted")], 3)
    assert "mia" in ines.page.inner_text("#queue")
    assert not RULE.search(ines.page.inner_html("#live"))
    bodies = [response.text() for response in told if response.status == 200]
    assert bodies
    assert not [body for body in bodies if RULE.search(body)]
    ines.shot("story-opened-hint")

    allow_on_the_page(mia)
    wait_until(in_database, lambda: len(guesses(class_[0])) >= len(CUTS), 60)
    wait_for_room_in_the_quarter(mia.page)
    in_database(lambda: sit([*class_, site.people["mia"]], video))
    wait_until(in_database, lambda: guesses(site.people["mia"]) == ["live"] * len(CUTS), 30)
    in_database(lambda: call_simulated([*class_, site.people["mia"]]))
    board = ines.go(f"{teach}board/")
    assert board.locator("table.board small", has_text="n = 5, simulated").count() >= 1
    ines.shot("story-board-before")
    feed = mia.go("/journey/").inner_text(".feed")
    assert "Suggestion you accepted: Want a hint for this question?" in feed
    assert "A pattern that often goes with confusion" in feed
    mia.shot("story-journey")

    # Neighbouring estimates of one state are one entry; the model says how many states there are.
    assert 1 <= correct_every_guess(mia) <= len(CUTS)
    assert "Corrected by you." in mia.page.inner_text(".feed")
    after = ines.go(f"{teach}board/").locator("main").inner_text()
    ines.shot("story-board-after")
    assert "Nothing to show yet." in after
    assert in_database(lambda: guesses(site.people["mia"])) == ["disputed"] * len(CUTS)
