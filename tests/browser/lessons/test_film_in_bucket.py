"""mia watches a film that is in a bucket, and seeks in it; the browser meets one origin only."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

VIDEO = "video-04"
FILM = "document.querySelector('video')"


def test_a_film_in_a_bucket_is_watched_and_sought(bucket_store, visit, site):
    seen = visit().sign_in("mia")
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    page = seen.unit(VIDEO)
    seen.until(f"{FILM}.readyState >= 1")
    page.evaluate(f"{FILM}.muted = true")
    page.get_by_role("button", name="Play", exact=True).click()
    seen.until(f"{FILM}.currentTime > 0.3")
    for second in (88, 30):
        page.evaluate(f"{FILM}.currentTime = {second}")
        seen.until(f"!{FILM}.seeking && {FILM}.readyState >= 2 && {FILM}.currentTime > {second}")
        assert page.evaluate(f"{FILM}.currentTime") < second + 10
    seen.shot("film-in-bucket")
    films = [url for url in asked if url.endswith((".webm", ".mp4"))]
    assert films
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(site.url).netloc}
    bucket = settings.MEDIA_BUCKET
    shown = page.content()
    assert not [word for word in (bucket.endpoint, bucket.key, bucket.prefix) if word in shown]
    assert not settings.MEDIA_ROOT.exists()
    other = visit().sign_in("mallory")
    assert other.page.request.get(films[0]).status == 404
