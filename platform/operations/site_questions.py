"""What `manage.py setup` asks about the site: options answer first, a terminal after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings

from accounts import site_facts
from accounts.site_facts import BadFact, SiteFacts

Write = Callable[[str], object]
# Typed for a fact that is to be empty again.
NONE: Final = "-"
LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "*")


@dataclass(frozen=True, slots=True)
class SiteQuestion:
    """One fact: the option that gives it, and how a terminal asks for it."""

    fact: str
    option: str
    title: str
    explanation: str


QUESTIONS: Final = (
    SiteQuestion(
        "name",
        "site_name",
        "Site name",
        "The name of your school, university or course. It is shown at the top of every page.",
    ),
    SiteQuestion(
        "controller",
        "controller",
        "Who is responsible for the data (controller)",
        "Name and postal or web address, in one line. The privacy notices must name it.",
    ),
    SiteQuestion(
        "contact",
        "contact",
        "Contact for questions about the data",
        "An e-mail address or phone number. The privacy notices give it.",
    ),
    SiteQuestion(
        "officer",
        "officer",
        "Data protection officer (optional)",
        "Name and e-mail address, if you have one. Type - for none.",
    ),
    SiteQuestion(
        "time_zone",
        "time_zone",
        "Time zone",
        "Pages show times in it. A name such as Europe/Berlin or America/New_York.",
    ),
    SiteQuestion(
        "languages",
        "languages",
        "Languages offered",
        "People can choose among these, and the first visit follows the browser. Codes with "
        "commas between.",
    ),
)


def ask_facts(options: Mapping[str, Any], *, ask: bool, write: Write) -> SiteFacts | None:
    """Return what is to be recorded; None where no option is given and no terminal is there.

    Raises BadFact for an option that cannot be recorded.
    """
    facts = site_facts.load() if site_facts.is_recorded() else make_defaults()
    given = [each for each in QUESTIONS if options[each.option] is not None]
    for question in given:
        facts = _with_answer(facts, question, options[question.option])
    if ask:
        for question in (each for each in QUESTIONS if each not in given):
            facts = _ask(facts, question, write)
    elif not given:
        return None
    site_facts.check(facts)
    return facts


def make_defaults() -> SiteFacts:
    """Return what is offered first: the site's host as its name, UTC, and every language."""
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host not in LOCAL]
    codes = tuple(code for code, _name in settings.LANGUAGES)
    return SiteFacts(name=hosts[0] if hosts else "Learning site", languages=codes)


def _ask(facts: SiteFacts, question: SiteQuestion, write: Write) -> SiteFacts:
    """Ask until the answer can be recorded. Enter keeps what is in brackets."""
    write(f"\n{question.title}\n{question.explanation}")
    default = _text(facts, question)
    while True:
        typed = input(f"[{default}] " if default else "> ").strip()
        try:
            answered = _with_answer(facts, question, typed or default)
            site_facts.check(answered)
        except BadFact as problem:
            write(str(problem))
        else:
            return answered


def _with_answer(facts: SiteFacts, question: SiteQuestion, typed: str) -> SiteFacts:
    typed = typed.strip()
    if question.fact == "languages":
        codes = tuple(code.strip().lower() for code in typed.split(",") if code.strip())
        return replace(facts, languages=codes)
    answer: dict[str, Any] = {question.fact: "" if typed == NONE else typed}
    return replace(facts, **answer)


def _text(facts: SiteFacts, question: SiteQuestion) -> str:
    value = getattr(facts, question.fact)
    return ",".join(value) if isinstance(value, tuple) else str(value)
