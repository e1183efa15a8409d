"""Calls drawn from the interface's own description (按接口清单生成的请求): SECURITY C1.

Schemathesis reads the OpenAPI document, so a new route is covered the day it appears; it draws what the document
allows and what it forbids. Two things are added: values that stand in the county asked, so that calls get past “there
is no such project”, and what no serialiser writes (tests/trust/mischief.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from tests.trust.mischief import CONTENT_TYPES, FILENAMES, RAW_BODIES, WORDS

KINDS = ("right", "allowed", "forbidden", "spoiled")
HOST = "http://testserver"
LONGEST_ADDRESS = 60_000  # that the client can send
WORD = {"enum": [word for word in WORDS if not any("\ud800" <= letter <= "\udfff" for letter in word)]}

Request = requests.PreparedRequest
Call = tuple[Case, Request]
Schema = dict[str, Any]
Ways = Callable[[str, Schema], Schema]  # name and schema of a parameter or field -> the schema it is drawn from


class Interface:
    """Every operation of an OpenAPI document. `known`: by name of a parameter or field, values that stand there."""

    def __init__(self, document: Mapping[str, Any], known: Mapping[str, Sequence[Any]]) -> None:
        self.right = operations(document, lambda name, schema: {"enum": [*known[name]]} if name in known else schema)
        self.wild = operations(document, lambda _, schema: {"anyOf": [schema, WORD]} if is_text(schema) else schema)

    def calls(self, kind: str) -> Iterator[tuple[APIOperation, st.SearchStrategy[Call]]]:
        """Of each operation: `right` calls, what is `allowed`, what is `forbidden` in one part, what is `spoiled`."""
        for operation in self.wild if kind == "allowed" else self.right:
            mode = GenerationMode.NEGATIVE if kind == "forbidden" else GenerationMode.POSITIVE
            cases = operation.as_strategy(generation_mode=mode)
            yield operation, spoiled(cases) if kind == "spoiled" else cases.map(lambda case: (case, as_sent(case)))


def operations(document: Mapping[str, Any], ways: Ways) -> list[APIOperation]:
    """Each with its parameters and fields drawn from other schemas; what it answers stays as it stands."""
    made = deepcopy(dict(document))
    schemas = made["components"]["schemas"]
    for operation in (one for methods in made["paths"].values() for one in methods.values()):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = ways(parameter["name"], parameter["schema"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["schema"] = with_fields(content["schema"], schemas, ways)
    return [found.ok() for found in schemathesis.openapi.from_dict(made).get_all_operations()]


def with_fields(part: Any, schemas: Mapping[str, Schema], ways: Ways) -> Any:
    """A body's schema without references, its fields drawn from other schemas."""
    if isinstance(part, list):
        return [with_fields(one, schemas, ways) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return with_fields(schemas[part["$ref"].rpartition("/")[2]], schemas, ways)
    made = {name: with_fields(one, schemas, ways) for name, one in part.items()}
    if isinstance(fields := made.get("properties"), dict):
        made["properties"] = {name: ways(name, schema) for name, schema in fields.items()}
    return made


def is_text(schema: Schema) -> bool:
    return any(one.get("type") == "string" and "enum" not in one for one in schema.get("anyOf", [schema]))


def as_sent(case: Case) -> Request:
    request = requests.Request(**case.as_transport_kwargs(base_url=HOST)).prepare()
    request.url = (request.url or "")[:LONGEST_ADDRESS]
    return request


@st.composite
def spoiled(draw: st.DrawFn, cases: st.SearchStrategy[Case]) -> Call:
    """A call with one thing in it that no program of good will writes."""
    case = draw(cases)
    request = as_sent(case)
    address, _, query = (request.url or "").partition("?")
    match draw(st.sampled_from(("body", "kind", "query", "twice", "filename"))):
        case "filename" if isinstance(request.body, bytes) and b'filename="' in request.body:
            name = b'filename="' + draw(st.sampled_from(FILENAMES)).encode() + b'"'
            request.body = re.sub(rb'filename="[^"]*"', lambda _: name, request.body)
        case "body" | "filename":
            request.body = draw(st.sampled_from(RAW_BODIES))
        case "kind":
            request.headers["Content-Type"] = draw(st.sampled_from(CONTENT_TYPES))
        case "query":
            name, value = (encoded(draw(st.sampled_from(WORDS))) for _ in range(2))
            request.url = f"{address}?{query}&{name}={value}"[:LONGEST_ADDRESS]
        case "twice":
            request.url = f"{address}?{query}&{query}"[:LONGEST_ADDRESS]
    return case, request


def encoded(word: str) -> str:
    """As it stands in an address, lone surrogates as the bytes a broken program would send."""
    return quote(word.encode("utf-8", "surrogatepass"), safe="")
