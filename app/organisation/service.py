"""Organisations, units and officials by the names people write (组织、单位、领导)."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.database import unless_taken
from app.errors import Conflict, NotFound
from app.organisation.models import Official, Organisation, Unit, UnitAlias


def plain(name: str) -> str:
    """A name without any white space: 开 发 区 and 开发区 are one unit."""
    return "".join(name.split())


def get(session: Session, code: str) -> Organisation:
    found = session.exec(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"没有代码为“{code}”的组织。")
    return found


def the_only(session: Session) -> Organisation:
    """The installation's organisation; made (本县) when there is none. Conflict when there are several."""
    found = session.exec(select(Organisation).order_by(col(Organisation.id))).all()
    if len(found) > 1:
        codes = "、".join(organisation.code for organisation in found)
        raise Conflict(f"系统里有多个组织（{codes}），请用 --organisation 指明是哪一个。")
    return found[0] if found else add(session, "county", "本县")


def is_alone(session: Session, organisation_id: int) -> bool:
    """Whether the installation serves no other organisation than this one."""
    return session.exec(select(Organisation.id).where(Organisation.id != organisation_id).limit(1)).first() is None


def add(session: Session, code: str, name: str, kind: str = "县") -> Organisation:
    if session.exec(select(Organisation).where(Organisation.code == code)).one_or_none() is not None:
        raise Conflict(f"已有代码为“{code}”的组织，请换一个代码。")
    organisation = Organisation(code=code, name=name, kind=kind)
    with unless_taken(session, f"刚刚有人新增了代码为“{code}”的组织，这一次没有保存，请再试一次。"):
        session.add(organisation)
    return organisation


def units(session: Session, organisation_id: int) -> Sequence[Unit]:
    return session.exec(select(Unit).where(Unit.organisation_id == organisation_id).order_by(col(Unit.id))).all()


def find_unit(session: Session, name: str, organisation_id: int | None = None) -> Unit | None:
    """The unit of this name or alias (white space aside); in any organisation unless one is given.

    Conflict when units of several organisations answer to it.
    """
    by_name = select(Unit).where(Unit.name == plain(name))
    by_alias = select(Unit).join(UnitAlias, col(UnitAlias.unit_id) == Unit.id).where(UnitAlias.alias == plain(name))
    for query in (by_name, by_alias):
        if organisation_id is not None:
            query = query.where(Unit.organisation_id == organisation_id)
        found = session.exec(query).all()
        if len(found) > 1:
            raise Conflict(f"有{len(found)}个组织都有名为“{name}”的单位，请指明是哪个组织的。")
        if found:
            return found[0]
    return None


def units_by_name(session: Session, organisation_id: int) -> dict[str, Unit]:
    """The organisation's units by every spelling they answer to, plain: what `find_unit` finds, for a whole sheet."""
    found = units(session, organisation_id)
    by_id = {unit.id: unit for unit in found}
    aliases = session.exec(select(UnitAlias).where(UnitAlias.organisation_id == organisation_id)).all()
    return {**{row.alias: by_id[row.unit_id] for row in aliases}, **{unit.name: unit for unit in found}}


def ensure_unit(session: Session, organisation_id: int, name: str, kind: str = "") -> Unit:
    """The unit of this name or alias, added when the organisation has none."""
    unit = find_unit(session, name, organisation_id)
    if unit is None:
        _hold(session, organisation_id)
        unit = find_unit(session, name, organisation_id)
    if unit is None:
        unit = Unit(organisation_id=organisation_id, name=plain(name), kind=kind)
        session.add(unit)
        session.flush()
    return unit


def _hold(session: Session, organisation_id: int) -> None:
    """Lock the organisation's register of names until the transaction ends: two sheets of two programmes may name the
    same new unit at once, and the second shall find what the first wrote. Locked after a programme, before the trail.
    """
    session.exec(
        select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    ).one()


def unit_names(session: Session, unit: Unit) -> tuple[str, ...]:
    """Every spelling a unit answers to: its name, then its aliases."""
    aliases = session.exec(select(UnitAlias.alias).where(UnitAlias.unit_id == unit.id)).all()
    return (unit.name, *sorted(aliases))


def add_alias(session: Session, unit: Unit, alias: str) -> None:
    """Let the unit answer to another spelling (简称). Conflict when that spelling means another unit."""
    _hold(session, unit.organisation_id)
    known = find_unit(session, alias, unit.organisation_id)
    if known is not None and known.id != unit.id:
        raise Conflict(f"“{alias}”已是{known.name}的名称或简称，不能再指{unit.name}。")
    if known is None:
        assert unit.id is not None
        session.add(UnitAlias(organisation_id=unit.organisation_id, unit_id=unit.id, alias=plain(alias)))
        session.flush()


def find_official(session: Session, organisation_id: int, name: str) -> Official | None:
    return session.exec(
        select(Official).where(Official.organisation_id == organisation_id, Official.name == plain(name))
    ).one_or_none()


def officials_by_name(session: Session, organisation_id: int) -> dict[str, Official]:
    """The organisation's officials by name, plain."""
    found = session.exec(select(Official).where(Official.organisation_id == organisation_id)).all()
    return {official.name: official for official in found}


def ensure_official(
    session: Session, organisation_id: int, name: str, post: str = "", unit_id: int | None = None
) -> Official:
    """The official of this name, added when the organisation has none."""
    official = find_official(session, organisation_id, name)
    if official is None:
        _hold(session, organisation_id)
        official = find_official(session, organisation_id, name)
    if official is None:
        official = Official(organisation_id=organisation_id, name=plain(name), post=post, unit_id=unit_id)
        session.add(official)
        session.flush()
    return official
