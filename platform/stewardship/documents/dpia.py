"""The data protection impact assessment (GDPR Article 35(7)), as far as the program can know it."""

from __future__ import annotations

from consent.permits.gate import LIFE
from privacy.subject_requests.requests import ANSWER_WITHIN
from stewardship.documents.current_config import Live
from stewardship.documents.markdown import bullets, joined, table, to_fill
from stewardship.documents.shared_sections import head, limits_table, people_tables, streams_table

# What can go wrong for people, what stands against it, and where that is proved.
RISKS = (
    ("Feelings are inferred although the law of the place forbids it",
     "The legal profile is asked inside the gate, deny by default; consent cannot allow what it "
     "blocks", "I-3, I-24"),
    ("Somebody is sensed without, or after taking back, their yes",
     "Each write is checked against the live Grant by the database itself", "I-1, I-2"),
    ("What was deleted is still there, in a backup or a copy",
     "Each person and scope has keys of its own, destroyed first", "I-8, I-10"),
    ("A guess is taken for the truth",
     "Ranges and “not sure”; a person corrects a guess and their word wins at once", "I-18"),
    ("A guess decides about a person",
     "Nothing that grades or unlocks reads a guess; no rule acts on a sensor alone; a person "
     "objects and nothing is chosen by profile", "I-23"),
    ("A teacher finds one person in a class picture",
     "Floors, whole cells published once, a withdrawn cell is never counted anew", "I-22"),
    ("Somebody inside looks without reason",
     "Every individual view leaves a leaf that the person sees", "I-19, I-20"),
    ("Refusing costs something",
     "The course is the same, on the same grade path, with every sensor off", "I-23"),
    ("Pictures, sound or what is typed leave the browser",
     "They are turned into numbers in the page", "I-25"),
)  # fmt: skip


def impact(live: Live) -> list[str]:
    return [
        *head(
            live,
            "Data protection impact assessment",
            "What is processed, why that is necessary, what can go wrong for people, and what "
            "stands against it.",
        ),
        *_described(live),
        *_necessary(live),
        *_risks(),
        *_rights(),
    ]


def _described(live: Live) -> list[str]:
    return [
        "## 1. What is processed",
        "A learner watches videos, answers questions and is sensed only as far as they allow. "
        "From what is sensed a model guesses, or says that it is not sure; a rule may then offer "
        f"help. People take part as: {joined(live.roles)}.",
        "### What may be sensed",
        streams_table(live),
        "### What is kept about people",
        people_tables(live),
        to_fill("how many people of which age; whether any of this is new for them; systems of "
                "the institution that send or take data."),
    ]  # fmt: skip


def _necessary(live: Live) -> list[str]:
    return [
        "## 2. Why it is necessary, and no more than that",
        "Course records follow from taking the course. Everything sensed rests on consent "
        "(Articles 6(1)(a) and 9(2)(a)), asked for each kind and each purpose, off until given.",
        "### Limits of the legal profile",
        limits_table(live),
        to_fill("the lawful basis of the course itself; why the same aim cannot be reached with "
                "less; how refusing is made free of any cost in this institution."),
    ]  # fmt: skip


def _risks() -> list[str]:
    return [
        "## 3. Risks to people, and what stands against them",
        table(["What can go wrong", "What stands against it", "Proved by tests of"], RISKS),
        to_fill("likelihood and severity of each risk here; risks of this place; what remains, "
                "and whether the authority has to be consulted (Article 36)."),
    ]  # fmt: skip


def _rights() -> list[str]:
    return [
        "## 4. Rights",
        bullets(
            (
                "A copy of everything, by the person alone, at once (Articles 15 and 20).",
                "A correction of a guess at once, of anything else by a Steward (Article 16).",
                "A yes is taken back with one click; what was taken and made from it goes "
                "(Articles 7(3) and 17).",
                f"A pause and an objection hold within {LIFE.total_seconds():g} s, without "
                "anybody having to agree (Articles 18 and 21).",
                f"What waits for a Steward is due in {ANSWER_WITHIN.days} days (Article 12(3)).",
                "Nothing is decided about a person by a machine alone (Article 22).",
            )
        ),
        to_fill("what people, their parents or their representatives said when they were asked "
                "(Article 35(9))."),
    ]  # fmt: skip
