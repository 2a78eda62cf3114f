"""IMS QTI 1.2: quizzes of Canvas, Blackboard, Respondus and other systems."""

from __future__ import annotations

from authoring.formats.qti12.reader import fits, read, slug_of

__all__ = ["fits", "read", "slug_of"]
