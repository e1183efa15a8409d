"""What an address asks for (地址): programme, period and filters, so that a deep link restores the view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Place:
    """One view's address with its programme found. `query` holds the address's own parameters, as text."""

    programme: Mapping[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)
    is_phone: bool = False
    person: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return str(self.programme["code"])

    @property
    def newest_month(self) -> str | None:
        """The newest month with committed data; every page opens on it."""
        return self.programme.get("newest_month")

    @property
    def period(self) -> str | None:
        return self.query.get("period") or self.newest_month

    @property
    def month(self) -> str | None:
        return self.query.get("month") or self.newest_month

    def showing(self, period: str) -> "Place":
        """The same place with the period a page opens on, so that its picker says so."""
        return replace(self, query={**self.query, "period": period})

    def href(self, path: str, **query: str | None) -> str:
        """An address inside the screen; another programme than the first stays in it."""
        kept = {"programme": self.query.get("programme"), **query}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}?{text}" if text else path

    @staticmethod
    def download(path: str, **query: str | None) -> str:
        """An address of the API from which the browser takes a file."""
        return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def place(
    programmes: Sequence[Mapping[str, Any]],
    query: Mapping[str, str] | None,
    viewport: str | None,
    person: Mapping[str, Any] | None = None,
) -> Place | None:
    """The place an address names; None when the person has no programme at all. An unknown code means the first."""
    if not programmes:
        return None
    asked = dict(query or {})
    wanted = asked.get("programme")
    found = next((one for one in programmes if one["code"] == wanted), programmes[0])
    return Place(found, asked, viewport == "phone", person or {})


def periods(programme: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The periods that can be shown, by kind: the year, its begun quarters, its committed months, newest first."""
    months = list(programme.get("committed_months") or ())
    if not months:
        return []
    year = str(programme["year"])
    quarters = sorted({f"{month[:4]}Q{(int(month[5:7]) + 2) // 3}" for month in months}, reverse=True)
    return [("年度", [year]), ("季度", quarters), ("月度", sorted(months, reverse=True))]
