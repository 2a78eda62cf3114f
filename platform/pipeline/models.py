"""Models of the pipeline: what the clock sent."""

from __future__ import annotations

from pipeline.beat.models import SentEntry as SentEntry
