"""The ways in which the vault says no."""

from __future__ import annotations


class KeyDestroyed(Exception):
    """A key of this value is gone; what it sealed stays unreadable for ever."""


class Tampered(Exception):
    """The bytes are not what was sealed for this place."""


class KeystoreBusy(Exception):
    """A destroyed key still stands in the store's journal, because a reader holds it open."""
