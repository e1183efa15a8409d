"""Which months a book governs, and from which one a new book may still begin (启用月份).

A period that was ever signed keeps its book for good, also while a 更正单 has it open: what was announced by one
measure is not corrected by another. Source: DESIGN §3, docs/decisions/0011.
"""

from collections.abc import Sequence
from itertools import takewhile

from sqlmodel import Session, col, select

from app.errors import Malformed, PeriodLocked
from app.programmes import service as programmes
from app.programmes.models import DRAFT, Programme, RuleBookRevision
from app.programmes.service import period_label
from app.publications.models import Publication
from app.revisions import newest
from scoring.periods import month_text, parse


def governing(session: Session, programme: Programme) -> list[RuleBookRevision]:
    """The books as they follow one another now, by the month each begins with."""
    assert programme.id is not None
    no_draft = ~col(RuleBookRevision.from_month).startswith(DRAFT)
    found = newest(session, RuleBookRevision, programme.id, no_draft)
    return sorted(found, key=lambda revision: revision.from_month)


def months_governed(session: Session, programme: Programme, from_month: str) -> list[str]:
    """The months a book would govern that begins with `from_month`: to the next book's, or the year's end."""
    later = [revision.from_month for revision in governing(session, programme) if revision.from_month > from_month]
    return [month for month in _year(programme) if from_month <= month and (not later or month < later[0])]


def adoptable_months(session: Session, programme: Programme) -> list[str]:
    """The months from which a new book may begin: none that it would govern was ever published."""
    kept = _kept(session, programme)
    return [month for month in _year(programme) if not kept.keys() & set(months_governed(session, programme, month))]


def require_open(session: Session, programme: Programme, from_month: str) -> list[str]:
    """The months a book from `from_month` on would govern. Malformed, or PeriodLocked when one was published."""
    if from_month not in _year(programme):
        raise Malformed(f"启用月份“{from_month[:20]}”写法不对，请写成{programme.year}-10这样的年月。")
    months = months_governed(session, programme, from_month)
    kept = _kept(session, programme)
    for month in months:
        if month in kept:
            open_months = adoptable_months(session, programme)
            cure = f"请从{period_label(open_months[0])}或以后的月份起启用" if open_months else "本年度不能再换办法"
            raise PeriodLocked(
                f"{period_label(kept[month])}已经通报，一直用当时的考核办法，{cure}。",
                detail={"period": kept[month], "month": month},
            )
    return months


def partly_governed(programme: Programme, from_month: str, committed_months: Sequence[str]) -> list[str]:
    """The committed months before `from_month` in its own quarter: that quarter is worked out by the new book whole."""
    quarter = programmes.quarter_of(from_month)
    before = takewhile(lambda month: month < from_month, sorted(committed_months))
    return [month for month in before if programmes.quarter_of(month) == quarter]


def _kept(session: Session, programme: Programme) -> dict[str, str]:
    """Every month of a period that was signed once or is locked, with that period."""
    signed = select(Publication.period).where(
        Publication.programme_id == programme.id, col(Publication.signed_at).is_not(None)
    )
    found = {*session.exec(signed), *programmes.locked_periods(session, programme)}
    kept: dict[str, str] = {}
    for text in sorted(found, key=len, reverse=True):  # 2023-10 before 2023Q4 before 2023
        period = parse(text)
        for month in period.months:
            kept.setdefault(month_text(period.year, month), text)
    return kept


def _year(programme: Programme) -> list[str]:
    return [month_text(programme.year, month) for month in range(1, 13)]
