"""Issues frozen before a field of the alerts JSON existed, compared with what the present version makes (旧版定稿).

An issue stays word for word as it was signed; a newer version may say more about a row. Only the fields named here may
be absent from an issue, so that nothing can be taken out of one unnoticed.
"""

from collections.abc import Mapping
from typing import Any

RANGES = frozenset({"outlook_low_wan", "outlook_high_wan", "outlook_range_sentence"})
BESIDE = frozenset(
    {
        *(
            f"{name}_{what}"
            for name in ("window", "year", "replanned", "original", "reported", "verified")
            for what in ("ratio_pct", "light")
        ),
        *(f"{name}_sentence" for name in ("bases", "plans", "figures", "needed")),
        *("needed_monthly_wan", "is_feasible", "next_on", "next_what", "obstacles", "is_never_updated", "curve"),
    }
)
NODES = frozenset({"node_low_on", "node_high_on", "node_range_sentence"})
GENERATIONS = (RANGES, BESIDE, NODES)  # the fields that came with one version: an issue has all of them or none
ADDED = RANGES | BESIDE | NODES


def as_issued(live: dict[str, Any], issued: Mapping[str, Any]) -> dict[str, Any]:
    """A month's alerts as made now, without the fields that the issued ones are too old to have."""
    rows = issued.get("rows", ())
    missing = {name for fields in GENERATIONS if not any(fields & row.keys() for row in rows) for name in fields}
    if not missing:
        return live
    return {**live, "rows": [{name: row[name] for name in row if name not in missing} for row in live["rows"]]}
