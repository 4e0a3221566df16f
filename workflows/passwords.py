"""Passwords and one-time codes: how they are kept, and what a password must be like."""

import secrets
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflows.errors import Invalid
from workflows.forms import Fault

LONGEST = 200
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads like something else
CODE_GROUPS, CODE_GROUP = 4, 4
# Words that people start from when a rule asks for three classes; "Password1!" satisfies it.
COMMON = ("password", "passw0rd", "qwerty", "admin", "12345678", "123456", "111111", "abc123")

_hasher = PasswordHasher()


@dataclass(frozen=True)
class Policy:
    """等保: how long a password is and how many kinds of characters it mixes."""

    length: int = 8
    classes: int = 3


def sealed(secret: str) -> str:
    """What is stored instead of the secret."""
    return _hasher.hash(secret)


def matches(stored: str | None, secret: str) -> bool:
    """True if the secret is the one; without a stored one it takes as long to say no."""
    try:
        return _hasher.verify(stored or _nobodys(), secret) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """True if it was sealed with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def new_code() -> str:
    """A one-time code that can be read out: four groups of four."""
    groups = (
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP))
        for _ in range(CODE_GROUPS)
    )
    return "-".join(groups)


def same_code(code: str) -> str:
    """The code as it was given out, however it was typed."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    parts = (plain[at : at + CODE_GROUP] for at in range(0, len(plain), CODE_GROUP))
    return "-".join(parts)


def require_good(password: str, *, login: str, policy: Policy) -> None:
    """Raises Invalid for field `password` unless it keeps the rules."""
    fault = _fault_of(password, login, policy)
    if fault is not None:
        raise Invalid("Please mend what is marked.", fields={"password": fault})


def _fault_of(password: str, login: str, policy: Policy) -> Fault | None:
    if not policy.length <= len(password) <= LONGEST:
        return Fault("At least {length} characters.", length=policy.length)
    if _classes(password) < policy.classes:
        return Fault(
            "Mix at least {classes} of: lower case, upper case, digits, other characters.",
            classes=policy.classes,
        )
    plain = password.lower()
    if (len(login) > 2 and login.lower() in plain) or any(plain.startswith(w) for w in COMMON):
        return Fault("This password is easily guessed.")
    return None


def _classes(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit)
    found = {next((k for k in kinds if k(c)), None) for c in password}
    return len(found)
