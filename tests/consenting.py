"""Plugin: what tests about consent start from: published notices, a profile, one way to say yes."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.db import transaction

from consent import grants, notices
from consent.groups import group_of
from consent.scopes import split


@pytest.fixture
def demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def published(db, now):
    return notices.publish(now)


@pytest.fixture
def allow(demo, published, now):
    """`allow(mia, "pointer:adapt", …)`: what the consent page does for these scopes."""

    def say_yes(person, *scopes, now=now):
        by_group = defaultdict(list)
        for scope in scopes:
            by_group[group_of(split(scope)[0].name)].append(scope)
        for group, names in by_group.items():
            notice = notices.current(group, person.age_band, now=now)
            grants.grant(person.code, names, notice=notice, now=now, actor=person.code)

    return say_yes


def take_back(person, scopes, *, now):
    """A withdrawal without its removal: the Grants fall, and a new yes may follow at once."""
    with transaction.atomic():
        frozen = grants.freeze(person.code, scopes, now=now)
        grants.cleared(person.code, grants.ALL)
    return frozen
