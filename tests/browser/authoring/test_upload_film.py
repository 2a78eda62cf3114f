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
