"""Readers of data sets in their original layouts; a wrong or incomplete folder is reported."""

from __future__ import annotations


class WrongFolder(ValueError):
    """A folder is not in the layout, or one of its files is invalid; the message says which and
    where.
    """
