"""Issues frozen before a field of the alerts JSON existed, compared with what the present version makes (旧版定稿).

An issue stays word for word as it was signed; a newer version may say more about a row. Only the fields named here may
be absent from an issue, so that nothing can be taken out of one unnoticed.
"""

from collections.abc import Mapping
from typing import Any

ADDED = frozenset({"outlook_low_wan", "outlook_high_wan", "outlook_range_sentence"})


def as_issued(live: dict[str, Any], issued: Mapping[str, Any]) -> dict[str, Any]:
    """A month's alerts as made now, without the fields that the issued ones are too old to have."""
    if any(ADDED & row.keys() for row in issued.get("rows", ())):
        return live
    return {**live, "rows": [{name: row[name] for name in row if name not in ADDED} for row in live["rows"]]}
