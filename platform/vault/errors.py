"""The ways in which the vault says no."""

from __future__ import annotations


class KeyDestroyed(Exception):
    """A key of this value is gone; what it sealed stays unreadable for ever."""


class Tampered(Exception):
    """The bytes are not what was sealed for this place."""


class KeystoreBusy(Exception):
    """The keystore's files are held by another, their disk takes nothing, or the transit service
    around them does not answer: again later.

    Nothing was made; of what was to be destroyed a trace may still stand in them.
    """
