"""Eight kinds of tampering by someone with all rights on the database, at random."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit import leaves, merkle, tree_heads
from audit.leaves import leaf_hash
from audit.models import Leaf, Position, TreeHead, Witnessed
from audit.verification import verify
from vault import signing

FREED = (
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE audit_position DROP CONSTRAINT audit_position_pkey",
    "ALTER TABLE audit_position DROP CONSTRAINT audit_position_leaf_id_key",
    "ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_verb",
    "ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_public",
)
COLUMNS = ("id", "at", "verb", "actor_ref", "subject_ref", "public", "private_hash", "leaf_hash")


def free_hands():
    """Remove the database's own safeguards first, so that only the proofs are tested."""
    with connection.as_owner(), connection.cursor() as cursor:
        for statement in FREED:
            cursor.execute(statement)


def judged(witness, **changed):
    """Return the report of a verification one hour later."""
    said = {"key": signing.public_key(), "now": timezone.now() + timedelta(hours=1)}
    return verify(**{**said, "witness": witness, "own": witness is not None, **changed})


def after(change, seed, witness):
    """Return the findings after one change, which is then rolled back."""
    with transaction.atomic():
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            told = change(Random(seed))
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        counts = judged(witness).findings.counts
        transaction.set_rollback(True)
    return told, counts


def flip(rng):
    """Flip one bit of one column that a leaf is hashed from."""
    leaf = rng.choice(list(Leaf.objects.order_by("id")))
    column = rng.choice([name for name in COLUMNS if getattr(leaf, name) is not None])
    Leaf.objects.filter(id=leaf.id).update(**{column: _flipped(getattr(leaf, column), rng)})
    return column


def delete(rng):
    """Delete a leaf, perhaps with its position, perhaps moving the later ones down."""
    seq, how = rng.randrange(_size()), rng.choice(("leaf", "place", "moved"))
    _remove([Position.objects.get(seq=seq).leaf_id])
    if how == "leaf":
        return how
    Position.objects.filter(seq=seq).delete()
    if how == "moved":
        _shift(seq, -1)
    return how


def swap(rng):
    """Swap the positions of two leaves."""
    one, other = rng.sample(range(_size()), 2)
    ids = {seq: Position.objects.get(seq=seq).leaf_id for seq in (one, other)}
    for seq, id in ((one, ids[other]), (other, ids[one])):
        _query("UPDATE audit_position SET leaf_id = %s WHERE seq = %s", [id, seq])
    return one, other


def insert(rng):
    """Insert a valid leaf in the middle; the later ones move up."""
    seq = rng.randrange(_size())
    _shift(seq, 1)
    leaf = _forged(UUID(int=rng.getrandbits(128)))
    leaf.save(force_insert=True)
    Position.objects.create(seq=seq, leaf=leaf)
    return seq


def truncate(rng):
    """Cut off the end, with its heads and all records of their publication."""
    keep = rng.randrange(_size())
    Witnessed.objects.filter(head__gt=keep).delete()
    TreeHead.objects.filter(size__gt=keep).delete()
    gone = list(Position.objects.filter(seq__gte=keep).values_list("leaf_id", flat=True))
    Position.objects.filter(seq__gte=keep).delete()
    _remove(gone)
    return keep


def rewrite(rng):
    """Rewrite all acts from one position on with new hashes, signed with a wrong key or none."""
    begin, key = rng.randrange(_size()), rng.choice((None, b"k" * 32))
    _rewrite_from(begin, key=key)
    return begin, "no key" if key is None else "another key"


def resign(rng):
    """Do the same with the site's own signing key."""
    begin = rng.randrange(_size())
    _rewrite_from(begin, key=_own_seed())
    return begin


def head(rng):
    """Flip one bit in one column of a head, or delete the head."""
    row = rng.choice(list(TreeHead.objects.order_by("size")))
    column = rng.choice(("root", "signature", "at", "size", "dropped"))
    if column == "dropped":
        Witnessed.objects.filter(head=row).delete()
        row.delete()
    else:
        changed = {column: _flipped(getattr(row, column), rng)}
        TreeHead.objects.filter(size=row.size).update(**changed)
    return column, row.size


KINDS = {f.__name__: f for f in (flip, delete, swap, insert, truncate, rewrite, resign, head)}


def _rewrite_from(begin, *, key):
    for position in Position.objects.filter(seq__gte=begin).select_related("leaf"):
        leaf = position.leaf
        leaf.public = f"n=9{position.seq}"
        Leaf.objects.filter(id=leaf.id).update(public=leaf.public, leaf_hash=leaf_hash(leaf))
    entries = [
        bytes(hashed)
        for hashed in Position.objects.order_by("seq").values_list("leaf__leaf_hash", flat=True)
    ]
    for row in TreeHead.objects.filter(size__gt=begin):
        tree = merkle.Frontier()
        for entry in entries[: row.size]:
            tree.append(entry)
        changed = {"root": tree.root(), "frontier": b"".join(tree.hashes).hex()}
        if key is not None:
            changed["signature"] = _signed(
                key, tree_heads.signed_message(row.size, tree.root(), row.at)
            )
        TreeHead.objects.filter(size=row.size).update(**changed)


def _signed(seed, message):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign(signing.TREE_HEAD + message)


def _own_seed():
    from vault import site_keys

    return site_keys.signing_seed()


def _forged(id):
    return leaves.make_leaf(
        id, "demo.seed", actor=None, subject=None, public={"n": 1}, private={}, at=timezone.now()
    )


def _flipped(value, rng):
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1 << rng.randrange(128))
    if isinstance(value, int):
        return value ^ 1 << rng.randrange(8)
    if isinstance(value, str):
        at = rng.randrange(len(value))
        # Only the low bits, so that the text stays valid for the database.
        return value[:at] + chr(ord(value[at]) ^ 1 << rng.randrange(4)) + value[at + 1 :]
    if hasattr(value, "microsecond"):
        return value + timedelta(microseconds=1 << rng.randrange(40))
    raw = bytes(value)
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :]


def _shift(seq, by):
    _query("UPDATE audit_position SET seq = seq + %s WHERE seq >= %s", [by, seq])


def _remove(ids):
    _query("DELETE FROM audit_leaf WHERE id = ANY(%s)", [ids])


def _size():
    return Position.objects.count()


def _query(statement, values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
