"""Data sets of others, read in their real layouts; a wrong or partial folder is named."""

from __future__ import annotations


class WrongFolder(ValueError):
    """A folder is not in the layout, or a file of it cannot be believed; says which and where."""
