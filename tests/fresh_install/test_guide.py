"""The administrators' page: its commands are complete, and each of them is rehearsed."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.fresh_install.guide import (
    FROM_BUCKET,
    INSTALL,
    PAGE,
    RESTORE,
    TO_BUCKET,
    UPDATE,
    GuideStep,
    find_steps,
    read_steps,
)

STEPS = read_steps(PAGE.read_text())


def test_every_block_of_shell_commands_is_run_by_the_rehearsal():
    assert [step.heading for step in STEPS] == [
        *INSTALL,
        *UPDATE,
        *RESTORE,
        *TO_BUCKET,
        *FROM_BUCKET,
    ]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.heading)
def test_a_block_is_shell_that_names_files_of_the_release(step):
    subprocess.run(["bash", "-n"], input=step.commands, text=True, check=True)
    for path in re.findall(r"(?:/opt/attune|\$RELEASE)/(deploy/[\w./*-]+)", step.commands):
        assert list(PAGE.parents[1].glob(path)), path


def test_a_value_takes_the_place_of_the_example():
    step = GuideStep("x", "export SITE=learn.example.org     # the name\nexport COUNTRY=DE")
    assert step.with_values({"SITE": "a b"}).commands == "export SITE='a b'\nexport COUNTRY=DE"
    with pytest.raises(KeyError):
        step.with_values({"NO_SUCH_NAME": "x"})


def test_steps_come_in_the_order_asked_for():
    assert [step.heading for step in find_steps(UPDATE + RESTORE)] == [*UPDATE, *RESTORE]
