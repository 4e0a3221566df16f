"""The keys of an urn: ballots sealed to it in the browser, opened by two scrutineers of three.

Each mark is padded to one length and sealed by RSA-OAEP (in every browser's WebCrypto) to the box.
The box's private key lies sealed under a secret; each pair of scrutineers holds the secret in two
halves, each half sealed to one of them by X25519. A scrutineer's own key comes from a code that is
shown to him once and kept nowhere.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BITS = 3072
PLAIN = 64  # bytes of every mark before it is sealed: its length says nothing
SEALED = BITS // 8
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that reads like something else
CODE_LENGTH = 24  # 120 bits
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class WrongCode(Exception):
    """The code opens nothing of this box."""


class BrokenBallot(Exception):
    """The sealed mark cannot be opened."""


@dataclass(frozen=True)
class BoxKeys:
    """`sealed` and `shares[holder][other]` together are worth nothing without two codes."""

    public: bytes
    sealed: bytes
    shares: Mapping[str, Mapping[str, bytes]]


def new_code() -> str:
    """A scrutineer's code, in groups of four."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def _private(code: str, box: int) -> X25519PrivateKey:
    plain = "".join(code.upper().split()).replace("-", "")
    kdf = HKDF(hashes.SHA256(), 32, salt=str(box).encode(), info=b"tongze scrutineer")
    return X25519PrivateKey.from_private_bytes(kdf.derive(plain.encode()))


def public_of(code: str, box: int) -> bytes:
    """What is kept of a scrutineer's code: enough to seal to him, not to open."""
    return _private(code, box).public_key().public_bytes_raw()


def make(publics: Mapping[str, bytes]) -> BoxKeys:
    """A fresh key pair for the box; its private half opens for any two of the holders."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    secret = os.urandom(32)
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    shares: dict[str, dict[str, bytes]] = {holder: {} for holder in publics}
    for one, other in combinations(sorted(publics), 2):
        half = os.urandom(32)
        shares[one][other] = _seal_to(publics[one], half)
        shares[other][one] = _seal_to(publics[other], _xor(secret, half))
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return BoxKeys(public, _encrypt(secret, private), shares)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _encrypt(key: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _decrypt(key: bytes, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], None)


def _shared(secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"tongze share").derive(secret)


def _seal_to(public: bytes, plain: bytes) -> bytes:
    own = X25519PrivateKey.generate()
    key = _shared(own.exchange(X25519PublicKey.from_public_bytes(public)))
    return own.public_key().public_bytes_raw() + _encrypt(key, plain)


def _open_share(private: X25519PrivateKey, sealed: bytes) -> bytes:
    key = _shared(private.exchange(X25519PublicKey.from_public_bytes(sealed[:32])))
    return _decrypt(key, sealed[32:])


def open_box(
    keys: BoxKeys, one: tuple[str, str], other: tuple[str, str], *, box: int
) -> rsa.RSAPrivateKey:
    """The box's private key, from two holders and their codes; raises WrongCode."""
    try:
        halves = [
            _open_share(_private(code, box), keys.shares[holder][with_])
            for (holder, code), (with_, _) in ((one, other), (other, one))
        ]
        private = _decrypt(_xor(*halves), keys.sealed)
    except (InvalidTag, KeyError, ValueError) as error:
        raise WrongCode from error
    key = serialization.load_der_private_key(private, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise WrongCode
    return key


def seal(public: bytes, mark: str) -> bytes:
    """As the browser does it: for tests, and for a soak without browsers."""
    key = serialization.load_der_public_key(public)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("not the key of a box")
    return key.encrypt(mark.encode().ljust(PLAIN), OAEP)


def unseal(key: rsa.RSAPrivateKey, sealed: bytes) -> str:
    """What one mark says; raises BrokenBallot."""
    try:
        return key.decrypt(sealed, OAEP).decode().rstrip(" ")
    except ValueError as error:
        raise BrokenBallot from error
