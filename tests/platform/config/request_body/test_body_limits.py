"""Large bodies are accepted only from people whose role may upload."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.request_body import limits
from config.request_body.limits import DEFAULT_BYTES, MB, NotSignedIn


def scope(cookie: str = "") -> dict[str, object]:
    sent = f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()
    return {"path": "/author/import/", "headers": [(b"cookie", sent)]}


@pytest.mark.django_db
def test_an_upload_is_taken_by_role(client_for, mia, noah, greta, ines, amir, sara):
    taken = set()
    for person in (mia, noah, greta, ines, amir, sara):
        name = settings.SESSION_COOKIE_NAME
        found = limits.find_allowance(scope(client_for(person).cookies[name].value))
        wide = found.most > MB and found.person == person.pk
        assert wide == person.has_role("author")
        assert wide or (found.most == DEFAULT_BYTES and found.person is None)
        taken.add(wide)
    assert taken == {True, False}
    for strange in ("", "a" * 32):
        with pytest.raises(NotSignedIn):
            limits.find_allowance(scope(strange))
