"""Plugin: what tests about consent start from: published notices, a profile, one way to say yes."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.db import transaction

from consent import grants, notices, profiles
from consent.groups import group_of
from consent.scopes import split

# Everything may be asked, and for what is biometric under 18 a Guardian is asked, too.
BOTH = (
    (profiles.FOLDER / "demo.toml")
    .read_text()
    .replace('minors = "alone"', 'minors = "guardian"')
    .replace("[age_alone]\ndefault = 0", "[age_alone]\ndefault = 18")
    .replace("[allow]", '[allow]\neeg = ["adapt", "teach", "research"]')
)


@pytest.fixture
def demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def both(settings, tmp_path, monkeypatch):
    """A profile under which a minor and their Guardian decide together."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for path in profiles.FOLDER.glob("*.toml"):
        (folder / path.name).write_text(path.read_text())
    (folder / "both.toml").write_text(BOTH)
    monkeypatch.setattr(profiles, "FOLDER", folder)
    settings.LEGAL_PROFILE = "both"


@pytest.fixture
def published(db, now):
    return notices.publish(now)


@pytest.fixture
def allow(demo, published, now):
    """`allow(mia, "pointer:adapt", …)`: what the consent page does for these scopes."""

    def say_yes(person, *scopes, now=now):
        yes(person, *scopes, now=now, by=person)

    return say_yes


def yes(person, *scopes, now, by):
    """A yes to these scopes of `person`, said by `by`: themselves or their Guardian."""
    by_group = defaultdict(list)
    for scope in scopes:
        by_group[group_of(split(scope)[0].name)].append(scope)
    for group, names in by_group.items():
        notice = notices.current(group, person.age_band, now=now)
        grants.grant(person.code, names, notice=notice, now=now, actor=by.code)


def take_back(person, scopes, *, now, **how):
    """A withdrawal without its removal: the Grants fall, and a new yes may follow at once."""
    with transaction.atomic():
        frozen = grants.freeze(person.code, scopes, now=now, **how)
        grants.cleared(person.code, grants.ALL)
    return frozen
