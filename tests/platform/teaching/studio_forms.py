"""What a browser would send of a sentence as it stands."""

from __future__ import annotations


def fields_of(sentence) -> dict[str, str]:
    rows = [row for clause in sentence.clauses for row in clause.rows]
    slots = [slot for row in rows for slot in (*row.slots, row.exit)]
    slots += [sentence.dwell, sentence.cooldown, sentence.cap, sentence.per, *sentence.offers]
    fields = {"shape": sentence.shape}
    for slot in filter(None, slots):
        fields[slot.name] = next(option.value for option in slot.options if option.chosen)
    return fields | {box.name: "on" for box in sentence.never if box.on}
