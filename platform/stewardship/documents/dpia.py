"""The data protection impact assessment (GDPR Article 35(7)), from what the program knows."""

from __future__ import annotations

from consent.permits.gate import PERMIT_LIFETIME
from privacy.subject_requests.requests import ANSWER_WITHIN
from stewardship.documents.current_config import RunningConfig
from stewardship.documents.markdown import bullets, join_or_none, table, to_fill
from stewardship.documents.shared_sections import (
    document_head,
    limits_table,
    people_tables,
    streams_table,
)

# Risks to people, the measures against them, and the invariants whose tests prove these.
RISKS = (
    ("Feelings are estimated although local law forbids it",
     "Every access check applies the legal profile and denies by default; consent cannot allow "
     "what the profile does not allow", "I-3, I-24"),
    ("Someone is sensed without consent, or after withdrawing it",
     "The database itself checks each write against the active consent", "I-1, I-2"),
    ("Deleted data still exists in a backup or a copy",
     "Each person and consent scope has its own keys, and they are destroyed first",
     "I-8, I-10"),
    ("An estimate is taken for the truth",
     "Ranges and “not sure”; people can correct an estimate, and the correction applies at once",
     "I-18"),
    ("An estimate decides about a person",
     "Nothing that grades or unlocks reads an estimate; no rule acts on a sensor alone; after an "
     "objection, nothing is chosen by profiling", "I-23"),
    ("A teacher singles out one person in a class summary",
     "Minimum group sizes; complete cells, published once; a withdrawn cell is never counted "
     "again", "I-22"),
    ("Someone with access views data without a reason",
     "Every view of one person leaves an audit entry that the person can see", "I-19, I-20"),
    ("Refusing has a cost",
     "With every sensor off, the course and its grades are the same", "I-23"),
    ("Images, sound or typed keys leave the browser",
     "They are turned into numbers in the page", "I-25"),
)  # fmt: skip


def impact_assessment(config: RunningConfig) -> list[str]:
    return [
        *document_head(
            config,
            "Data protection impact assessment",
            "What is processed, why it is necessary, what can go wrong for people, and which "
            "measures prevent it.",
        ),
        *_processing_section(config),
        *_necessity_section(config),
        *_risk_section(),
        *_rights_section(),
    ]


def _processing_section(config: RunningConfig) -> list[str]:
    return [
        "## 1. What is processed",
        "A learner watches videos, answers questions and is sensed only as far as they allow. "
        "From what is sensed, a model makes estimates, or says that it is not sure; a rule may "
        f"then suggest help. People take part as: {join_or_none(config.roles)}.",
        "### What may be sensed",
        streams_table(config),
        "### What is stored about people",
        people_tables(config),
        to_fill("number and age of the people; whether any of this is new for them; systems of the "
                "institution that send or receive data."),
    ]  # fmt: skip


def _necessity_section(config: RunningConfig) -> list[str]:
    return [
        "## 2. Necessity and proportionality",
        "Course records result from taking the course. Everything sensed is based on consent "
        "(Articles 6(1)(a) and 9(2)(a)), asked for each type of data and each purpose, and off "
        "until it is given.",
        "### Limits of the legal profile",
        limits_table(config),
        to_fill("the lawful basis of the course itself; why the same aim cannot be reached with "
                "less; how this institution ensures that refusing has no cost."),
    ]  # fmt: skip


def _risk_section() -> list[str]:
    return [
        "## 3. Risks to people, and measures against them",
        table(["Risk", "Measure", "Proved by tests of"], RISKS),
        to_fill("likelihood and severity of each risk here; risks specific to this institution; "
                "the remaining risk, and whether the authority has to be consulted (Article 36)."),
    ]  # fmt: skip


def _rights_section() -> list[str]:
    return [
        "## 4. Rights",
        bullets(
            (
                "People can download a copy of everything themselves, at once "
                "(Articles 15 and 20).",
                "An estimate can be corrected at once; a data steward corrects anything else "
                "(Article 16).",
                "Consent is withdrawn with one click; the data collected, and what was made from "
                "it, is deleted (Articles 7(3) and 17).",
                "A pause and an objection take effect within "
                f"{PERMIT_LIFETIME.total_seconds():g} s, and no "
                "one has to agree (Articles 18 and 21).",
                f"A request to the data stewards is due within {ANSWER_WITHIN.days} days "
                "(Article 12(3)).",
                "No decision about a person is made by a machine alone (Article 22).",
            )
        ),
        to_fill("the views of the people, their parents or their representatives (Article 35(9))."),
    ]  # fmt: skip
