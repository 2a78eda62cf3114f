"""The ways in which the vault says no."""

from __future__ import annotations


class KeyDestroyed(Exception):
    """A key of this value is gone; what it sealed stays unreadable for ever."""


class Tampered(Exception):
    """The bytes are not what was sealed for this place."""


class KeystoreBusy(Exception):
    """A destroyed key may still stand in the store's files, because another holds them open."""
