"""What can be kept (可保存的内容): nothing with NUL or half a character, and no day of another age, gets past the door.

PostgreSQL keeps no NUL and neither engine half a surrogate pair; SQLite would take the first, and the installation
could never move. Refused in one place, for every route: in the address, in JSON and in the fields of a form; bytes of
files are no text. Other control characters are kept, and left out of spreadsheets (importers/inert.py).
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator
from starlette.requests import HTTPConnection, Request

from app.errors import Malformed

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What a JSON text that could hold such a character looks like; an emoji in escapes does too, and is looked at.
_SUSPECT = re.compile(rb"\\u(?:0000|d[89a-f])|\x00|\xed[\xa0-\xbf]", re.IGNORECASE)
MESSAGE = "提交的内容里有不能保存的字符（空字符或残缺的字符），请删去后重试。"

YEARS = range(1900, 2200)
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


def of_our_age(day: date) -> date:
    """A day or an instant to which a day can be added and whose zone can be changed without leaving the calendar."""
    if day.year not in YEARS:
        raise ValueError(f"年份要在{YEARS.start}到{YEARS.stop - 1}之间")
    return day


Day = Annotated[date, AfterValidator(of_our_age)]
Instant = Annotated[datetime, AfterValidator(of_our_age)]


async def storable_text(connection: HTTPConnection) -> None:
    """Malformed when a text of this request could not be kept. A body that is no JSON is for the route to refuse."""
    refuse([*connection.path_params.values(), *connection.query_params.keys(), *connection.query_params.values()])
    if not isinstance(connection, Request) or connection.method in BODILESS:
        return  # a websocket's messages come later; its own reader looks at them
    kind = connection.headers.get("content-type", "").lower()
    if kind.startswith(FORMS):
        form = await connection.form()
        parts = ((name, getattr(value, "filename", value)) for name, value in form.multi_items())
        refuse(text for pair in parts for text in pair)
    elif _SUSPECT.search(body := await connection.body()):
        try:
            refuse(texts(json.loads(body)))
        except (ValueError, RecursionError):
            return


def refuse(parts: Iterable[Any]) -> None:
    if any(UNSTORABLE.search(part) for part in parts if isinstance(part, str)):
        raise Malformed(MESSAGE)


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, the names of its fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
