"""Process due rows, from sensed Windows to offers on pages."""

from __future__ import annotations

from pipeline.task_dispatch import wake

__all__ = ["wake"]
