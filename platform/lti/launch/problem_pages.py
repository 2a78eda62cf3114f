"""Plain pages for launches that are refused: what happened, and what the person can do."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lti.launch.framing import allow_frame
from lti.models import LearningPlatform

logger = logging.getLogger("lti.launch")


@dataclass(frozen=True, slots=True)
class LaunchProblem:
    """What happened, in a sentence, the status, and one word for the log."""

    text: str
    status: int
    why: str


def unknown_platform() -> LaunchProblem:
    return LaunchProblem(
        _(
            "This site does not know the learning platform that sent you. Ask your school to "
            "register it here."
        ),
        403,
        "platform",
    )


def incomplete() -> LaunchProblem:
    return LaunchProblem(
        _(
            "The learning platform sent an incomplete request. Go back to your course there and "
            "open the link again. If it happens again, tell your school."
        ),
        400,
        "incomplete",
    )


def wrong_target() -> LaunchProblem:
    return LaunchProblem(
        _("The link in your course leads to another site. Tell your teacher."), 400, "target"
    )


def stale() -> LaunchProblem:
    """Describe an answer to a launch that this browser did not begin, or that was used already."""
    return LaunchProblem(
        _(
            "This link was opened too long ago or has been used already, or your browser did not "
            "keep a cookie. Go back to your course and open the link again. If it happens again, "
            "open the link in a new window."
        ),
        400,
        "state",
    )


def too_many() -> LaunchProblem:
    return LaunchProblem(
        _("Too many launches failed from your network. Wait 15 minutes, then try again."),
        429,
        "too_many",
    )


def down(platform: str) -> LaunchProblem:
    text = _("{platform} did not answer. Try again in a minute.")
    return LaunchProblem(text.format(platform=platform), 503, "down")


def untrusted(platform: str, why: str) -> LaunchProblem:
    text = _(
        "This site does not accept what {platform} sent. Go back to your course there and open "
        "the link again. If it happens again, tell your school."
    )
    return LaunchProblem(text.format(platform=platform), 400, why)


def cancelled(platform: str) -> LaunchProblem:
    text = _("{platform} did not sign you in. Sign in there, then open the link again.")
    return LaunchProblem(text.format(platform=platform), 400, "cancelled")


def unknown_deployment(platform: str) -> LaunchProblem:
    text = _(
        "{platform} is registered here, but not for this course. Ask your school to add the "
        "deployment ID of this link to the registration."
    )
    return LaunchProblem(text.format(platform=platform), 403, "deployment")


def not_supported(platform: str) -> LaunchProblem:
    text = _("{platform} asked for something that this site cannot do. Tell your teacher.")
    return LaunchProblem(text.format(platform=platform), 400, "message_type")


def no_account(sentence: str) -> LaunchProblem:
    return LaunchProblem(sentence, 403, "no_account")


def not_connected(title: str) -> LaunchProblem:
    text = _(
        "“{title}” is not connected with a course here yet. Ask your teacher to open this link "
        "once, or your school to connect the course."
    )
    return LaunchProblem(text.format(title=title), 404, "course")


def unknown_unit() -> LaunchProblem:
    return LaunchProblem(
        _("What this link opened is not in the course any more. Tell your teacher."), 404, "unit"
    )


def used_registration_link() -> LaunchProblem:
    return LaunchProblem(
        _(
            "This registration link was used already or is older than an hour. Ask a data steward "
            "of this site for a new one."
        ),
        403,
        "registration_link",
    )


def not_registered() -> LaunchProblem:
    return LaunchProblem(
        _(
            "The platform was not registered: it did not answer as expected, or it is registered "
            "already. Ask a data steward of this site for a new link, or to register it by hand."
        ),
        400,
        "registration",
    )


def show_problem(
    request: HttpRequest, problem: LaunchProblem, platform: LearningPlatform | None = None
) -> HttpResponse:
    """Show the problem; the log says which kind it was, and names no person."""
    key = "" if platform is None else str(platform.id)
    logger.warning("lti.refused", extra={"platform": key, "why": problem.why})
    response = render(request, "lti/problem.html", {"problem": problem.text}, status=problem.status)
    return response if platform is None else allow_frame(response, platform)
