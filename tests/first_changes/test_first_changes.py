"""The first changes of CONTRIBUTING.md still work as its recipes say, in as few files."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.first_changes.patches import (
    PRODUCT,
    ROOT,
    FailedCheck,
    FirstChange,
    OutdatedPatch,
    TooManyFiles,
    apply_patch,
    check_catalogues,
    check_size,
    copy_tree,
    list_files,
    run_tests,
)

RULE = FirstChange("rule", "A rule", 2, ("tests/interventions/test_catalogue.py",))
CHANGES = (
    RULE,
    FirstChange(
        "teacher_page",
        "A page for teachers",
        8,
        (
            "tests/platform/teaching/test_caption_views.py",
            "tests/first_changes/page_checks.py",
            "tests/site/pages/test_permission_matrix.py::test_the_page_lists_exactly_the_urls",
            "tests/site/pages/test_query_counts.py::test_every_page_has_a_number",
        ),
    ),
    FirstChange(
        "stream",
        "A stream",
        6,
        (
            "tests/emotion/features/test_breathing.py",
            "tests/emotion/test_streams.py",
            "tests/platform/consent/legal_profiles/test_profiles.py",
            "tests/platform/consent/notices/test_notice_facts.py",
            "tests/platform/consent/notices/test_notice_texts.py",
            "tests/platform/consent/test_scope_patterns.py",
            "tests/platform/telemetry/test_javascript_streams.py",
            "tests/site/docs",
        ),
    ),
    FirstChange(
        "question_type",
        "A question type",
        6,
        (
            "tests/platform/courses/question_types",
            "tests/platform/authoring/editor/questions/test_forms.py",
            "tests/platform/authoring/formats/attune/test_every_kind.py",
            "tests/site/docs/test_formats_page.py",
        ),
    ),
    FirstChange(
        "predictor",
        "A Predictor",
        5,
        ("tests/emotion/models/majority", "tests/emotion/models/test_registry.py"),
    ),
)
each_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)


@pytest.fixture
def copy(tmp_path):
    copy_tree(tmp_path / "copy")
    return tmp_path / "copy"


@each_change
def test_a_first_change_works_in_as_few_files_as_promised(change, copy):
    check_size(change)
    apply_patch(change, copy)
    check_catalogues(change, copy)
    run_tests(change, copy)


@each_change
def test_its_tests_fail_without_its_product_part(change, copy):
    apply_patch(change, copy, leave_out=PRODUCT)
    with pytest.raises(FailedCheck, match=r"-m pytest .*: [12]\n"):
        run_tests(change, copy)


def test_a_patch_with_too_many_files_is_refused():
    with pytest.raises(TooManyFiles, match=r"at most 1 files, got 2:\ninterventions/catalogue/R17"):
        check_size(replace(RULE, most_files=1))


def test_a_patch_with_a_migration_is_refused(tmp_path, monkeypatch):
    text = RULE.patch.read_text().replace("tests/interventions/", "platform/audit/migrations/")
    (tmp_path / "rule.patch").write_text(text)
    monkeypatch.setattr("tests.first_changes.patches.HERE", tmp_path)
    with pytest.raises(TooManyFiles, match=r"no migration, got .*platform/audit/migrations/"):
        check_size(RULE)


def test_a_patch_of_moved_code_names_the_hunk_and_the_recipe(tmp_path):
    file = tmp_path / "tests" / "interventions" / "test_catalogue.py"
    file.parent.mkdir(parents=True)
    moved = (ROOT / "tests/interventions/test_catalogue.py").read_text()
    file.write_text(moved.replace("test_the_pack_is_whole_and_in_order", "test_the_whole_pack"))
    with pytest.raises(OutdatedPatch) as caught:
        apply_patch(RULE, tmp_path)
    assert re.search(r"patch failed: tests/interventions/test_catalogue.py:\d+", str(caught.value))
    assert 'recipe "A rule" of CONTRIBUTING.md' in str(caught.value)


def test_a_patch_applies_where_unrelated_lines_have_moved(tmp_path):
    file = tmp_path / "tests" / "interventions" / "test_catalogue.py"
    file.parent.mkdir(parents=True)
    now = (ROOT / "tests/interventions/test_catalogue.py").read_text()
    file.write_text("# A new line.\n" * 40 + now)
    apply_patch(RULE, tmp_path)
    assert (tmp_path / "interventions" / "catalogue" / "R17.json").exists()
    assert '"R17": {"rewinds_60s": 2}' in file.read_text()


def test_each_recipe_has_its_patch():
    recipes = (ROOT / "CONTRIBUTING.md").read_text().split("## First changes")[1]
    headings = re.findall(r"^### (.*)$", recipes, re.MULTILINE)
    assert sorted(headings) == sorted(change.recipe for change in CHANGES)


@each_change
def test_its_translations_are_not_in_its_patch(change):
    assert not [file for file in list_files(change.patch) if file.startswith("platform/locale/")]
    assert change.translations.exists()
