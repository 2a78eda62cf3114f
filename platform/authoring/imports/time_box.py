"""Read a package in a process of its own; one that takes too long is a broken package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import said
from pipeline import time_box
from pipeline.time_box import Tell, TooSlow

Result = TypeVar("Result")


def run_in_time_box(
    read: Callable[..., Result], *arguments: Any, file: str, tell: Tell, cpu_s: int
) -> Result:
    """Return `read(*arguments, tell)`, run as by `pipeline.time_box`.

    BrokenPackage names `file` where the time limit was exceeded.
    """
    try:
        return time_box.run_in_time_box(read, *arguments, tell=tell, cpu_s=cpu_s)
    except TooSlow as error:
        sentence = _("reading it takes longer than {seconds} s; upload it in smaller parts")
        raise BrokenPackage(file, "", said(sentence, seconds=cpu_s)) from error
