"""Error messages for sign-ins at a provider."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.sign_in import reauthentication, views
from accounts.sign_in.forms import LogInForm
from accounts.single_sign_on.providers import Provider


@dataclass(frozen=True, slots=True)
class SignInProblem:
    """A sentence for the person, the status, and how long to wait before a retry."""

    text: str
    status: int
    wait_s: int = 0


def stale() -> SignInProblem:
    """Describe an answer to an attempt that this browser did not make, or that was used already."""
    return SignInProblem(
        _("This sign-in took too long, or it was started in another tab. Try again."), 400
    )


def down(provider: Provider) -> SignInProblem:
    text = _("{provider} did not answer. Try again in a minute.")
    return SignInProblem(text.format(provider=provider.name), 503, wait_s=60)


def untrusted(provider: Provider) -> SignInProblem:
    text = _(
        "{provider} sent a response that this site does not accept. Try again. If it "
        "happens again, tell your school."
    )
    return SignInProblem(text.format(provider=provider.name), 400)


def cancelled(provider: Provider) -> SignInProblem:
    text = _("{provider} did not sign you in. Nothing was changed here. Try again.")
    return SignInProblem(text.format(provider=provider.name), 400)


def another_person(provider: Provider) -> SignInProblem:
    text = _("{provider} signed in another person. Sign in there as yourself, then try again.")
    return SignInProblem(text.format(provider=provider.name), 403)


def not_confirmed(provider: Provider) -> SignInProblem:
    text = _(
        "{provider} did not ask who you are. Confirm who you are in another way, or sign in again."
    )
    return SignInProblem(text.format(provider=provider.name), 403)


def only_way_in() -> SignInProblem:
    return SignInProblem(
        _(
            "Nothing was changed. You have no password here, so this is your only way to sign "
            "in. Ask your school first."
        ),
        403,
    )


def no_account(sentence: str) -> SignInProblem:
    return SignInProblem(sentence, 403)


def too_many(wait: reauthentication.Refusal) -> SignInProblem:
    return SignInProblem(wait.text, wait.status, wait.wait_s)


def show_problem(request: HttpRequest, problem: SignInProblem) -> HttpResponse:
    """Show the problem on the sign-in page, or on its own page to a signed-in person."""
    if isinstance(request.user, User):
        context = {"problem": problem.text}
        answer = render(request, "accounts/sso_problem.html", context, status=problem.status)
    else:
        answer = views.show_page(
            request, "login", LogInForm(), problem.status, problem=problem.text
        )
    if problem.wait_s:
        answer["Retry-After"] = str(problem.wait_s)
    return answer
