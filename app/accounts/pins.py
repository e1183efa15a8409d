"""A PIN of six digits (六位数字密码): which ones are too easy to guess.

Only a phone that holds its own long random token asks for one, and five wrong ones end the trust.
"""

import re

from app.errors import Refused

LENGTH = 6
POPULAR = frozenset(
    {"112233", "445566", "778899", "520131", "131420", "147258", "258369", "159753", "147852", "201314"}
)
RISING, FALLING = "01234567890", "09876543210"


def require_good(pin: str) -> None:
    """Refused unless it is six digits, no run, no repetition, and nothing that reads as a date."""
    if not re.fullmatch(r"[0-9]{6}", pin):
        raise Refused("请设6位数字，不要字母和空格。")
    if pin in RISING or pin in FALLING or is_repeated(pin) or pin in POPULAR:
        raise Refused("这6位数字太好猜（连号、重复或常用），请换一个。")
    if is_date(pin):
        raise Refused("这6位数字像生日或年月，容易被熟人猜中，请换一个。")


def is_repeated(pin: str) -> bool:
    """One, two or three digits over and over: 111111, 121212, 123123."""
    return any(pin == pin[:length] * (LENGTH // length) for length in (1, 2, 3))


def is_date(pin: str) -> bool:
    """年月日 in two digits each (850312), or year and month (198503)."""
    year, month, day = int(pin[:4]), int(pin[2:4]), int(pin[4:])
    return (1 <= month <= 12 and 1 <= day <= 31) or (1940 <= year <= 2029 and 1 <= day <= 12)
