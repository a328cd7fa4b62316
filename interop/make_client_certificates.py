"""Certificates of clients, and of a server with the names in the arguments, as JSON of PEM: `server`, `client`, `other` and
`renewed` by `authority`; `foreign` has the client's name by another authority, and `impostor` by another one of the same
name; nobody vouches for `alone`."""

import datetime
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def name(common):
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def make(common, by=None, names=(), usage=ExtendedKeyUsageOID.CLIENT_AUTH):
    """A certificate and its key; by itself without `by`, an authority without `usage`."""
    now = datetime.datetime.now(datetime.timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    issuer, signer = by or (name(common), key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    return builder.sign(signer, hashes.SHA256()), key


def authority(common="An authority"):
    certificate, key = make(common, usage=None)
    return certificate, (certificate.subject, key)


def shown(made):
    certificate, key = made
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"cert": pem(certificate), "key": private.decode()}


trusted, signer = authority()
_, impostors = authority()
_, foreigners = authority("Another authority")
print(
    json.dumps(
        {
            "authority": pem(trusted),
            "server": shown(make("localhost", signer, sys.argv[1:], ExtendedKeyUsageOID.SERVER_AUTH)),
            "client": shown(make("bank", signer)),
            "renewed": shown(make("bank", signer)),
            "other": shown(make("other", signer)),
            "foreign": shown(make("bank", foreigners)),
            "impostor": shown(make("bank", impostors)),
            "alone": shown(make("bank")),
        }
    )
)
