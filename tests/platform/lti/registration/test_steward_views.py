"""What a data steward sees of a registration that is refused."""

from __future__ import annotations

import pytest
from django.utils import timezone

from lti.models import LearningPlatform
from tests.fixtures.lti.registrations import make_platform, make_platform_account
from tests.fixtures.users import client_for_person, make

COLUMNS = (
    "name", "issuer", "client_id", "login_url", "token_url", "keys_url", "audience", "age_band",
    "active",
)  # fmt: skip


@pytest.fixture
def steward(db):
    return client_for_person(make("amir"))


def fields_of(platform, **changes):
    typed = {name: getattr(platform, name) for name in COLUMNS}
    return {**typed, "deployments": "\n".join(platform.deployments), **changes}


def test_an_issuer_that_cannot_change_is_said_beside_the_issuer(steward, now):
    platform = make_platform(now=now)
    make_platform_account(make("mia"), platform, now=timezone.now())
    typed = fields_of(platform, issuer="https://other.example")
    page = steward.post(f"/steward/lti/{platform.id}/", typed)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["issuer"]
    assert LearningPlatform.objects.get().issuer == platform.issuer


def test_a_platform_that_is_registered_already_is_said_beside_the_client_id(steward, now):
    platform = make_platform(now=now)
    page = steward.post("/steward/lti/", fields_of(platform))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["client_id"])
    assert LearningPlatform.objects.count() == 1
