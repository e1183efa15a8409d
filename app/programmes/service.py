"""Programmes: the one way to begin a change, the rule book in force, period locks (年度项目计划、考核办法、定稿).

Source: DESIGN §3.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from app.audit import service as audit
from app.audit.service import Actor
from app.database import unless_taken
from app.errors import Conflict, NotFound, PeriodLocked, Refused
from app.organisation import service as organisations
from app.organisation.models import Organisation
from app.programmes.models import DRAFT, PeriodLock, Programme, ProjectClass, RuleBookRevision
from app.revisions import AnyRevision, newest
from app.settings import ROOT
from scoring.rulebook import RuleBook, parse

RULEBOOKS = ROOT / "data" / "rulebooks"
LIGHT_PRESETS = RULEBOOKS / "lights"
LOCKS = "locked periods"  # in session.info: as they stood at a data_version
PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?")


@dataclass(frozen=True, slots=True)
class Change:
    """A change under way: everything recorded in it carries the same instant, actor and reason.

    `follows` names the state of the programme that it found: its data_version and the instant of the change before.
    """

    session: Session
    programme: Programme
    actor: Actor
    recorded_at: datetime
    follows: tuple[int, datetime]
    reason: str = ""

    def stamp(self, **extra: Any) -> dict[str, Any]:
        """The bookkeeping fields of a Revision, with `extra` (upload_id, provenance, …) added or put in place."""
        return {
            "programme_id": self.programme.id,
            "recorded_at": self.recorded_at,
            "recorded_by": self.actor.name,
            "account_id": self.actor.account_id,
            "reason": self.reason,
            **extra,
        }

    def record(self, revision: AnyRevision) -> AnyRevision:
        """Add a revision, stamped; what it states of its own (a reason, say) stays. Flushed, so it has its id."""
        for name, value in self.stamp().items():
            if not getattr(revision, name, None):
                setattr(revision, name, value)
        self.session.add(revision)
        self.session.flush()
        return revision


OF_CODE = select(Programme).where(Programme.code == bindparam("code"))  # built once: every request begins with it


def get(session: Session, code: str, actor: Actor | None = None) -> Programme:
    """The programme of this code. NotFound when there is none, or it is another organisation's than the actor's."""
    programme = session.exec(OF_CODE, params={"code": code}).one_or_none()
    if programme is None or not (actor is None or actor.organisation_id in (None, programme.organisation_id)):
        raise NotFound(f"没有代码为“{code}”的年度项目计划，请核对代码（programme list 可列出全部）。")
    return programme


def listing(session: Session, actor: Actor | None = None) -> Sequence[Programme]:
    """The programmes an actor may see (None: all), the newest year first."""
    query = select(Programme)
    if actor is not None and actor.organisation_id is not None:
        query = query.where(Programme.organisation_id == actor.organisation_id)
    return sorted(session.exec(query).all(), key=lambda programme: (-programme.year, programme.code))


def begin_change(
    session: Session, programme: Programme | str, actor: Actor, *, reason: str = "", at: datetime | None = None
) -> Change:
    """Lock the programme, raise its data_version, and say when the change is recorded.

    `recorded_at` is the clock's instant (or `at`: history being loaded), but always later than the change before, so
    that "known at" has one answer. Call it before anything else is read to be changed.
    """
    code = programme if isinstance(programme, str) else programme.code
    # Not FOR UPDATE: whoever writes a row that names this programme holds its key; two such would wait for each other.
    locked = select(Programme).where(Programme.code == code).with_for_update(key_share=True)
    found = session.exec(locked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(f"没有代码为“{code}”的年度项目计划，请核对代码。")
    recorded_at = max(at or datetime.now(UTC), found.last_recorded_at + timedelta(microseconds=1)).astimezone(UTC)
    follows = found.data_version, found.last_recorded_at
    found.data_version += 1
    found.last_recorded_at = recorded_at
    session.add(found)
    session.flush()
    return Change(session, found, actor, recorded_at, follows, reason)


def add(
    session: Session,
    actor: Actor,
    code: str,
    name: str,
    year: int,
    rulebook: str = "county-default",
    classes: Iterable[str] = (),
    *,
    organisation: Organisation | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Programme:
    """A new programme under its rule book, in force from the year's January.

    `rulebook` is a name in data/rulebooks. Without an organisation the installation's only one owns it. `fields` are
    columns of Programme: campaign_name, campaign_from, campaign_to, cutoff_day, today, is_demo.
    """
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,40}", code):
        raise Refused(f"计划代码“{code}”不合要求：只用字母、数字、横线，不超过40个。")
    if not name.strip():
        raise Refused("计划名称是空的，请用 --name 填写，如“2024年度重点项目”。")
    if not 2000 <= year <= 2100:
        raise Refused(f"年度“{year}”不在2000至2100之间，请核对。")
    if session.exec(select(Programme).where(Programme.code == code)).one_or_none() is not None:
        raise Conflict(f"已有代码为“{code}”的年度项目计划，请换一个代码。")
    text = rule_book_text(rulebook)
    owner = organisation or organisations.the_only(session)
    assert owner.id is not None
    now = at or datetime.now(UTC)
    programme = Programme(
        organisation_id=owner.id,
        code=code,
        name=name.strip(),
        year=year,
        last_recorded_at=now,
        created_at=now,
        **fields,
    )
    with unless_taken(session, f"刚刚有人新增了代码为“{code}”的年度项目计划，这一次没有保存，请换一个代码。"):
        session.add(programme)
    change = begin_change(session, programme, actor, at=at)
    put_in_force(change, rulebook, text, f"{year}-01")
    for class_name in classes:
        ensure_class(session, programme, class_name)
    audit.append(
        session, actor, "programme.add", target=code, programme=code, detail={"name": name, "rulebook": rulebook}, at=at
    )
    return programme


def class_names(session: Session, programme: Programme) -> list[str]:
    """The programme's classes in its order."""
    query = select(ProjectClass.name).where(ProjectClass.programme_id == programme.id)
    return list(session.exec(query.order_by(col(ProjectClass.position))).all())


def ensure_class(session: Session, programme: Programme, name: str) -> None:
    """Add a class at the end of the programme's order unless it is there."""
    name = name.strip()
    if not name:
        raise Refused("项目类别的名称是空的，请填写。")
    if name in class_names(session, programme):
        return
    assert programme.id is not None
    last = session.exec(select(func.max(ProjectClass.position)).where(ProjectClass.programme_id == programme.id)).one()
    session.add(ProjectClass(programme_id=programme.id, name=name, position=(last or 0) + 1))
    session.flush()


# -- 考核办法 ---------------------------------------------------------------------------------------------------------


def rule_book_text(name: str) -> str:
    """The text of a rule book that comes with the product. Refused, naming those there are, when unknown."""
    known = rule_book_names()
    if name not in known:
        raise Refused(f"没有名为“{name}”的考核办法，可用的有：{'、'.join(known)}。")
    return (RULEBOOKS / f"{name}.toml").read_text(encoding="utf-8")


def rule_book_names() -> list[str]:
    """The rule books that come with the product."""
    return sorted(path.stem for path in RULEBOOKS.glob("*.toml"))


def light_preset_text(name: str) -> str | None:
    """A shipped set of light rules, to be laid over a book; None when there is none of this name."""
    return (LIGHT_PRESETS / f"{name}.toml").read_text(encoding="utf-8") if name in light_preset_names() else None


def light_preset_names() -> list[str]:
    """The light rules of other places that come with the product."""
    return sorted(path.stem for path in LIGHT_PRESETS.glob("*.toml"))


def put_in_force(change: Change, name: str, text: str, from_month: str) -> RuleBookRevision:
    """Let a rule book govern from a month on. Refused when its text does not parse."""
    try:
        parse_cached(text)
    except ValueError as error:
        raise Refused(f"考核办法“{name}”有误，没有启用：{error}") from error
    digest = hashlib.sha256(text.encode()).hexdigest()
    return change.record(RuleBookRevision(**change.stamp(), name=name, from_month=from_month, text=text, sha256=digest))


def rule_book_revision(
    session: Session, programme: Programme, month: str, known_at: datetime | None = None
) -> RuleBookRevision:
    """The revision whose book governs a month ("YYYY-MM"), as known at an instant: text, name, sha256.

    An instant before the programme was made knows no facts and no book: its empty boards are read by today's.
    """
    assert programme.id is not None
    of_month = (col(RuleBookRevision.from_month) <= month, ~col(RuleBookRevision.from_month).startswith(DRAFT))
    governing = newest(session, RuleBookRevision, programme.id, *of_month, known_at=known_at) or newest(
        session, RuleBookRevision, programme.id, *of_month
    )
    if not governing:
        raise NotFound(f"{month}没有生效的考核办法，请先启用一份。")
    return max(governing, key=lambda revision: revision.from_month)


def rule_book(session: Session, programme: Programme, month: str, known_at: datetime | None = None) -> RuleBook:
    """The parsed rule book that governs a month ("YYYY-MM"), as known at an instant."""
    return parse_cached(rule_book_revision(session, programme, month, known_at).text)


parse_cached = lru_cache(maxsize=64)(parse)  # kept by the text itself, so that it can never be stale


# -- 定稿 -------------------------------------------------------------------------------------------------------------


def locked_periods(session: Session, programme: Programme, known_at: datetime | None = None) -> list[str]:
    """The periods ("2023-10", "2023Q3", "2023") that are 已定稿, in order of their names."""
    assert programme.id is not None
    locks = newest(session, PeriodLock, programme.id, known_at=known_at)
    return sorted(lock.period for lock in locks if lock.is_locked)


def require_unlocked(session: Session, programme: Programme, months: Iterable[str]) -> None:
    """PeriodLocked when one of the months ("YYYY-MM") is locked by itself, its quarter or the year."""
    version = (programme.id, programme.data_version)
    if session.info.get(LOCKS, (None,))[0] != version:  # a sheet asks for each of its rows, within one change
        session.info[LOCKS] = (version, frozenset(locked_periods(session, programme)))
    locked = session.info[LOCKS][1]
    for month in sorted(set(months)):
        for period in (month, quarter_of(month), month[:4]):
            if period in locked:
                raise PeriodLocked(
                    f"{period_label(period)}已定稿，{period_label(month)}的数据不能再改。确需更正，请先办理更正单。",
                    detail={"period": period, "month": month},
                )


def set_lock(change: Change, period: str, is_locked: bool) -> PeriodLock:
    """Lock (定稿) or unlock a month, quarter or year."""
    if not PERIOD.fullmatch(period):
        raise Refused(f"期间“{period}”写法不对，应如 2023-10、2023Q3 或 2023。")
    change.session.info.pop(LOCKS, None)
    return change.record(PeriodLock(**change.stamp(), period=period, is_locked=is_locked))


def quarter_of(month: str) -> str:
    """ "2023-10" → "2023Q4"."""
    return f"{month[:4]}Q{(int(month[5:7]) + 2) // 3}"


def period_label(period: str) -> str:
    """ "2023-10" → "2023年10月", "2023Q3" → "2023年第三季度", "2023" → "2023年"."""
    if "Q" in period:
        return f"{period[:4]}年第{'一二三四'[int(period[5]) - 1]}季度"
    return f"{period[:4]}年{int(period[5:7])}月" if "-" in period else f"{period}年"
