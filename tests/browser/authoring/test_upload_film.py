"""ines uploads a clip from her telephone over a line that breaks; mia watches it."""

from __future__ import annotations

import hashlib

import pytest
from playwright.sync_api import expect

from tests.fixtures.phone_clips import make_portrait_hevc

MB = 1024 * 1024
SIZE = "(video => [video.videoWidth, video.videoHeight])(document.querySelector('video'))"


def address(site):
    return f"/author/courses/{site.course.slug}/units/{site.units['video-01'].code}/"


@pytest.fixture
def plain(site):
    """The first unit has neither questions nor chapters, which a short clip would cut off."""
    from django.utils import timezone

    from authoring.versions import drafts

    working = drafts.working_copy_of(site.course)
    first, *others = working.package["units"]
    first = first | {"questions": [], "chapters": []}
    package = working.package | {"units": [first, *others]}
    by = site.people["ines"]
    drafts.save(site.course, package, stamp=working.stamp, by=by, now=timezone.now())


def convert():
    """Convert what the slow worker would convert."""
    from authoring import tasks

    tasks.convert_films_due()


def stored_digest():
    from authoring.films.film_files import path_of
    from authoring.models import Upload

    with path_of(Upload.objects.get().id).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(site):
    from django.utils import timezone

    from authoring.versions import drafts, publication

    working = drafts.working_copy_of(site.course)
    publication.publish(
        site.course, stamp=working.stamp, by=site.people["ines"], now=timezone.now()
    )


def make_film(tmp_path, size):
    """A clip with a long box at its end, which players skip."""
    film = make_portrait_hevc(tmp_path / "clip.mov")
    free = size - film.stat().st_size
    with film.open("ab") as out:
        out.write(free.to_bytes(4, "big") + b"free" + bytes(free - 8))
    return film


def test_a_clip_is_paused_breaks_is_reloaded_and_arrives_whole(
    site, plain, visit, in_database, tmp_path
):
    film = make_film(tmp_path, 40 * MB)
    seen = visit().sign_in("ines")
    page = seen.go(address(site))
    live = page.locator("[data-film-live]")
    pieces = []

    def brake(route):
        """Pass two pieces on, then break the line."""
        if route.request.method == "PATCH":
            pieces.append(route.request.headers["upload-offset"])
        if len(pieces) <= 2 or route.request.method != "PATCH":
            route.continue_()
        else:
            route.abort("connectionreset")

    page.route("**/author/uploads/*/", brake)
    page.set_input_files("#film", film)
    page.get_by_role("button", name="Upload video").click()
    expect(live).to_contain_text("The connection is lost.")
    seen.shot("upload-broken")
    live.get_by_role("button", name="Pause").click()
    expect(live).to_contain_text("Paused.")
    seen.shot("upload-paused")
    page.unroute_all()
    seen.go(address(site))
    expect(page.locator("#film-status")).to_contain_text("40 % of a video are here.")
    seen.shot("upload-stopped")
    page.set_input_files("#film", film)
    page.get_by_role("button", name="Upload video").click()
    expect(page.locator("#film-status")).to_contain_text("Waiting to be converted", timeout=30_000)
    seen.shot("upload-waiting")
    assert in_database(stored_digest) == hashlib.sha256(film.read_bytes()).hexdigest()
    in_database(convert)
    expect(page.locator("#film-status")).to_contain_text("Ready.", timeout=20_000)
    seen.shot("upload-ready")
    page.get_by_role("textbox", name="Name", exact=True).fill("Held upright")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**done=saved*")
    in_database(lambda: publish(site))
    assert {text for text in seen.complaints if "CONNECTION_RESET" not in text} == set()
    seen.complaints.clear()
    watch(visit, site)


def watch(visit, site):
    """Play the film as mia, in the size that fits and in another one."""
    learner = visit().sign_in("mia")
    page = learner.go(f"/units/{site.units['video-01'].code}/")
    learner.until("document.querySelector('video').readyState >= 1")
    width, height = page.evaluate(SIZE)
    assert 0 < width < height
    page.evaluate("document.querySelector('video').muted = true")
    page.get_by_role("button", name="Play", exact=True).click()
    learner.until("document.querySelector('video').currentTime > 0.3")
    page.get_by_label("Picture quality").select_option("480p")
    learner.until("document.querySelector('video').videoWidth === 480")
    learner.shot("upload-watched")


def test_an_upload_keeps_its_place_when_the_server_refuses_to_say_it(site, plain, visit, tmp_path):
    """The library of tus would begin again at 0 when its question (HEAD) fails."""
    film = make_film(tmp_path, 20 * MB)
    seen = visit().sign_in("ines")
    page = seen.go(address(site))
    live = page.locator("[data-film-live]")
    asked, refusing = [], []

    def answer(route):
        """Stop after the first piece, and refuse to say how far it is while `refusing`."""
        request = route.request
        asked.append((request.method, request.headers.get("upload-offset")))
        if request.method == "HEAD" and refusing:
            route.fulfill(status=403)
        elif request.method == "PATCH" and refusing:
            route.abort("connectionreset")
        else:
            route.continue_()
            if request.method == "PATCH":
                refusing.append(True)

    page.route("**/author/uploads/*/", answer)
    page.route("**/uploads/", answer)
    page.set_input_files("#film", film)
    page.get_by_role("button", name="Upload video").click()
    expect(live).to_contain_text("Something went wrong on our side.")
    expect(live.get_by_role("button", name="Resume")).to_be_visible()
    assert "HEAD" in [method for method, _ in asked]
    assert [method for method, _ in asked].count("POST") == 1
    seen.shot("upload-refused")
    refusing.clear()
    asked.clear()
    page.unroute_all()
    page.on("request", lambda each: asked.append((each.method, each.headers.get("upload-offset"))))
    live.get_by_role("button", name="Resume").click()
    expect(page.locator("#film-status")).to_contain_text("Waiting to be converted", timeout=30_000)
    assert [at for method, at in asked if method == "PATCH"] == [str(8 * MB), str(16 * MB)]
    assert "POST" not in [method for method, _ in asked]
    assert all("Failed to load resource" in text for text in seen.complaints)
    seen.complaints.clear()


def test_a_second_press_loads_the_upload_code_that_did_not_arrive(site, plain, visit, tmp_path):
    """A browser may remember that a module did not load, which a test without one cannot see."""
    film = make_film(tmp_path, 1 * MB)
    seen = visit().sign_in("ines")
    page = seen.go(address(site))
    page.route("**/tus.min*.js*", lambda route: route.abort("connectionreset"))
    page.set_input_files("#film", film)
    upload = page.get_by_role("button", name="Upload video")
    upload.click()
    expect(page.locator("#video")).to_contain_text("You are offline. Try again")
    seen.shot("upload-code-missing")
    page.unroute_all()
    upload.click()
    expect(page.locator("#film-status")).to_contain_text("Waiting to be converted", timeout=30_000)
    assert all("CONNECTION_RESET" in text for text in seen.complaints)
    seen.complaints.clear()
