"""Walks over all declarations: every list of "the tables about people" is derived from here."""

from __future__ import annotations

from collections import Counter

from django.db.models import ForeignKey, Model

from data_inventory.declaration import Holding, options_of, registered


def declared() -> list[Holding]:
    """All declarations, in the order of their labels."""
    return sorted(registered().values(), key=lambda holding: holding.label)


def erase_order() -> list[Holding]:
    """Declarations about people in the order of forgetting: who points comes before the target.

    Links count also where the database has no constraint for them (Blocks), because forgetting
    finds rows by walking links to the person. So `accounts.User`, which all point to, is last.
    """
    waiting = {h.model: h for h in declared() if h.subject is not None or callable(h.erase)}
    links = {model: _targets(model) - {model} for model in waiting}
    pointing_in = Counter(target for targets in links.values() for target in targets)
    order: list[Holding] = []
    while waiting:
        ready = min(waiting, key=lambda model: pointing_in[model])
        pointing_in.subtract(links[ready])
        order.append(waiting.pop(ready))
    return order


def _targets(model: type[Model]) -> set[type[Model]]:
    fields = options_of(model).local_concrete_fields
    return {field.related_model for field in fields if isinstance(field, ForeignKey)}
