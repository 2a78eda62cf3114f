"""Story (a): with everything refused, the course is complete: same questions, and help."""

from __future__ import annotations

from django.db import connection

RECORDS = (
    "accounts_",
    "audit_",
    "authoring_",
    "courses_",
    "discussion_",
    "adaptation_",
    "consent_notice",
)
ALSO = {
    "telemetry_sitting",
    "telemetry_event",
    "telemetry_window",
    "estimates_masteryestimate",
    "estimates_predictor",
    "django_migrations",
    "django_content_type",
    "auth_permission",
}


def tables_with_rows() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_schema IN ('public', 'parts') AND table_type = 'BASE TABLE'"
        )
        names = [name for (name,) in cursor.fetchall()]
        found = set()
        for name in names:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {name})")
            if cursor.fetchone()[0]:
                found.add(name.removeprefix("public."))
    return found


def numeric_place() -> str:
    from courses.models import Question

    places = Question.objects.filter(unit__ref="quiz-01", position__isnull=False, kind="numeric")
    return str(places.order_by("position").first().code)


def answer_wrong(page) -> None:
    page.locator("main form input[inputmode]").first.fill("998877")
    with page.expect_response(lambda reply: reply.request.method == "POST"):
        page.get_by_role("button", name="Check answer").click()
    page.get_by_text("Not yet. Try again").wait_for()


def test_with_every_sensor_refused_two_wrong_answers_bring_a_hint_that_says_why(
    worker, visit, in_database
):
    mia = visit().sign_in("mia")
    page = mia.go("/consents/")
    page.get_by_role("link", name="Continue without").first.click()
    with page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={in_database(numeric_place)}")
    page.wait_for_timeout(500)
    answer_wrong(page)
    answer_wrong(page)

    offer = page.locator("section.offer")
    offer.wait_for(state="visible", timeout=75_000)

    assert offer.locator("h2").inner_text() == "Want a hint for this question?"
    assert "Your last two answers here were not correct." in offer.inner_text()
    page.get_by_role("button", name="Why this?").click()
    assert "Rule “Stuck on a question”, version 2" in offer.inner_text()
    mia.shot("offer")
    offer.get_by_role("button", name="Show a hint").click()
    mia.until("document.querySelector('.ladder .hint-text')", 10)
    mia.shot("hint-taken")
    mia.until("!document.querySelector('section.offer:not([hidden])')", 10)
    extra = {
        name
        for name in in_database(tables_with_rows)
        if not name.startswith(RECORDS) and name not in ALSO
    }
    assert extra == set()
