"""Peer groups (同类项目): which projects are ranked against one another, and in which order the groups stand.

Source: RULES §4. By class as default; the book may choose level, investment band or responsible unit.
"""

from collections.abc import Callable

from scoring.facts import Programme, Project
from scoring.rulebook import PeerGroup, RuleBook

UNKNOWN_LEVEL = "未定级别"
UNKNOWN_INVESTMENT = "总投资未填"
UNKNOWN_UNIT = "未定责任单位"


def group_of(book: RuleBook, project: Project) -> str:
    kind = book.ranking.peer_group
    if kind is PeerGroup.LEVEL:
        return project.level or UNKNOWN_LEVEL
    if kind is PeerGroup.UNIT:
        return project.responsible_unit or UNKNOWN_UNIT
    if kind is PeerGroup.INVESTMENT_BAND:
        total = project.total_investment_wan
        if total is None:
            return UNKNOWN_INVESTMENT
        return next((band.name for band in book.ranking.investment_bands if total >= band.from_wan), UNKNOWN_INVESTMENT)
    return project.group_class


def group_order(book: RuleBook, programme: Programme) -> Callable[[str], tuple[int, str]]:
    """A sort key for groups: the book's order, else the programme's classes or the bands; others by name behind."""
    names = book.ranking.group_order
    if not names and book.ranking.peer_group is PeerGroup.CLASS:
        names = programme.classes
    if not names and book.ranking.peer_group is PeerGroup.INVESTMENT_BAND:
        names = tuple(band.name for band in book.ranking.investment_bands)
    places = {name: place for place, name in enumerate(names)}
    return lambda group: (places.get(group, len(places)), group)
