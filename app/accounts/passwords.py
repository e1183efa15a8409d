"""Passwords (口令): argon2id, a policy by setting, and a bound on how many are worked at once.

Source: TECH §6 (64 MiB and 155 ms a verification), SECURITY A1, A3. Both functions are safe to call from any thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from app.errors import Busy, Refused
from app.settings import Settings

HASHER = PasswordHash.recommended()
AT_ONCE = BoundedSemaphore(2)  # 64 MiB each
PATIENCE_SECONDS = 10


def hash_password(password: str, settings: Settings) -> str:
    """The hash to store. Refused, saying what is missing, when the policy is not met."""
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < settings.password_min_length or kinds < settings.password_min_kinds:
        raise Refused(
            f"口令太简单：至少{settings.password_min_length}位，大写字母、小写字母、数字、符号中至少"
            f"{settings.password_min_kinds}种，请换一个。"
        )
    if len(password) > 200:
        raise Refused("口令太长：最多200位，请换一个。")
    with turn():
        return HASHER.hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Whether the password fits. An empty hash (no account, no password set) costs as much time and is never right."""
    decoy = decoy_hash()
    with turn():
        fits = HASHER.verify(password[:200], password_hash or decoy)
    return fits and bool(password_hash)


@cache
def decoy_hash() -> str:
    """A hash that nobody knows the password of."""
    return HASHER.hash("nobody's password, only there to take as long as anybody's")


@contextmanager
def turn() -> Iterator[None]:
    if not AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise Busy("现在登录的人太多，请过一会儿再试。")
    try:
        yield
    finally:
        AT_ONCE.release()
