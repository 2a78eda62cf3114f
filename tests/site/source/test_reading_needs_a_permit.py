"""Code that reads sensed or estimated rows holds a Permit: the source is walked.

Row security in the database was measured and rejected (docs/adr/0007). This test replaces it, in
addition to sealing. Every query of a sealed model and every unsealing must be in a function that
takes a Permit or asks the gate. Exceptions are listed here with their reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

import data_inventory

ROOT = Path(__file__).resolve().parents[3]
# The last four classes contain the Permits for the data they name.
PERMIT = re.compile(
    r"\b(Permit|Permits|GateAnswers|GrantStatus|Answers|StreamPass|Standing|SensedWindow|ShownMoment|TrackRequest)\b"
)
MANAGERS = {"objects", "_default_manager", "_base_manager"}
OPENS = {"unseal", "unseal_value"}
# Names, ids at learning platforms, answers, posts, requests, leaves, exports: sealed, neither
# sensed nor estimated.
OPEN_OTHER_THINGS = {
    "accounts", "audit", "consent", "courses", "discussion", "lti", "messaging", "privacy",
}  # fmt: skip

# function -> why it takes no Permit
ASKS_NEXT = "loads the rows whose scopes are then asked for; nothing is opened without the answer"
A_PAGE = "names a view that is called like a relation"
STANDING = "opens nothing before `standing`, which asks the gate for this very moment"
CLEAR = "reads ids, numbers, times or states, which are not sealed"
A_LIST = "opens what a list of people says of names and birthdays, nothing sensed or guessed"
A_NOTE = "opens what a Teacher wrote for the authors of a lesson, nothing sensed or guessed"
A_SEARCH = "opens what a Steward typed to find people, and their codes"
WITHOUT = {
    "adaptation.check_ins:_was_asked_recently": CLEAR,
    "adaptation.offers.vetoes:_find_estimates": CLEAR,
    "learner.journey.feed:load_samples": ASKS_NEXT,
    "learner.journey.behaviour_views:load_behaviour_lines": ASKS_NEXT,
    "learner.journey.behaviour_views:load_samples": ASKS_NEXT,
    "learner.journey.feed:load_guesses": ASKS_NEXT,
    "learner.journey.other_models:load_other_guesses": ASKS_NEXT,
    "learner.journey.wearable:load_wearable_line": ASKS_NEXT,
    "learner.mastery.bars:are_pending": CLEAR,
    "config.api.schema:(module)": A_PAGE,
    "config.api.urls:(module)": A_PAGE,
    "discussion.urls:(module)": A_PAGE,
    "estimates.behaviour_disputes:_move_steps": CLEAR,
    "estimates.inference.affect:_find_disputed": CLEAR,
    "estimates.explanation_worker:process_due": ASKS_NEXT,
    "estimates.explanation_worker:_give_up": CLEAR,
    "estimates.explanation_worker:_store": (
        "keeps what was read under Permits; the wall looks once more"
    ),
    "estimates.inference.personal_calibration:_fit": "sums up what was opened under Permits",
    "estimates.inference.personal_calibration:learn_due": CLEAR,
    "estimates.inference.sitting_baseline:_read_stored_each": (
        "loads rows with their Permits beside them; opens none itself"
    ),
    "estimates.inference.sitting_baseline:_store": (
        "deletes what was made too early, stores what Permits allow"
    ),
    "pipeline.page_messages:estimate_messages": (
        "asks the gate for all at once; opens under its Permits"
    ),
    "estimates.knowledge.mastery:_refine_some": (
        "asks the gate for all at once; traces under its Permits"
    ),
    "estimates.knowledge.mastery:_write": "stores what was sealed under a Permit",
    "estimates.self_reports:_check_earlier_report": CLEAR,
    "estimates.sensing_survey:list_due": CLEAR,
    "tools.chaos.invariants:_count_missing": CLEAR,
    "tools.chaos.invariants:count_effects": CLEAR,
    "health.readiness:_check_partitions": "asks the catalogue for partitions",
    "demo.simulated_learners.stats:measure_estimate_delays": CLEAR,
    "tools.loadtest.storage.disk_usage:_time_erasure": CLEAR,
    "tools.loadtest.storage.disk_usage:_measure_files": "asks the catalogue for sizes",
    "tools.loadtest.storage.disk_usage:_find_key_ids": CLEAR,
    "tools.loadtest.storage.disk_usage:_measure_rows": CLEAR,
    "demo.simulated_learners.stats:count_estimates": CLEAR,
    "demo.simulated_learners.stats:count_windows": CLEAR,
    "demo.class_weeks.pupil:do": "collects new rows in lists that are called like relations",
    "demo.class_weeks.weeks:write_weeks": "stores new rows of lists that are called like relations",
    "demo.class_weeks.records:estimate_mastery": "makes empty rows; they are traced under Permits",
    "demo.learner_history:has_estimates": CLEAR,
    "research.labels.annotation:_labelled_ids": CLEAR,
    "research.labels.annotation:last_item": CLEAR,
    "research.labels.annotation:rate": STANDING,
    "research.registry.comparison:_pairs": "asks the gate of all at once, and opens none without",
    "research.snapshots.snapshot_counts:digest_rows": CLEAR,
    "research.snapshots.snapshot_counts:labelled": "adds counts that are called like relations",
    "research.snapshots.snapshot_counts:count_readable": CLEAR,
    "research.snapshots.erasure:forget": "forgets",
    "research.snapshots.erasure:forget_since": "forgets",
    "research.snapshots.freeze_worker:_store_rows": (
        "stores what was made under Permits, behind the wall"
    ),
    "research.snapshots.freeze_worker:_store": "forgets what a failed try left",
    "estimates.group_figures.publications:find_last_dispute": CLEAR,
    "estimates.group_figures.withdrawal:_members_gone": CLEAR,
    "estimates.group_figures.eligible_estimates:_estimate_rows": (
        "its caller asked the gate of all these people at once"
    ),
    "estimates.group_figures.unsealing:unseal_estimates": (
        "opens each under the Permits that it was admitted by"
    ),
    "telemetry.blocks.block_store:newest_blocks": CLEAR,
    "telemetry.blocks.block_store:stored_numbers": CLEAR,
    "telemetry.erasure:forget_blocks": "forgets; a Permit may be gone by then",
    "telemetry.erasure:forget_blocks_since": "forgets",
    "privacy.reencryption:_reseal_blocks": ("reseals what it may not read, under the live Grants"),
    "telemetry.blocks.group_commit:commit": "stores; the statement joins the live Grants",
    "telemetry.blocks.group_commit:_look_up": (
        "why a Block did not come back: compared with what was sent"
    ),
    "telemetry.blocks.group_commit:_compare": (
        "why a Block did not come back: compared with what was sent"
    ),
    "telemetry.device_tokens.stream_locks:free_from": CLEAR,
    "telemetry.device_tokens.stream_locks:sent_since": CLEAR,
    "telemetry.blocks.partitions:_days": "asks the catalogue for partitions",
    "teaching.lessons.recording_notes:_read": A_NOTE,
    "stewardship.people.imports.encryption:unseal_of_run": A_LIST,
    "stewardship.people.imports.encryption:unseal_row": A_LIST,
    "stewardship.people.search.results:unseal_found": A_SEARCH,
    "stewardship.people.search.results:unseal_words": A_SEARCH,
}


def sealed_models() -> list[type]:
    """Return the models of these apps with sealed columns: sensed, estimated, labelled,
    reported."""
    found = [
        holding.model
        for holding in data_inventory.all()
        if holding.model._meta.app_label in ("telemetry", "estimates", "research")
        and data_inventory.SEALED in holding.columns.values()
    ]
    assert len(found) >= 6
    return found


def back_ways() -> set[str]:
    """Return reverse relation names to these models, such as `affectestimates`."""
    fields = [field for model in sealed_models() for field in model._meta.get_fields()]
    names = {f.remote_field.related_name for f in fields if f.concrete and f.is_relation}
    return {name for name in names if name and name != "+"}


class Roads(ast.NodeVisitor):
    """The functions of one module that query or unseal without a Permit in their parameters."""

    def __init__(self, module: str, names: set[str], tables: set[str], ways: set[str]) -> None:
        self.module, self.names, self.ways = module, names, ways
        self.sql = re.compile(rf"\b({'|'.join(sorted(tables))})\b")
        self.outer: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        self.statements: set[str] = set()
        self.found: set[str] = set()
        self.called: set[int] = set()

    def visit_FunctionDef(self, node) -> None:
        self.outer.append(node)
        self.generic_visit(node)
        self.outer.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Assign(self, node) -> None:
        """Count a statement assigned to a name where the name is used."""
        if not self.outer and self._queries(node.value):
            self.statements |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        self.generic_visit(node)

    def visit_Constant(self, node) -> None:
        if self.outer and self._queries(node):
            self._note()

    def visit_Name(self, node) -> None:
        if isinstance(node.ctx, ast.Load) and node.id in self.statements:
            self._note()

    def visit_Attribute(self, node) -> None:
        if node.attr in MANAGERS and self._named(node.value) in self.names:
            self._note()
        if node.attr in self.ways and id(node) not in self.called:
            self._note()
        self.generic_visit(node)

    def visit_Call(self, node) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in self.ways:
            # `disputes.dispute(…)` is a function of that name; a relation is not called.
            self.called.add(id(node.func))
        if (
            self._named(node.func) in OPENS
            and self.module.partition(".")[0] not in OPEN_OTHER_THINGS
        ):
            self._note()
        if self._named(node.func) == "get_model" and self._names_a_model(node):
            self._note()
        self.generic_visit(node)

    def _names_a_model(self, node) -> bool:
        said = " ".join(a.value for a in node.args if isinstance(a, ast.Constant))
        return any(name.lower() in said.lower() for name in self.names)

    def _queries(self, node) -> bool:
        words = " ".join(
            part.value if isinstance(part.value, str) else part.value.decode(errors="replace")
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        )
        # A CHECK or a Place only names the table; a query reads or writes it.
        return bool(self.sql.search(words) and re.search(r"\b(FROM|JOIN|INTO|UPDATE)\b", words))

    @staticmethod
    def _named(node) -> str:
        return getattr(node, "attr", None) or getattr(node, "id", "")

    def _note(self) -> None:
        if not any(takes_a_permit(one) or asks_the_gate(one) for one in self.outer):
            self.found.add(f"{self.module}:{self.outer[0].name if self.outer else '(module)'}")


def takes_a_permit(function) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    said = " ".join(ast.unparse(a.annotation) for a in arguments if a.annotation)
    return bool(PERMIT.search(said))


def asks_the_gate(function) -> bool:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(
        ast.unparse(call) in ("gate.permit", "gate.permits", "permits_of_people") for call in calls
    )


def roads(source: str, module: str) -> set[str]:
    models = sealed_models()
    names, tables = {m.__name__ for m in models}, {m._meta.db_table for m in models}
    walk = Roads(module, names, tables, back_ways())
    walk.visit(ast.parse(source))
    return walk.found


def modules() -> Iterator[tuple[str, str]]:
    for above, folder in ((ROOT / "platform", ROOT / "platform"), (ROOT, ROOT / "tools")):
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts and "vault" not in file.parts:
                yield ".".join(file.relative_to(above).with_suffix("").parts), file.read_text()


def test_every_read_of_sensed_rows_takes_a_permit_or_is_listed():
    found = {road for module, source in modules() for road in roads(source, module)}
    assert sorted(found - set(WITHOUT)) == [], "give it a Permit, or say above why not"
    assert sorted(set(WITHOUT) - found) == [], "these lines are about nothing any more"


PLANTS = {
    "by the manager": "def peek():\n    return AffectEstimate.objects.all()",
    "by another name of it": "def peek():\n    return Block._base_manager.first()",
    "through the module": "def peek():\n    return models.MasteryEstimate.objects.all()",
    "backwards": "def peek(user):\n    return user.affectestimates.all()",
    "in SQL": "def peek(c):\n    c.execute('SELECT sealed FROM telemetry_block')",
    "in SQL of bytes": "def peek(c):\n    c.execute(b'SELECT 1 FROM telemetry_block')",
    "in SQL put together": (
        "def peek(c, t):\n    c.execute(f'SELECT {t} ' 'FROM estimates_selfreport')"
    ),
    "in SQL under a name": "Q = 'SELECT 1 FROM telemetry_block'\ndef peek(c):\n    c.execute(Q)",
    "by the registry of apps": "def peek():\n    return apps.get_model('estimates', 'Dispute')",
    "by opening": "def peek(row, place):\n    return unseal_value(row.sealed, place=place)",
    "inside another function": "def peek():\n    def in_():\n        return Block.objects.all()",
    "in a method": "class A:\n    def peek(self):\n        return Block.objects.all()",
    "at the top of a module": "ALL = Block.objects.all()",
    "async": "async def peek():\n    return [b async for b in Block.objects.all()]",
    "with a permit in its name only": "def permit():\n    return Block.objects.all()",
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_read_without_a_permit_is_detected(plant):
    assert roads(PLANTS[plant], "planted")


@pytest.mark.parametrize(
    "source",
    [
        "def read(permit: Permit):\n    return Block.objects.all()",
        "def read(*, permits: Mapping[str, Permit]):\n    return Block.objects.all()",
        "def place():\n    return Place('telemetry_block', 'sealed')",
        "def own(user):\n    gate.permit(user.code, 'course')\n    return Block.objects.all()",
        "def correct():\n    disputes.dispute(1)",
        "def others():\n    return Course.objects.all()",
    ],
)
def test_reads_with_a_permit_and_other_rows_are_accepted(source):
    assert roads(source, "planted") == set()


def test_the_guarded_models_are_the_sealed_ones():
    assert {model.__name__ for model in sealed_models()} >= {
        "Block", "AffectEstimate", "BehaviourEstimate", "MasteryEstimate", "SelfReport", "Dispute",
    }  # fmt: skip
    assert apps.get_model("telemetry", "Block") in sealed_models()
