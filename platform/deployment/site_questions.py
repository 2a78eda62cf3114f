"""Facts about the site that `manage.py setup` asks for: by option, else on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings

from accounts.site import site_facts
from accounts.site.site_facts import InvalidFact, SiteFacts

Write = Callable[[str], object]
# Typed to clear a fact.
CLEARED: Final = "-"
LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "*")


@dataclass(frozen=True, slots=True)
class SiteQuestion:
    """One fact: its option, and how it is asked for on a terminal."""

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
        "An email address or phone number. The privacy notices give it.",
    ),
    SiteQuestion(
        "officer",
        "officer",
        "Data protection officer (optional)",
        "Name and email address, if you have one. Enter - for none.",
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
        "People can choose one of these; the first visit follows the browser. Enter codes, "
        "separated by commas.",
    ),
    SiteQuestion(
        "new_accounts",
        "new_accounts",
        "Who can create accounts",
        "stewards: data stewards only; invitations: also people whom a teacher invites by email; "
        "join_links: also people with a join link. Data stewards can change this later under Site.",
    ),
    SiteQuestion(
        "email_domains",
        "email_domains",
        "Email domains for join links",
        "People who create an account with a join link need an address at one of these domains, "
        "such as school.example. Separate them with commas.",
    ),
)
LISTS: Final = ("languages", "email_domains")
CAN_BE_EMPTY: Final = ("officer", "email_domains")


def ask_facts(options: Mapping[str, Any], *, ask: bool, write: Write) -> SiteFacts | None:
    """Return the facts to record; None without options and without a terminal.

    Raises BadFact for an option that cannot be recorded.
    """
    facts = _load_offered() if site_facts.is_recorded() else make_defaults()
    given = [each for each in QUESTIONS if options[each.option] is not None]
    for question in given:
        facts = _with_option(facts, question, options[question.option])
    if ask:
        for question in (each for each in QUESTIONS if each not in given):
            if question.fact != "email_domains" or facts.new_accounts == "join_links":
                facts = _ask(facts, question, write)
    elif not given:
        return None
    site_facts.check(facts)
    return facts


def _load_offered() -> SiteFacts:
    """Return the recorded facts, without languages that this release no longer has."""
    facts, every = site_facts.load(), dict(settings.LANGUAGES)
    return replace(facts, languages=tuple(code for code in facts.languages if code in every))


def _with_option(facts: SiteFacts, question: SiteQuestion, typed: str) -> SiteFacts:
    """Return the facts with this option set. Raises BadFact, also for an empty option."""
    if not typed.strip():
        option = f"--{question.option.replace('_', '-')}"
        raise InvalidFact(question.fact, f"Enter a value for {option}, or leave the option out.")
    answered = _with_answer(facts, question, typed)
    site_facts.check_fact(answered, question.fact)
    return answered


def make_defaults() -> SiteFacts:
    """Return the default answers: the host as the site's name, UTC, and every language."""
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host not in LOCAL]
    codes = tuple(code for code, _name in settings.LANGUAGES)
    return SiteFacts(name=hosts[0] if hosts else "Learning site", languages=codes)


def _ask(facts: SiteFacts, question: SiteQuestion, write: Write) -> SiteFacts:
    """Ask until the answer is valid; Enter keeps the value in brackets."""
    write(f"\n{question.title}\n{question.explanation}")
    default = _text(facts, question)
    while True:
        typed = input(f"[{default}] " if default else "> ").strip()
        try:
            answered = _with_answer(facts, question, typed or default)
            site_facts.check_fact(answered, question.fact)
        except InvalidFact as problem:
            write(str(problem))
        else:
            return answered


def _with_answer(facts: SiteFacts, question: SiteQuestion, typed: str) -> SiteFacts:
    typed = typed.strip()
    if question.fact in LISTS:
        parts = () if typed == CLEARED else typed.lower().split(",")
        listed: dict[str, Any] = {question.fact: tuple(p.strip() for p in parts if p.strip())}
        return replace(facts, **listed)
    if typed == CLEARED and question.fact not in CAN_BE_EMPTY:
        raise InvalidFact(
            question.fact, "Only the data protection officer and the domains can be left empty."
        )
    if question.fact == "new_accounts":
        typed = typed.lower()
    answer: dict[str, Any] = {question.fact: "" if typed == CLEARED else typed}
    return replace(facts, **answer)


def _text(facts: SiteFacts, question: SiteQuestion) -> str:
    value = getattr(facts, question.fact)
    return ",".join(value) if isinstance(value, tuple) else str(value)
