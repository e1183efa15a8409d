"""数据校验码: one hash over the facts and the rule book a board was made from.

Source: DESIGN §3, §5. Equal facts have equal fingerprints on every machine: the database's own numbers (`ref`) are left
out, so that a correction taken back gives the fingerprint from before it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.facts import Programme


def fingerprint(facts: Programme, rulebook_sha256: str) -> str:
    """SHA-256 of the canonical JSON: sorted keys, decimals without trailing zeros, sets and mappings in order."""
    content = json.dumps(
        {"facts": _plain(facts), "rulebook": rulebook_sha256}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name != "ref"}
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
