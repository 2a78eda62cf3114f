"""The weight of a page without sensing, and its first paint.

Bytes are counted on the network with a cold cache, without the Author's media: at most 150 kB. The
first paint within a second is required only on a quiet machine (`--long`); an ordinary run prints
it.
"""

from __future__ import annotations

from urllib.parse import urlparse

import pytest
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.test import override_settings

from config import asgi
from learner import layout

HASHED = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.middleware.static_files.MinifiedManifestStorage"},
}
KB = 1000
MOST = 150 * KB
SOON_MS = 1000
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
MEDIA = "/media/"


def paths(site):
    return {
        "home": ("mia", "/"),
        "course": ("mia", f"/courses/{site.course.slug}/"),
        "player": ("mia", f"/units/{site.units['video-04'].code}/"),
        "quiz": ("mia", f"/units/{site.units['quiz-04'].code}/"),
        "journey": ("mia", "/journey/"),
        "now": ("ines", f"/teach/{site.course.slug}/"),
    }


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Static files as a site serves them: hashed and compressed."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=HASHED):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def packed(collected, settings, monkeypatch):
    """An application of its own, because middleware reads its settings when it is created."""
    settings.STATIC_ROOT, settings.STORAGES = collected, HASHED
    settings.WHITENOISE_USE_FINDERS = False
    layout.import_map.cache_clear()
    sockets = asgi.application.application.application_mapping["websocket"]
    made = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": sockets})
    monkeypatch.setattr(asgi, "application", made)
    yield
    layout.import_map.cache_clear()


@pytest.fixture
def cold(packed, site, browser, visit):
    """`cold(person, path)` returns the bytes of each URL and the first paint with empty caches."""

    def opened(person, path):
        kept = visit().sign_in(person).page.context.storage_state()
        page = browser.new_context(storage_state=kept).new_page()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        names, bytes_ = {}, {}
        wire.on(
            "Network.requestWillBeSent",
            lambda e: names.update({e["requestId"]: urlparse(e["request"]["url"]).path}),
        )
        wire.on("Network.loadingFinished", lambda e: bytes_.update(carried(e, names, bytes_)))
        page.goto(site.url + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        page.wait_for_load_state("networkidle")
        return (
            {at: size for at, size in bytes_.items() if not at.startswith(MEDIA)},
            page.evaluate(PAINTED),
        )

    return opened


def carried(event, names, before):
    """Add the event's bytes to those of its URL; an answer from the cache adds nothing."""
    address = names[event["requestId"]]
    return {address: before.get(address, 0) + event["encodedDataLength"]}


@pytest.mark.parametrize("name", ["home", "course", "player", "quiz", "journey", "now"])
def test_a_page_weighs_little_without_sensing(cold, site, name):
    found, painted = cold(*paths(site)[name])
    total = sum(found.values())
    heavy = sorted(found.items(), key=lambda one: -one[1])[:6]
    print(f"\n{name}: {total / KB:.0f} kB in {len(found)} files, {painted:.0f} ms, {heavy}")
    assert total <= MOST
    assert painted > 0


@pytest.mark.long
@pytest.mark.parametrize("name", ["home", "course", "player", "quiz", "journey", "now"])
def test_the_first_paint_comes_within_a_second(cold, site, name):
    times = sorted(cold(*paths(site)[name])[1] for _ in range(3))
    print(f"\n{name}: first paint {[round(t) for t in times]} ms")
    assert times[1] <= SOON_MS
