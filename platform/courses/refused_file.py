"""The refusal of an uploaded file."""

from __future__ import annotations


class RefusedFile(Exception):
    """The file is not stored; the text says what to upload instead."""
