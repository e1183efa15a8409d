"""Boards frozen before a field of the board JSON existed (旧版定稿): completed when read, compared without it.

An issue is stored word for word as it was signed. A newer version may say more about the same board; what it adds is
worked out from the facts the issue was made from. Only the fields named here may be absent, so that nothing can be
taken out of an issue unnoticed.
"""

from collections.abc import Mapping
from typing import Any

ADDED = frozenset({"rulebook_title", "rulebook_version", "coverage_lists", "score_sources"})
ADDED_TO_ROWS = frozenset({"month_source", "month_reason"})


def is_older(issued: Mapping[str, Any]) -> bool:
    return not issued.keys() >= ADDED


def completed(issued: dict[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The issued board with what its version could not say yet; `live` is the same board as made now."""
    rows = {row["code"]: {name: row[name] for name in ADDED_TO_ROWS} for row in live["rows"]}
    added = {name: live[name] for name in ADDED}
    return {**added, **issued, "rows": [{**rows[row["code"]], **row} for row in issued["rows"]]}


def as_issued(live: dict[str, Any], issued: Mapping[str, Any]) -> dict[str, Any]:
    """The board as made now, without the fields that the issued one is too old to have."""
    if not is_older(issued):
        return live
    kept = {name: value for name, value in live.items() if name not in ADDED}
    rows = [{name: value for name, value in row.items() if name not in ADDED_TO_ROWS} for row in live["rows"]]
    return {**kept, "rows": rows}
