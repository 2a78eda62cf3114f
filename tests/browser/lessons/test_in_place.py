"""A lesson is one page: from question to question and unit to unit without loading it again."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from courses.models import ExternalVideo, Unit
from emotion.streams import stream
from telemetry.blocks import partitions
from telemetry.blocks.block_validation import as_sent
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Sitting
from tests.fixtures.browser import chest_strap as straps
from vault.encryption import unseal

SPY = """
    window.state = null; window.over = []; window.refusals = [];
    document.addEventListener('attune:state', (event) => { window.state = event.detail; });
    document.addEventListener('attune:over', (event) => window.over.push(event.detail.why));
    document.addEventListener('attune:error', (event) => window.refusals.push(event.detail));
"""
BLUETOOTH = "Connect a chest strap, armband or watch"
SENSED = ("ecg:adapt", "pointer:adapt", "activity:adapt")


@pytest.fixture
def site(site):
    partitions.open_days()
    notices.publish(datetime.now(UTC))
    return site


@pytest.fixture
def sensed(site, in_database):
    """`sensed("pointer:adapt")` lets mia's lessons sense this."""

    def allow(scopes):
        mia, now = site.people["mia"], datetime.now(UTC)
        for scope in scopes:
            notice = notices.current(group_of(scope.partition(":")[0]), "adult", now=now)
            grants.grant(mia.code, [scope], notice=notice, now=now, actor=mia.code)

    return lambda *scopes: in_database(lambda: allow(scopes))


def opened(visit, ref: str, **look):
    """mia's page of a unit, marked so that a new load of the page would show."""
    seen = visit(**look)
    seen.page.add_init_script(SPY)
    seen.page.add_init_script(straps.SPY)
    seen.sign_in("mia")
    seen.unit(ref)
    seen.page.evaluate("window.sameLoad = true")
    return seen


def is_same_load(seen) -> bool:
    return seen.page.evaluate("window.sameLoad === true")


def skip(seen) -> None:
    """Go to the next question."""
    before = seen.page.url
    seen.page.get_by_role("link", name="Skip for now").click()
    expect(seen.page).not_to_have_url(before)
    expect(seen.page.locator("#main")).not_to_have_attribute("aria-busy", "true")


def go_on(seen) -> None:
    """Go to the next unit by the link of the lesson's list."""
    before = seen.page.url
    seen.page.locator(".side").get_by_role("link", name=re.compile("^Next: ")).click()
    expect(seen.page).not_to_have_url(before)


def blocks(name: str) -> list[tuple[str, float, np.ndarray, float]]:
    """Return sitting, start (s, on the server's clock), values and rate of each stored Block."""
    began = {row.id: row.began_at.timestamp() for row in Sitting.objects.all()}
    found = []
    for row in Block.objects.filter(stream=name).select_related("learner"):
        at = place(row.sitting, name, row.seq, row.learner.code)
        raw = unseal(row.sealed, place=at)
        values = as_sent(raw, stream(name), row.rows, row.channels)
        found.append((str(row.sitting), began[row.sitting] + row.t0, values, row.rate_hz))
    return sorted(found, key=lambda block: block[1])


def longest_gap(found) -> float:
    """Return the longest time between the end of one Block and the start of the next."""
    ends = [at + len(values) / rate for _, at, values, rate in found]
    return max(at - end for (_, at, *_), end in zip(found[1:], ends, strict=False))


def lost_rows(found) -> float:
    """Return how many rows the latest Blocks are behind, compared with the earliest ones.

    A row covers the time since the row before, however late the page's timer was. So a late row is
    caught up by the next ones, and a lost one never is.
    """
    counts = np.cumsum([0] + [len(values) for _, _, values, _ in found[:-1]])
    lags = [at * rate - count for (_, at, _, rate), count in zip(found, counts, strict=True)]
    return min(lags[-5:]) - min(lags)


class TestStrap:
    """Chromium with Bluetooth, and its emulation of a chest strap."""

    @pytest.fixture
    def browser(self, site, chromium):
        with chromium(*straps.ARGS) as running:
            yield running

    @pytest.mark.parametrize("is_timed", [False, pytest.param(True, marks=pytest.mark.long)])
    def test_one_pairing_lasts_twenty_questions_and_no_second_is_missing(
        self, site, visit, sensed, in_database, is_timed
    ):
        """Count rows always, and compare times on a quiet machine alone (`--long`).

        The emulated strap and the page's timers stop for seconds where the processor is busy.
        """
        sensed(*SENSED)
        seen = opened(visit, "quiz-03")
        strap = straps.Strap(seen.page)
        strap.answers = {straps.LEVEL: [bytes([82])]}
        strap.switch_on()
        seen.until("state?.online")
        seen.page.locator("[data-lamp-open]").click()
        seen.page.get_by_role("button", name=BLUETOOTH).click()
        seen.until("state?.streams.ecg?.state === 'connecting'")
        seen.page.get_by_role("button", name="Close").click()
        strap.beat()
        seen.until("state.streams.ecg.state === 'on'")

        self.answer_ten(seen)
        go_on(seen)
        expect(seen.page.locator("video")).to_be_visible()
        seen.page.wait_for_timeout(3000)
        go_on(seen)
        seen.page.wait_for_timeout(3000)
        seen.page.get_by_role("button", name="Mark as read").click()
        expect(seen.page.locator("#question")).to_be_visible()
        self.answer_ten(seen)
        seen.page.wait_for_timeout(8000)

        assert is_same_load(seen)
        assert seen.page.evaluate("straps.length") == 1
        assert seen.page.evaluate("refusals") == seen.page.evaluate("over") == []
        found = in_database(lambda: {name: blocks(name) for name in ("ecg", "pointer", "activity")})
        samples = np.concatenate([values[:, 0] for _, _, values, _ in found["ecg"]])
        assert np.array_equal(samples, np.arange(samples[0], samples[0] + len(samples)))
        for name, sent in found.items():
            assert len({sitting for sitting, *_ in sent}) == 4, name
        for name in ("pointer", "activity"):
            assert lost_rows(found[name]) < 0.5, name
        if not is_timed:
            return
        # The strap's own clock times its packets: without one, this much is missing.
        assert longest_gap(found["ecg"]) < straps.ECG_SAMPLES / straps.ECG_HZ
        for name in ("pointer", "activity"):
            # One row a second, by a timer of a page that is busy at each move.
            assert longest_gap(found[name]) < 1 / found[name][0][3], name

    def answer_ten(self, seen):
        for _ in range(10):
            skip(seen)
            seen.page.wait_for_timeout(400)


def question(seen):
    """Return the field that says which question is shown."""
    return seen.page.locator("#answer input[name=question]")


def test_back_forward_and_reload_show_what_the_address_says(visit):
    seen = opened(visit, "quiz-03")
    page = seen.page
    first = (page.url, question(seen).input_value())
    page.evaluate("scrollTo(0, 120)")
    skip(seen)
    second = (page.url, question(seen).input_value())
    assert page.title().startswith("Question ")
    expect(page.locator("#ask")).to_be_focused()
    expect(page.locator("[data-announce]")).to_contain_text("Question ")
    assert page.evaluate("scrollY") == 0
    seen.shot("in-place-question")
    page.evaluate("scrollTo(0, 80)")
    go_on(seen)
    expect(page.locator("video")).to_be_visible()
    seen.shot("in-place-film")

    page.go_back()
    expect(question(seen)).to_have_value(second[1])
    page.go_back()
    expect(question(seen)).to_have_value(first[1])
    assert page.url == first[0]
    seen.until("scrollY === 120")
    page.evaluate("scrollTo(0, 60)")
    page.go_forward()
    expect(question(seen)).to_have_value(second[1])
    seen.until("scrollY === 80")
    page.go_back()
    expect(question(seen)).to_have_value(first[1])
    seen.until("scrollY === 60")
    page.go_forward()
    expect(question(seen)).to_have_value(second[1])
    assert is_same_load(seen)

    page.reload()
    expect(question(seen)).to_have_value(second[1])
    assert page.url == second[0]
    assert not is_same_load(seen)
    page.go_back()
    expect(question(seen)).to_have_value(first[1])


def test_a_film_plays_in_a_page_that_came_in_place(visit):
    seen = opened(visit, "quiz-03")
    go_on(seen)
    seen.page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 0.5")
    with seen.page.expect_request("**/watched/"):
        go_on(seen)
    expect(seen.page.locator(".prose")).to_be_visible()
    assert is_same_load(seen)


@pytest.mark.parametrize("how", ["ctrl", "other", "ended", "broken"])
def test_what_is_no_plain_step_in_a_lesson_is_opened_by_the_browser(visit, how):
    seen = opened(visit, "quiz-03")
    page = seen.page
    link = page.locator(".side").get_by_role("link", name=re.compile("^Next: "))
    if how == "ctrl":
        with page.context.expect_page() as opening:
            link.click(modifiers=["Control"])
        expect(opening.value.locator("video")).to_be_visible()
        assert is_same_load(seen)
    elif how == "other":
        page.locator(".crumbs a").click()
        page.wait_for_url("**/courses/**")
        assert not is_same_load(seen)
    elif how == "ended":
        page.route("**/units/*/", end_session, times=1)
        link.click()
        expect(page.locator("video")).to_be_visible()
        assert not is_same_load(seen)
    else:
        page.route("**/units/*/", lambda route: route.fulfill(status=503, body="busy"), times=1)
        link.click()
        expect(page.locator("video")).to_be_visible()
        assert not is_same_load(seen)
        seen.complaints[:] = [text for text in seen.complaints if "503" not in text]


def end_session(route) -> None:
    """Answer with a page of another person."""
    answer = route.fetch()
    body = re.sub('data-person="[^"]+"', 'data-person="another"', answer.text())
    route.fulfill(response=answer, body=body)


def test_the_next_unit_that_is_a_graded_test_stops_sensing(site, visit, sensed, in_database):
    sensed("pointer:adapt", "activity:adapt")
    in_database(lambda: Unit.objects.filter(ref="quiz-03").update(scenario="graded"))
    seen = opened(visit, "reading-03")
    seen.until("state?.streams.pointer?.state === 'on'")
    go_on(seen)
    assert is_same_load(seen)
    seen.until("Object.keys(state.streams).length === 0")
    seen.shot("in-place-graded")
    expect(seen.page.locator(".lamp")).to_have_attribute("data-state", "off")
    expect(seen.page.locator("[data-lamp-reason]")).not_to_contain_text("Being sensed")

    go_on(seen)
    assert is_same_load(seen)
    seen.until("state.streams.pointer?.state === 'on'")


def test_the_next_unit_on_another_site_stops_sensing(visit, sensed, in_database):
    sensed("pointer:adapt", "activity:adapt")
    in_database(move_elsewhere)
    seen = opened(visit, "reading-03")
    seen.until("state?.streams.pointer?.state === 'on'")
    go_on(seen)
    expect(seen.page.get_by_role("link", name="Watch on Vimeo")).to_be_visible()
    assert is_same_load(seen)
    seen.until("Object.keys(state.streams).length === 0")
    seen.shot("in-place-external")
    expect(seen.page.locator(".lamp")).to_have_attribute("data-state", "off")
    expect(seen.page.locator("[data-lamp-reason]")).not_to_contain_text("Being sensed")

    go_on(seen)
    assert is_same_load(seen)
    seen.until("state.streams.pointer?.state === 'on'")


def move_elsewhere() -> None:
    """Make the unit after the reading a video on another site."""
    unit = Unit.objects.get(ref="quiz-03")
    Unit.objects.filter(pk=unit.pk).update(kind="external")
    ExternalVideo.objects.create(unit=unit, address="https://vimeo.com/76979871")


def test_a_graded_test_that_does_not_load_leaves_the_lesson_as_it_was(visit, sensed, in_database):
    sensed("pointer:adapt", "activity:adapt")
    in_database(lambda: Unit.objects.filter(ref="quiz-03").update(scenario="graded"))
    seen = opened(visit, "video-03")
    go_on(seen)
    page = seen.page
    seen.until("state?.streams.pointer?.state === 'on'")
    page.route("**/units/*/", lambda route: None, times=1)
    page.locator(".side").get_by_role("link", name=re.compile("^Next: ")).click()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    assert page.evaluate("state.streams.pointer.state") == "on"
    expect(page.locator("[data-lamp-what]")).to_contain_text("Pointer")

    page.go_back()
    expect(page.locator("video")).to_be_visible()
    seen.until("state.streams.pointer?.state === 'on'")
    assert is_same_load(seen)


def test_an_answer_that_comes_late_does_not_change_the_next_question(visit, site, in_database):
    seen = opened(visit, "quiz-03")
    page = seen.page
    page.route("**/answer/", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    field = page.locator("#answer input:not([type=hidden])").first
    field.check() if field.get_attribute("type") in ("radio", "checkbox") else field.fill("1")
    page.get_by_role("button", name="Check answer").click()
    skip(seen)
    after = question(seen).input_value()
    page.wait_for_timeout(3000)
    assert question(seen).input_value() == after


def test_an_answer_that_is_checked_while_a_page_loads_stays_on_its_page(visit):
    seen = opened(visit, "quiz-03")
    page = seen.page
    before, url = question(seen).input_value(), page.url
    page.route("**/units/*/?*", lambda route: None, times=1)
    page.get_by_role("link", name="Skip for now").click()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    field = page.locator("#answer input:not([type=hidden])").first
    field.check() if field.get_attribute("type") in ("radio", "checkbox") else field.fill("1")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#main")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#answer [data-say]")).to_be_attached()
    assert (question(seen).input_value(), page.url) == (before, url)
    assert is_same_load(seen)


def test_without_scripts_every_step_is_a_page(visit):
    seen = visit(scripts=False).sign_in("mia")
    seen.unit("quiz-03")
    before = seen.page.url
    seen.page.get_by_role("link", name="Skip for now").click()
    assert seen.page.url != before
    go_on(seen)
    expect(seen.page.locator("video")).to_be_visible()
    go_on(seen)
    seen.page.get_by_role("button", name="Mark as read").click()
    expect(seen.page.locator("#question")).to_be_visible()
