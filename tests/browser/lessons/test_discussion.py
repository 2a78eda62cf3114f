"""noah and mia discuss a unit: posts appear without a reload, and no draft is lost."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS

QUESTION = "Why do we take 9 from **both** sides of $x + 9 = 14$?"


def write(site, in_database, *replies, title="Why nine?", unit="video-01"):
    """Create a thread of mia with replies (author, text) and return its URL."""
    from discussion.posts import post_store

    began = datetime.now(UTC) - timedelta(hours=1)

    def written():
        thread = post_store.begin_thread(
            site.units[unit], site.people["mia"], id=uuid.uuid4(), title=title, text=QUESTION,
            time_s=32.0, now=began,
        )  # fmt: skip
        for number, (who, text) in enumerate(replies, 1):
            at = began + timedelta(minutes=number)
            post_store.reply(thread, site.people[who], id=uuid.uuid4(), text=text, now=at)
        return f"/units/{site.units[unit].code}/discussion/threads/{thread.id}/"

    return in_database(written)


def test_a_reply_appears_without_reload_and_a_draft_stays(visit, site, in_database):
    path = write(site, in_database, *[("ines", f"Step {number}.") for number in range(6)])
    mia, noah = visit().sign_in("mia"), visit().sign_in("noah")
    mia.go(path)
    mia.page.evaluate("window.notReloaded = true")
    field = mia.page.get_by_label("Your reply")
    field.click()
    field.press_sequentially("I think it is")
    top = field.bounding_box()["y"]

    noah.go(path)
    noah.page.get_by_label("Your reply").fill("Both sides stay **equal**.")
    noah.page.get_by_role("button", name="Post reply").click()
    expect(noah.page.locator(".posts > li")).to_have_count(8)
    expect(noah.page.get_by_label("Your reply")).to_have_value("")

    expect(mia.page.locator(".posts > li")).to_have_count(8, timeout=6000)
    expect(mia.page.locator(".posts strong", has_text="equal")).to_be_visible()
    expect(mia.page.locator("[data-announce]")).to_have_text("New reply by noah")
    expect(field).to_have_value("I think it is")
    assert mia.page.evaluate("document.activeElement.id") == "text"
    assert abs(field.bounding_box()["y"] - top) <= 2
    assert mia.page.evaluate("window.notReloaded") is True


def test_a_draft_survives_a_reload_and_a_failed_post_is_not_lost(visit, site, in_database):
    path = write(site, in_database)
    seen = visit().sign_in("mia")
    page = seen.go(path)
    page.get_by_label("Your reply").fill("Half a thought")
    page.reload()
    seen.until("document.documentElement.dataset.ready === 'true'")
    expect(page.get_by_label("Your reply")).to_have_value("Half a thought")

    page.context.set_offline(True)
    page.get_by_role("button", name="Post reply").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Not sent: you are offline. Your text is still here"
    )
    expect(page.get_by_label("Your reply")).to_have_value("Half a thought")

    page.context.set_offline(False)
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".posts > li")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Your reply")).to_have_value("")
    seen.complaints[:] = [text for text in seen.complaints if "ERR_INTERNET_DISC" not in text]


def test_a_server_error_is_shown_at_the_form_and_the_text_stays(visit, site, in_database):
    path = write(site, in_database)
    seen = visit().sign_in("mia")
    page = seen.go(path)
    page.get_by_label("Your reply").fill("Late")
    from discussion.models import Thread

    in_database(lambda: Thread.objects.update(locked=True))
    page.get_by_role("button", name="Post reply").click()

    expect(page.get_by_role("alert")).to_contain_text("A teacher closed this thread to new replies")
    expect(page.get_by_label("Your reply")).to_have_value("Late")
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]


def test_everything_by_keyboard_with_a_name_from_the_list(visit, site, in_database):
    from discussion.models import Mention

    seen = visit().sign_in("mia")
    page = seen.go(f"/units/{site.units['video-01'].code}/discussion/")
    page.get_by_label("Title").focus()
    page.keyboard.type("Who knows?")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("Can you help, @")
    expect(page.get_by_role("option")).to_have_text(["ines", "noah"])
    assert seen.violations() == []
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text("noah")
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.type("or @in")
    page.keyboard.press("Escape")
    page.keyboard.type("es?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/threads/**")
    expect(page.locator(".at")).to_have_text(["@noah", "@ines"])
    assert in_database(Mention.objects.count) == 2
    other = visit().log_in("noah")
    expect(other.page.get_by_text("mia mentioned you in “Who knows?”")).to_be_visible()
    other.page.get_by_role("link", name="Read the post").press("Enter")
    other.page.wait_for_url("**/threads/**")
    other.page.wait_for_selector("html[data-ready]", state="attached")
    mark = other.page.get_by_role("button", name="I have this question too")
    mark.press("Enter")
    expect(mark).to_have_attribute("aria-pressed", "true")
    assert other.page.evaluate("document.activeElement.id") == mark.get_attribute("id")


def test_a_name_is_selected_on_pointer_up(visit, site):
    page = visit().sign_in("mia").page
    page.goto(f"{site.url}/units/{site.units['video-01'].code}/discussion/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("Title").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("Ask @")
    text, name = page.locator("textarea:focus"), page.get_by_role("option", name="noah")
    expect(name).to_be_visible()
    box = name.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(1, 1)
    page.mouse.up()
    expect(text).to_have_value("Ask @")
    name.click()
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(text).to_have_value("Ask @noah ")


@pytest.mark.parametrize("answer_after_ms", [0, 2500])
def test_deleting_and_undoing_keeps_the_focus_in_the_post(
    visit, site, in_database, answer_after_ms
):
    """The page polls every two seconds: a late answer finds it already up to date."""
    path = write(site, in_database, ("noah", "Because."))
    page = visit().sign_in("noah").go(path)

    def answer_late(route):
        answer = route.fetch(max_redirects=0)
        page.wait_for_timeout(answer_after_ms)
        route.fulfill(response=answer)

    page.route("**/act/", answer_late)
    page.get_by_role("button", name="Delete your post").press("Enter")
    expect(page.get_by_text("You deleted this post")).to_be_visible()
    expect(page.locator("li[id^=p-]:focus-within")).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Because.")).to_be_visible()
    page.unroute_all(behavior="wait")


def test_a_moment_of_the_video_leads_to_a_thread_and_back(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.unit("video-01", "?t=32")
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('attune:time', {detail: {seconds: 41.7}}))"
    )
    page.get_by_role("link", name="Ask about 0:41").click()
    expect(page.get_by_label("Time in the video")).to_have_value("0:41")
    page.get_by_label("Title").fill("This step")
    page.get_by_label("Your question").fill("How?")
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_role("link", name="Watch 0:41").click()
    page.wait_for_url("**/?t=41.0#player")


def test_the_discussion_has_its_own_sitting_and_can_be_paused(visit, site, in_database):
    from telemetry.models import Sitting

    path = write(site, in_database)
    seen = visit().sign_in("mia")
    seen.unit("video-01")
    page = seen.go(path)
    for _ in range(100):
        rows = in_database(
            lambda: sorted(Sitting.objects.filter(ended_at=None).values_list("scenario", flat=True))
        )
        if rows == ["course", "discussion"]:
            break
        page.wait_for_timeout(100)
    assert rows == ["course", "discussion"]
    expect(page.locator("[data-lamp-what]")).to_have_text("Sensing is off")


def test_it_works_without_scripts(visit, site, in_database):
    seen = visit(scripts=False).sign_in("mia")
    page = seen.page
    seen.unit("reading-01")
    page.get_by_role("link", name="Open the discussion").click()
    expect(page.get_by_text("No threads yet")).to_be_visible()
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Your question").fill("It works, @noah?")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator(".at")).to_have_text("@noah")
    page.get_by_label("Your reply").fill("It does.")
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".posts > li")).to_have_count(2)
    page.get_by_role("link", name="Edit your post").last.click()
    page.get_by_label("Text").fill("It does so.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It does so.")).to_be_visible()
    page.get_by_role("link", name="Discussion", exact=True).click()
    page.get_by_label("Search this discussion").fill("does")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 thread with “does”")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_every_discussion_page_is_accessible_wide_or_narrow(visit, site, in_database, width, dark):
    from discussion.models import Post, Thread
    from discussion.moderation import hidden_posts, post_reports
    from discussion.posts import post_store

    path = write(
        site, in_database, ("noah", "Both sides stay *equal*:\n\n$$x$$\n\n- take 9\n- look"),
        ("ines", "> Both sides\n\nThat is it. See [the reading](https://example.org)."),
        ("mia", "Thank you, @ines."), ("noah", "Copy my solution: `x = 5`"),
    )  # fmt: skip
    write(
        site, in_database, title="What does the balance stand for, and why is it drawn like this?"
    )

    def moderate():
        now = datetime.now(UTC)
        thread = Thread.objects.get(id=path.rstrip("/").rpartition("/")[2])
        posts = list(thread.posts.order_by("made_at"))
        post_reports.report(posts[4], site.people["mia"], why="It is the whole answer.", now=now)
        hidden_posts.hide(posts[4], "answer", by=site.people["ines"], now=now)
        Thread.objects.filter(id=thread.id).update(pinned=True)
        Post.objects.filter(id=posts[2].id).update(accepted=True)
        post_store.edit(posts[1], text="Both sides stay *equal*.\n\n- take 9\n- look", now=now)
        return posts[1].id, posts[3].id

    replied, own = in_database(moderate)
    tail = f"{'dark' if dark else 'light'}-{width}"
    unit = f"/units/{site.units['video-01'].code}/discussion/"
    reading = f"/units/{site.units['reading-01'].code}/discussion/"
    pages = {
        "mia": {"thread": path, "list": unit, "empty": reading, "edit": f"{path}posts/{own}/edit/",
                "report": f"{path}posts/{replied}/report/"},
        "ines": {"thread-teacher": path, "hide": f"{path}posts/{replied}/hide/",
                 "reports": f"/teach/{site.course.slug}/discussion/"},
    }  # fmt: skip
    for who, paths in pages.items():
        seen = visit(width=width, dark=dark).sign_in(who)
        for name, there in paths.items():
            seen.go(there)
            seen.page.wait_for_timeout(200)
            seen.shot(f"discussion-{name}-{tail}")
            assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
            assert seen.violations() == [], (name, tail)
