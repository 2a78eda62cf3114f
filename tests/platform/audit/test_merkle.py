"""RFC 6962 trees: the published vectors, and proofs that hold only for what they prove.

The entries and roots are those of the reference implementation (certificate-transparency,
`merkletree/merkle_tree_test.cc`, and transparency-dev/merkle, `testonly/constants.go`).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import Frontier

ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def entries(count):
    return [number.to_bytes(4, "big") for number in range(count)]


def flipped(digest):
    return bytes([digest[0] ^ 1]) + digest[1:]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size):
    assert merkle.compute_root(ENTRIES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCIES)
def test_the_proofs_of_consistency_are_the_published_ones(old, new, proof):
    found = merkle.prove_consistency(old, new, merkle.hash_ranges(ENTRIES))
    assert [hashed.hex() for hashed in found] == proof


def test_a_frontier_that_is_stopped_anywhere_goes_on_to_the_same_root():
    whole = entries(40)
    for stop in range(40):
        first = Frontier()
        for entry in whole[:stop]:
            first.append(entry)
        assert first.fits()
        kept = Frontier(first.size, list(first.hashes))
        for entry in whole[stop:]:
            kept.append(entry)
        assert kept.root() == merkle.compute_root(whole)


@given(st.integers(1, 70), st.data())
def test_a_consistency_proof_holds_only_for_its_trees(new, data):
    old = data.draw(st.integers(1, new))
    whole = entries(new)
    before = Frontier()
    for entry in whole[:old]:
        before.append(entry)
    # Computed as the site does: from the frontier and the new entries only.
    proof = merkle.prove_consistency(old, new, merkle.hash_ranges(whole[old:], before))
    roots = {"old_root": merkle.compute_root(whole[:old]), "new_root": merkle.compute_root(whole)}

    assert proof == merkle.prove_consistency(old, new, merkle.hash_ranges(whole))
    assert merkle.is_consistent(old, new, proof=proof, **roots)
    for name in roots:
        changed = {**roots, name: flipped(roots[name])}
        assert not merkle.is_consistent(old, new, proof=proof, **changed)
    assert not merkle.is_consistent(old, new, proof=[*proof, roots["new_root"]], **roots)
    for place in range(len(proof)):
        other = [*proof[:place], flipped(proof[place]), *proof[place + 1 :]]
        assert not merkle.is_consistent(old, new, proof=other, **roots)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_there_is_no_proof_from_nothing_or_backwards(old, new):
    with pytest.raises(ValueError, match="expected sizes"):
        merkle.prove_consistency(old, new, merkle.hash_ranges(entries(new)))
    assert not merkle.is_consistent(old, new, old_root=b"", new_root=b"", proof=[])
