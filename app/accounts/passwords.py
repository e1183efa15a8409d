"""Passwords (口令): argon2id, a policy by setting, and a bound on how many are worked at once.

Source: TECH §6 (64 MiB and 155 ms a verification), SECURITY A1, A3. Both functions are safe to call from any thread.
"""

import re
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

# What stands at the top of every published list of leaked passwords, and what everybody here would try first.
COMMON = (
    "password passw0rd admin administrator root qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm 1qaz2wsx qazwsx "
    "123456789 12345678 1234567 123456 654321 111111 000000 888888 666666 123123 112233 abc123 a123456 iloveyou woaini "
    "5201314 1314520 welcome letmein dragon monkey test guest user huawei"
).split()
LOCAL = "sanzhong sanzhongyida duchakaoping ducha kaoping chongdianxiangmu xianwei xianzhengfu zhengfu".split()
LOOKALIKES = str.maketrans({"@": "a", "$": "s", "!": "i"})
SUBSTANCE = 6  # what must be left of a password beside a word that anybody would try


def hash_password(password: str, settings: Settings, *, name: str = "") -> str:
    """The hash to store. Refused, saying what is missing, when the policy is not met; `name` is the account's."""
    require_good(password, settings, name)
    with turn():
        return HASHER.hash(password)


def require_good(password: str, settings: Settings, name: str = "") -> None:
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < settings.password_min_length or kinds < settings.password_min_kinds:
        raise Refused(f"口令太简单：{rules(settings)}，请换一个。")
    if len(password) > 200:
        raise Refused("口令太长：最多200位，请换一个。")
    if name and plain(name) in plain(password):
        raise Refused("口令里不能含有自己的用户名，请换一个。")
    word = guessable(password, settings)
    if word:
        raise Refused(f"口令太好猜：除了常见的“{word}”，剩下的不足{SUBSTANCE}位，请换一个。")


def rules(settings: Settings) -> str:
    """The policy of length and kinds in words."""
    return f"至少{settings.password_min_length}位，大写字母、小写字母、数字、符号中至少{settings.password_min_kinds}种"


def guessable(password: str, settings: Settings) -> str:
    """A word that anybody would try first and that is nearly the whole password; empty when there is none."""
    written = plain(password)
    for shown in sorted((*COMMON, *LOCAL, *settings.password_words), key=len, reverse=True):
        word = plain(shown)
        if not word:
            continue
        for text in (written, plain(password.translate(LOOKALIKES)), written.replace("0", "o")):
            if word in text and len(text.replace(word, "")) < SUBSTANCE:
                return shown
    return ""


def plain(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[\W_]", "", text.casefold())


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
