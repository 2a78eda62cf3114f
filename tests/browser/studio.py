"""ines in the rule studio of a course whose simulated Learners have some days behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


def fill(site):
    """Four simulated Learners who missed questions on each of the last days."""
    from accounts.models import User
    from courses.models import Question
    from tests import factories
    from tests.cast import make
    from tests.platform.adaptation import history

    now = datetime.now(UTC)
    unit = next(unit for unit in site.units.values() if unit.kind == "quiz")
    questions = list(Question.objects.filter(unit=unit, position__isnull=False)[:3])
    for number in range(4):
        person = make(f"sim{number}", now=now)
        User.objects.filter(pk=person.pk).update(simulated=True)
        person.refresh_from_db()
        factories.make_enrolment(person, site.course)
        for days in range(1, 6, 1 + number):
            begin = now - timedelta(days=days, hours=number)
            wrong = (True, True, True, False) if number == 1 else (True, True, False)
            history.day(
                person, unit, begin, questions=questions, minutes=12, every_s=75, wrong=wrong
            )


@pytest.fixture
def studio(visit, site, in_database):
    in_database(lambda: fill(site))

    def opened(path="rules/new/", **window):
        seen = visit(**window).sign_in("ines")
        seen.go(f"/teach/{site.course.slug}/{path}")
        return seen

    return opened


def in_force(site, in_database, name):
    """What the engine would be given: version, probability, dwell; None = off."""

    def asked():
        from adaptation.rules import in_force

        found = {rule.id: rule for rule in in_force.on_in(site.course)}
        rule = found.get(name)
        return rule and (rule.version, rule.probability, rule.dwell_s, rule.cap.offers)

    return in_database(asked)
