"""Where the stages meet: due rows are drained here, and what was decided goes out to pages."""

from __future__ import annotations

from pipeline.task_dispatch import wake

__all__ = ["wake"]
