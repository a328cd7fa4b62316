"""A certificate for a service on loopback, and the authority that made it, as JSON: `key`, `cert`, `ca`, in PEM."""

import datetime
import ipaddress
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def build(subject, key, issuer):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


AUTHORITY = "An authority for tests"
authority_key = ec.generate_private_key(ec.SECP256R1())
authority = (
    build(AUTHORITY, authority_key, AUTHORITY)
    .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    .sign(authority_key, hashes.SHA256())
)
key = ec.generate_private_key(ec.SECP256R1())
addresses = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
certificate = (
    build("localhost", key, AUTHORITY)
    .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
    .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    .sign(authority_key, hashes.SHA256())
)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
print(json.dumps({"key": private.decode(), "cert": pem(certificate), "ca": pem(authority)}))
