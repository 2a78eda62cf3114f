"""A certificate verifies offline, and no modified one does: 1,000 mutations of ten kinds."""

from __future__ import annotations

import io
import json
import random
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from privacy.erasure import certificates, claim_codes
from privacy.erasure.certificates import NotACertificate, verify_certificate
from privacy.models import STATES, Erasure
from vault import signing
from vault.sealed_values import canonical

SUBJECT = uuid.uuid4()


@pytest.fixture(scope="module")
def claim():
    return claim_codes.new_code()


@pytest.fixture
def erasure(now, claim):
    times = {f"{state}_at": now + timedelta(seconds=n) for n, state in enumerate(STATES)}
    return Erasure(
        subject=SUBJECT, scopes=["face:adapt", "pointer:adapt"], cause="withdrawal",
        state="certified", **times, bytes_gone_at=times["verified_at"],
        counts={"grants": 2, "keys": 2, "telemetry_block": 317},
        key_ids="1ce48bbad8e10d1d 4699c5ca6f94e3d9",
        subject_ref=claim_codes.subject_ref(claim, SUBJECT), flagged=0, generation=7, disk="gone",
        searched_files=2300, searched_bytes=68_497_257, needles=2, found=0,
        search_digest=bytes(range(32)),
    )  # fmt: skip


@pytest.fixture
def file(db, erasure, now):
    return certificates.issue(erasure, now + timedelta(seconds=9)).encode()


def test_a_signed_certificate_is_valid_and_has_its_times(file, erasure):
    verdict = verify_certificate(file, public=signing.public_key())
    assert verdict.right
    assert verdict.content["times"]["unreadable"] == erasure.shredded_at.isoformat(
        timespec="microseconds"
    )
    assert verdict.content["times"]["bytes_gone"] is not None
    assert verdict.content["counts"]["telemetry_block"] == 317
    assert str(SUBJECT).encode() not in file


def test_its_text_fits_the_column_constraint(file, erasure):
    erasure.certificate = file.decode()
    erasure.save()
    assert Erasure.objects.get().certificate.encode() == file


def test_it_contains_the_newest_tree_head(file, erasure, now, mia):
    from audit import sequencer

    assert verify_certificate(file).content["tree_head"] is None
    sequencer.sweep(now=now)
    later = certificates.issue(erasure, now).encode()
    assert verify_certificate(later).content["tree_head"]["size"] >= 1
    assert verify_certificate(later).right


# --- mutations ---


def flip_a_bit(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def truncate(data, rng):
    return data[: rng.randrange(len(data))]


def insert_bytes(data, rng):
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice([b" ", b"\n", b"0", b",", b'"']) + data[at:]


def leaves(told, path=()):
    if isinstance(told, dict):
        return [leaf for name, value in told.items() for leaf in leaves(value, (*path, name))]
    return [path]


def change(data, rng, edit):
    told = json.loads(data)
    *way, last = rng.choice(leaves(told))
    inside = told
    for name in way:
        inside = inside[name]
    edit(inside, last)
    return canonical(told)


def change_a_value(data, rng):
    def edit(inside, name):
        value = inside[name]
        other = {int: 1, str: "0", list: ["0"]}.get(type(value))
        inside[name] = value + other if other else 0

    return change(data, rng, edit)


def drop_a_field(data, rng):
    return change(data, rng, lambda inside, name: inside.pop(name))


def add_a_field(data, rng):
    return change(data, rng, lambda inside, name: inside.update({f"{name}_": 1}))


def swap_two_times(data, rng):
    told = json.loads(data)
    one, other = rng.sample([k for k, v in told["times"].items() if v], 2)
    if told["times"][one] == told["times"][other]:
        other = "issued"
    told["times"][one], told["times"][other] = told["times"][other], told["times"][one]
    return canonical(told)


def reorder_fields(data, rng):
    pairs = list(json.loads(data).items())
    rng.shuffle(pairs)
    return json.dumps(dict(pairs), separators=(",", ":")).encode()


def duplicate_a_key(data, rng):
    name = rng.choice(list(json.loads(data)))
    return b'{"' + name.encode() + b'":null,' + data[1:]


def sign_with_another_key(data, rng):
    own = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
    told = {name: value for name, value in json.loads(data).items() if name != "signature"}
    told["counts"]["telemetry_block"] = rng.randrange(1000)
    told["public_key"] = own.public_key().public_bytes_raw().hex()
    said = own.sign(signing.CERTIFICATE + canonical(told))
    return canonical({**told, "signature": said.hex()})


MUTATIONS = (
    flip_a_bit,
    truncate,
    insert_bytes,
    change_a_value,
    drop_a_field,
    add_a_field,
    swap_two_times,
    reorder_fields,
    duplicate_a_key,
    sign_with_another_key,
)


def test_none_of_a_thousand_mutations_is_valid(file):
    rng, public, tried = random.Random(5), signing.public_key(), 0
    while tried < 1000:
        mutate = MUTATIONS[tried % len(MUTATIONS)]
        mutant = mutate(file, rng)
        if mutant == file:
            continue
        tried += 1
        try:
            right = verify_certificate(mutant, public=public).right
        except NotACertificate:
            right = False
        assert not right, (mutate.__name__, mutant)
    assert verify_certificate(file, public=public).right


@pytest.mark.parametrize("spelt", [str.upper, lambda text: f"{text[:64]} {text[64:]}"])
def test_a_signature_that_is_spelt_in_another_way_is_not_valid(file, spelt):
    told = json.loads(file)
    mutant = canonical({**told, "signature": spelt(told["signature"])})
    assert not verify_certificate(mutant, public=signing.public_key()).right


def test_without_the_site_key_only_the_key_in_the_file_is_checked(file):
    forged = sign_with_another_key(file, random.Random(1))
    assert verify_certificate(forged).right
    assert not verify_certificate(forged).pinned
    verdict = verify_certificate(forged, public=signing.public_key())
    assert set(verdict.wrong) == {"it was signed with another key", "the signature does not match"}


# --- claim codes ---


def test_the_claim_code_fits_one_person_and_one_certificate(file, claim):
    assert verify_certificate(file, claim=(claim, SUBJECT)).right
    assert verify_certificate(file, claim=(claim.lower().replace("-", " "), SUBJECT)).right
    assert not verify_certificate(file, claim=(claim, uuid.uuid4())).right
    assert not verify_certificate(file, claim=(claim_codes.new_code(), SUBJECT)).right


@pytest.mark.parametrize("bad", ["", "ABCD", "not-a-code-at-all!", "A" * 31, "A" * 40])
def test_an_invalid_claim_code_is_refused(bad):
    with pytest.raises(ValueError, match="claim code"):
        claim_codes.subject_ref(bad, SUBJECT)


def test_claim_codes_have_160_bits_and_are_unique():
    made = {claim_codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert {len(code.replace("-", "")) for code in made} == {32}


# --- the command: no database, no keystore ---


@pytest.fixture
def saved(file, tmp_path, settings):
    settings.KEYSTORE_DIR = tmp_path / "no-keystore"
    path = tmp_path / "erasure.json"
    path.write_bytes(file)
    yield path
    assert not settings.KEYSTORE_DIR.exists()


def run(*arguments):
    out = io.StringIO()
    call_command("verify_erasure", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_verifies_without_database_and_keystore(
    saved, file, claim, django_assert_num_queries
):
    public = json.loads(file)["public_key"]
    with django_assert_num_queries(0):
        assert "signed by the key in the file" in run(saved)
        assert "signed by the key you gave" in run(saved, "--public-key", public)
        run(saved, "--claim", claim, "--subject", SUBJECT)
        assert json.loads(run(saved, "--json"))["rows"] == [
            {"right": True, "wrong": [], "pinned": False}
        ]


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (None, ["--claim", "A" * 32, "--subject", str(SUBJECT)], 1),
        (None, ["--public-key", "00" * 32], 1),
        (lambda data: data.replace(b"317", b"318"), [], 1),
        (lambda data: data[:-1], [], 2),
        (lambda _: b"[1]", [], 2),
        (lambda _: b"\xff\xfe", [], 2),
        (lambda _: b"[" * 200_000, [], 2),
        (None, ["--claim", "A" * 32], 2),
        (None, ["--public-key", "xyz"], 2),
        (None, ["--claim", "?", "--subject", str(SUBJECT)], 2),
    ],
)
def test_the_command_has_an_exit_code_for_wrong_and_for_unreadable(saved, content, more, code):
    if content:
        saved.write_bytes(content(saved.read_bytes()))
    with pytest.raises(CommandError) as refused:
        run(saved, *more)
    assert refused.value.returncode == code


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "nothing.json")
    assert refused.value.returncode == 2
