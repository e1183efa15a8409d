"""What nobody of good will sends (恶意输入): values, and calls drawn from the interface's own description.

Every parameter and field is taken from the OpenAPI document, so a new route is covered the day it appears. Nothing
here knows what the right answer is: only that a right value stands beside the wrong ones often enough to get past the
first check.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

NUL, SURROGATE, RTL, ZERO_WIDTH = "\x00", "\ud800", "\u202e", "\u200b"
WORDS: tuple[str, ...] = (
    "",
    " ",
    NUL,
    f"项目{NUL}名",
    SURROGATE,
    f"项{SURROGATE}目",
    f"{RTL}gnp.目项",
    f"项{ZERO_WIDTH}目\ufeff",
    "长" * 5000,
    "a" * 70_000,
    "' OR 1=1 --",
    '"; DROP TABLE accounts; --',
    "%",
    "_%_%_%",
    "\\",
    "[a-z]*",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "<script>window.__hit=1</script>",
    "{{7*7}}${7*7}#{7*7}",
    "=cmd|'/c calc'!A1",
    "\r\nSet-Cookie: a=b",
    "\x1b[2J\x07",
    "😀🏳️‍🌈",
    "２０２３",
    "٢٠٢٣",
    "²",
    "null",
    "true",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "1e-999",
    "-1",
    "-0",
    "0",
    "00",
    "0x10",
    "1_000",
    "+1",
    " 1 ",
    "1.5",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "9" * 5000,
    "2023-13",
    "2023-00",
    "0000-01",
    "9999-12",
    "0001-01",
    "٢٠٢٣-٠٦",
    "２０２３-06",
    "2023-06\n",
    "2023Q0",
    "2023Q5",
    "0000Q1",
    "9999",
    "0000",
    "2023-02-30",
    "0001-01-01",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "-2023-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2023-06-01T00:00:00",
    "253402300799",
    "99999999999999999999",
    "1",
)
VALUES: tuple[Any, ...] = (
    *WORDS,
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    float("nan"),
    float("inf"),
    -1e308,
    [],
    [None],
    [[]],
    {},
    {"": ""},
    {SURROGATE: 1},
    {"__proto__": {"a": 1}, "$ne": None},
    ["a"] * 3000,
    {f"k{n}": n for n in range(3000)},
)
# Bodies that no serialiser writes.
RAW_BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b'"a"',
    b"1",
    b"{",
    b"\xff\xfe\x00",
    "\ufeff{}".encode(),
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"programme":"2023","programme":["2023"],"programme":null}',
    b'{"programme":NaN}',
    b'{"programme":' + b"9" * 6000 + b"}",
    b'{"\\ud800":"\\udfff"}',
    b'{"programme":"\\u0000"}',
    b"{}garbage",
    b"a=b&c=d",
)
CONTENT_TYPES: tuple[str, ...] = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300,
    "application/x-www-form-urlencoded",
    "application/xml",
    "\u00e4/\u00f6",
)


@dataclass(frozen=True)
class Call:
    """One request: `path` and `query` are percent-encoded already."""

    operation: str  # "get /api/projects/{project_id}"
    method: str
    address: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        sent = self.content if len(self.content) < 300 else self.content[:300] + b"..."
        return f"{self.method} {self.address[:300]} {dict(self.headers)} {sent!r}"


def encoded(value: Any) -> str:
    """A value as it stands in an address, lone surrogates as the bytes a broken program would send."""
    text = value if isinstance(value, str) else json.dumps(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


class Interface:
    """The OpenAPI document, what a right value of each name would be, and the draw that decides what is sent."""

    def __init__(self, document: Mapping[str, Any], right: Mapping[str, Sequence[Any]], seed: int) -> None:
        self.document, self.right = document, right
        self.random = Random(seed)
        self.operations = [
            (method, path, operation)
            for path, methods in sorted(document["paths"].items())
            for method, operation in sorted(methods.items())
        ]

    def calls(self, number: int) -> Iterator[Call]:
        """So many calls, every operation in turn."""
        for turn in range(number):
            yield self._call(*self.operations[turn % len(self.operations)])

    def _call(self, method: str, path: str, operation: Mapping[str, Any]) -> Call:
        random, address, query = self.random, path, []
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            value = self._value(name, parameter["schema"], WORDS)
            if parameter["in"] == "path":
                # An empty or a dotted part would be another address.
                address = address.replace(f"{{{name}}}", encoded(value).replace(".", "%2E")[:20_000] or "%20")
            elif parameter["in"] == "query" and (parameter.get("required") or random.random() < 0.4):
                query += [f"{name}={encoded(value)}"] * random.choice((1, 1, 1, 1, 1, 1, 0, 2))
        if random.random() < 0.1:
            query.append(f"{encoded(random.choice(WORDS))}={encoded(random.choice(WORDS))}")
        content, headers = self._body(operation)
        address += f"?{'&'.join(query)}" if query else ""
        return Call(f"{method} {path}", method.upper(), address[:60_000], content, headers)

    def _value(self, name: str, schema: Mapping[str, Any], wrong: Sequence[Any]) -> Any:
        """Three times of four a right one, where one is known."""
        if self.random.random() < 0.25:
            return self.random.choice(wrong)
        schema = self._resolved(schema)
        schema = self._resolved(schema.get("anyOf", [schema])[0])
        if name in self.right:
            return self.random.choice(self.right[name])
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return [self._value("", schema.get("items", {}), wrong) for _ in range(self.random.randrange(4))]
        simple = {"integer": range(-3, 40), "number": (0.5, 12), "boolean": (True, False)}
        return self.random.choice(simple.get(kind or "", ("资金", "2023")))

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        required = schema.get("required", ())
        made = {
            name: self._value(name, part, VALUES)
            for name, part in schema.get("properties", {}).items()
            if self.random.random() < (0.97 if name in required else 0.6)
        }
        if schema.get("additionalProperties"):
            for _ in range(self.random.randrange(4)):
                name = self.random.choice((*WORDS, *self.right.get("further", ())))
                made.setdefault(name, self.random.choice((*VALUES, *self.right.get("further_values", ()))))
        return made

    def _body(self, operation: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        content = operation.get("requestBody", {}).get("content", {})
        if self.random.random() < 0.12:
            kind = self.random.choice(CONTENT_TYPES)
            return self.random.choice(RAW_BODIES), {"content-type": kind} if kind else {}
        if "application/json" in content:
            body = self._object(self._resolved(content["application/json"]["schema"]))
            return json.dumps(body).encode(), {"content-type": "application/json"}
        if "multipart/form-data" in content:
            body = self._object(self._resolved(content["multipart/form-data"]["schema"]))
            return multipart(body, self.random.choice(FILENAMES)), {"content-type": MULTIPART}
        return b"", {}

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


FILENAMES = (
    "6月.xlsx",
    "",
    "a" * 5000 + ".xlsx",
    "../../etc/passwd",
    "..\\..\\x.html",
    f"{RTL}xslx.6",
    "<img src=x onerror=alert(1)>.svg",
    f"项目{NUL}.xlsx",
    "=HYPERLINK(1).csv",
)
BOUNDARY = "----sheet"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(fields: Mapping[str, Any], filename: str = "6月.xlsx") -> bytes:
    """A form; a list is several parts of one name, `file` one with a filename."""
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            text = one if isinstance(one, str) else json.dumps(one)
            held = f'; filename="{filename}"' if name == "file" else ""
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{held}\r\n\r\n'
            parts.append(head.encode() + text.encode("utf-8", "surrogatepass") + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
