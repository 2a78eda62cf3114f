"""The technical documentation of a high-risk system, in the structure of AI Act, Annex IV."""

from __future__ import annotations

import json
from typing import Any

from audit.verbs import VERBS
from interventions.rules import Rule
from interventions.signals import SIGNALS
from stewardship.documents.current_config import Condition, RunningConfig, ShippedModel
from stewardship.documents.markdown import bullets, join_or_none, table, to_fill
from stewardship.documents.shared_sections import document_head, limits_table, streams_table


def technical_documentation(config: RunningConfig) -> list[str]:
    return [
        *document_head(
            config,
            "Technical documentation",
            "Regulation (EU) 2024/1689, Annex IV. Figures are taken from the model cards.",
        ),
        *_general(config),
        *_development(config),
        *_control(config),
        "## 4. Appropriateness of the performance metrics",
        "A model is evaluated on people and videos it was not trained on, and compared with the "
        "share of the largest class and with a simpler model. One trained on simulated people says "
        "so, and its figures are properties of the simulation, not accuracy on people.",
        *_closing_sections(config),
    ]


def _general(config: RunningConfig) -> list[str]:
    return [
        "## 1. General description",
        "Attune suggests help while people learn. It never grades, never decides about access, and "
        "never acts on a sensor alone.",
        streams_table(config),
        to_fill("provider and deployer; intended purpose here; versions of the hardware and "
                "software it runs on; instructions for use as provided."),
    ]  # fmt: skip


def _development(config: RunningConfig) -> list[str]:
    parts = ["## 2. Elements and development", "### Models"]
    for model in config.models:
        parts += _model(model)
    parts += ["### Rules", "What a rule considers, and when it may suggest something."]
    for rule, condition in config.rules:
        parts += _rule(rule, condition)
    return parts


def _model(model: ShippedModel) -> list[str]:
    card = model.card
    reads = join_or_none(
        f"{name} ({join_or_none(stream['channels'])})" if "channels" in stream else name
        for name, stream in card["streams"].items()
    )
    return [
        f"#### {card['title']}",
        table(
            ["What", "From the model card"],
            [
                ("Artefact", f"`{card['name']}-{model.digest}`, "
                 f"{'in use' if model.active else 'not in use'}"),
                ("Estimates", f"{card['kind']}: {join_or_none(card['labels'])}"),
                ("Trained on", f"{card['origin']} people. {card['data']}"),
                ("Inputs", reads),
                ("Never seen", join_or_none(card["never_seen"])),
                ("Evaluated", card["protocol"]),
                ("Not sure below", card["threshold"]),
            ],
        ),
        table(
            ["Figure", "Value"], [(name, format_figure(v)) for name, v in card["figures"].items()]
        ),
        "Limits:",
        bullets(card["limits"]),
    ]  # fmt: skip


def format_figure(value: Any) -> str:
    """Return a number, or one with its interval."""
    if isinstance(value, list) and len(value) == 3:
        return f"{value[0]} ({value[1]} to {value[2]})"
    return str(value)


def _rule(rule: Rule, condition: Condition) -> list[str]:
    against = join_or_none(
        f"{leaf.signal} {leaf.op} {leaf.value}" for leaf in rule.contraindications
    )
    return [
        f"#### {rule.id} {rule.title}, version {rule.version}",
        table(
            ["What", "Value"],
            [
                ("When", f"`{json.dumps(condition)}`"),
                ("Waiting time", f"{rule.dwell_s:g} s"),
                ("Pause afterwards", f"{rule.cooldown_s:g} s"),
                ("At most", f"{rule.cap.offers} in {rule.cap.per_s:g} s per {rule.cap.per}"),
                ("Never while", against),
                ("Suggests", join_or_none(rule.step)),
                ("Holds back rules", join_or_none(rule.suppresses)),
                ("Probability of suggesting", f"{rule.probability:g}"),
                ("Text", rule.explain.lead),
            ],
        ),
    ]


def _control(config: RunningConfig) -> list[str]:
    biometric = join_or_none(name for name, signal in SIGNALS.items() if signal.biometric)
    return [
        "## 3. Monitoring, functioning and control",
        "### Human oversight (Article 14)",
        bullets(
            (
                "Learners see each estimate no later than any teacher. They can correct it, "
                "dismiss a suggestion, pause everything or turn off profiling.",
                "Teachers can switch off a rule for a course.",
                "The legal profile is chosen by two data stewards together.",
                f"Signals from the body ({biometric}) count only together with something the "
                "learner did or said.",
            )
        ),
        "### Limits of the legal profile",
        limits_table(config),
        "### Logging (Article 12)",
        "Each decision is recorded with its signals, its reason and its probability. Each of these "
        "actions leaves an entry in the audit log: "
        + join_or_none(f"`{verb}`" for verb in VERBS)
        + ".",
        to_fill("who oversees the system here, how often, and who may stop it."),
    ]


def _closing_sections(config: RunningConfig) -> list[str]:
    return [
        "## 5. Risk management (Article 9)",
        "See the data protection impact assessment generated from the same configuration.",
        to_fill("remaining risks to health, safety and fundamental rights, and why they are "
                "acceptable."),
        "## 6. Changes through the lifecycle",
        f"A model is identified by the digest of its content; {len(config.models)} are listed. "
        f"Rules have a version; {len(config.rules)} are included. A change of either leaves an "
        "audit entry.",
        "## 7. Standards",
        to_fill("harmonised standards or common specifications that are applied."),
        "## 8. EU declaration of conformity",
        to_fill("a copy of the declaration."),
        "## 9. After it is in use (Article 72)",
        "The program measures at random whether its suggestions help, and says so when it does not "
        "know.",
        to_fill("the plan for monitoring it in use, and how serious incidents are reported."),
    ]  # fmt: skip
