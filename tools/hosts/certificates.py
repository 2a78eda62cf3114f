"""A certificate authority of the testbed, and a certificate for each host's address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# The clocks of some hosts are wrong on purpose.
VALID = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files are: the authority's certificate; of each host certificate and key."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.crt"

    def certificate(self, host: str) -> Path:
        return self.folder / f"{host}.crt"

    def key(self, host: str) -> Path:
        return self.folder / f"{host}.key"

    def pair(self, host: str) -> Path:
        """Return one file with the certificate and its key."""
        return self.folder / f"{host}.pem"


def make_certificates(folder: Path, addresses: Mapping[str, str], now: datetime) -> Certificates:
    """Make an authority and a certificate for each host."""
    folder.mkdir(mode=0o711)
    made = Certificates(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Attune testbed")
    authority = (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    made.authority.write_bytes(_pem(authority))
    for host, address in addresses.items():
        _make_one(made, host, address, key, name, now)
    return made


def _make_one(
    made: Certificates,
    host: str,
    address: str,
    authority: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(host), x509.IPAddress(ipaddress.ip_address(address))]
    certificate = (
        _builder(_name(host), issuer, key.public_key(), now)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
        .sign(authority, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    made.certificate(host).write_bytes(_pem(certificate))
    for file, content in (
        (made.key(host), secret),
        (made.pair(host), _pem(certificate) + secret),
    ):
        file.touch(mode=0o600)
        file.write_bytes(content)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - VALID)
        .not_valid_after(now.astimezone(UTC) + VALID)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
