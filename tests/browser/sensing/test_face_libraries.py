"""The face landmark libraries, on a real face with turned eyes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.browser import face_images

GLANCES = (-6, -3, 0, 3, 6)
# The library tracks a face over pictures: repeat each one until the result is stable.
OF_EACH = 3
SOFTWARE = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture
def drawing():
    """The browser's rendering: in software, so that a machine without a GPU can run it."""
    return []


@pytest.fixture
def browser(site, chromium, drawing):
    with chromium(*drawing) as running:
        yield running


@pytest.fixture
def seen_by(visit):
    """`seen_by("human", pictures)` returns the worker's results for them."""

    def say(backend, pictures, before=lambda page: None):
        seen = visit()
        before(seen.page)
        page = seen.go("/accounts/login/")
        page.set_default_timeout(300_000)
        return face_images.analyse(page, pictures, backend)

    return say


def yaws(seen: list[dict]) -> list[tuple[float, float]]:
    """Return x of both gaze vectors, left and right eye, of the last picture of a glance."""
    return [(row["gaze"][0], row["gaze"][3]) for row in seen[OF_EACH - 1 :: OF_EACH]]


def both_follow(seen: list[dict], backend: str) -> None:
    assert {row["backend"] for row in seen} == {backend}
    assert [row["faces"] for row in seen] == [1] * len(seen)
    for eye, looks in zip(("left", "right"), zip(*yaws(seen), strict=True), strict=True):
        together = float(np.corrcoef(GLANCES, looks)[0, 1])
        figures = f"{backend}, {eye} eye: x {np.round(looks, 3)}, with the glance {together:.2f}"
        print(figures)
        assert together > 0.8, figures
        assert looks[-1] - looks[0] > 0.05, figures


def pictures() -> list[bytes]:
    return [picture for by in GLANCES for picture in [face_images.draw_glance(by)] * OF_EACH]


def test_both_eyes_follow_a_glance_through_the_library_that_works_everywhere(seen_by):
    *seen, nobody = seen_by("human", [*pictures(), face_images.draw_empty()])
    both_follow(seen, "human")
    assert (nobody["word"], nobody["faces"], nobody["face"]) == ("no_face", 0, None)


@pytest.mark.long
@pytest.mark.parametrize("drawing", [SOFTWARE], indirect=True)
def test_both_eyes_follow_a_glance_through_the_finer_library(seen_by, drawing):
    *seen, nobody = seen_by("face_mesh", [*pictures(), face_images.draw_empty()])
    both_follow(seen, "face_mesh")
    assert (nobody["word"], nobody["faces"], nobody["face"]) == ("no_face", 0, None)


def test_without_the_finer_library_the_other_runs(seen_by):
    def without(page):
        page.route("**/face_mesh.binarypb", lambda asked: asked.fulfill(body=b"another"))

    seen = seen_by("face_mesh", pictures()[:OF_EACH], without)
    assert {row["backend"] for row in seen} == {"human"}
    assert [row["faces"] for row in seen] == [1] * len(seen)


@pytest.mark.long
@pytest.mark.parametrize("drawing", [SOFTWARE], indirect=True)
def test_a_gpu_too_slow_for_the_finer_library_uses_the_other(seen_by, drawing):
    """Software acts as a GPU: after a few slow pictures, none sent, the other library runs."""

    def passing(page):
        page.route("**/backends/choice.js", as_if_a_chip)

    seen = seen_by("", [*pictures(), *pictures()], passing)
    slow = [row for row in seen if row["word"] == "opening"]
    assert 4 <= len(slow) < len(seen)
    assert {row["face"] is None for row in slow} == {True}
    assert slow[0]["backend"] == "face_mesh"
    assert {row["backend"] for row in seen[len(slow) :]} == {"human"}


def as_if_a_chip(asked) -> None:
    source = asked.fetch().text()
    assert "!SOFTWARE.test(name)" in source
    asked.fulfill(
        body=source.replace("!SOFTWARE.test(name)", "true"), content_type="text/javascript"
    )
