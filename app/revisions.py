"""Facts as revisions: recorded, never updated; the newest one known at an instant counts (修订).

Source: DESIGN §3. One way in (`revise`, `withdraw`) and one way out (`newest`, `newest_rows`) for every table of facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import JSON, ColumnElement, Numeric, Row, Subquery, func
from sqlalchemy import select as sa_select
from sqlmodel import Field, Session, SQLModel, col, select

from app.columns import Instant


class Revision(SQLModel):
    """What every revision of a fact carries. Nothing is updated in place: the newest revision of a key counts.

    `KEY` names the columns that, within a programme, say which fact a revision is of.
    `provenance` maps a field's name to the cell it came from: {"upload": id, "sheet": "6月", "cell": "F12"}, or to the
    entry made by hand: {"entry": "name of the person"}. A withdrawn fact is a revision with `is_void`.
    Undo writes a new revision equal to the earlier one; `undoes_upload_id` then names the upload undone.
    """

    KEY: ClassVar[tuple[str, ...]] = ()

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    account_id: int | None = None
    upload_id: int | None = Field(default=None, foreign_key="uploads.id", index=True)
    undoes_upload_id: int | None = None
    reason: str = ""
    is_void: bool = False
    provenance: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


AnyRevision = TypeVar("AnyRevision", bound=Revision)


def newest(
    session: Session,
    model: type[AnyRevision],
    programme_id: int,
    *where: ColumnElement[bool],
    known_at: datetime | None = None,
    with_void: bool = False,
) -> Sequence[AnyRevision]:
    """The newest revision of each key recorded up to `known_at` (default: all), in the order recorded.

    `where` may only speak of key columns, so that a filter never uncovers an older revision. Withdrawn facts (void)
    are left out unless asked for.
    """
    places = _places(model, programme_id, where, known_at)
    found = session.exec(
        select(model)
        .join(places, col(model.id) == places.c.id)
        .where(places.c.place == 1)
        .order_by(col(model.recorded_at), col(model.id))
    ).all()
    return found if with_void else [revision for revision in found if not revision.is_void]


def newest_rows(
    session: Session,
    model: type[AnyRevision],
    names: Sequence[str],
    programme_id: int,
    *where: ColumnElement[bool],
    known_at: datetime | None = None,
) -> Sequence[Row[Any]]:
    """As `newest` without the withdrawn, but plain rows of the named columns: a board reads 1,500 of them."""
    places = _places(model, programme_id, where, known_at)
    table = model.__table__  # type: ignore[attr-defined]
    statement = (
        sa_select(*(table.c[name] for name in names))
        .join(places, table.c.id == places.c.id)
        .where(places.c.place == 1, table.c.is_void.is_(False))
        .order_by(table.c.recorded_at, table.c.id)
    )
    return session.connection().execute(statement).all()


def _places(
    model: type[AnyRevision], programme_id: int, where: Sequence[ColumnElement[bool]], known_at: datetime | None
) -> Subquery:
    """Every revision's id and its place within its key, the newest first."""
    conditions = [col(model.programme_id) == programme_id, *where]
    if known_at is not None:
        conditions.append(col(model.recorded_at) <= known_at)
    place = func.row_number().over(
        partition_by=[col(getattr(model, name)) for name in model.KEY],
        order_by=(col(model.recorded_at).desc(), col(model.id).desc()),
    )
    return select(col(model.id).label("id"), place.label("place")).where(*conditions).subquery()


BOOKKEEPING = frozenset(Revision.model_fields)


def facts_of(revision: Revision) -> dict[str, Any]:
    """The revision's own columns without key and bookkeeping: what two revisions of one key are compared by."""
    skip = BOOKKEEPING | set(type(revision).KEY)
    return {name: getattr(revision, name) for name in type(revision).model_fields if name not in skip}


class Recording(Protocol):
    """A change under way (`app.programmes.service.Change`): its session and the bookkeeping of its revisions."""

    @property
    def session(self) -> Session: ...

    @property
    def programme(self) -> Any: ...

    def stamp(self, **extra: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new revision says otherwise than the one before: the fields that differ, as they were and as they are."""

    old: dict[str, Any]
    new: dict[str, Any]
    is_first: bool  # nothing of this key stood before


Standing = dict[tuple[Any, ...], AnyRevision]


def standing(
    session: Session, model: type[AnyRevision], programme_id: int, *where: ColumnElement[bool]
) -> Standing[AnyRevision]:
    """The newest revision of each key, withdrawn ones included: loaded once where many facts are recorded together."""
    found = newest(session, model, programme_id, *where, with_void=True)
    return {tuple(getattr(revision, name) for name in model.KEY): revision for revision in found}


def revise(
    change: Recording,
    model: type[AnyRevision],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
    standing: Standing[AnyRevision] | None = None,
    undoes_upload_id: int | None = None,
    reason: str | None = None,
) -> Difference | None:
    """Record what differs: one new revision of `key`, or None when it would say what stands already.

    Fields absent from `values` keep what stands. Decimals are first rounded half-up to their column's scale, so that
    the same sheet read again compares equal. Only fields that differ take their new provenance; a part of a JSON
    field has its own: "indicator_points.投资完成".
    `reason` (default: the change's) is set where this fact has its own, as events do; it is compared too.
    """
    unknown = set(values) - set(model.model_fields)
    if unknown:
        raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    identity = tuple(key[name] for name in model.KEY)
    before = _standing_revision(change, model, key, standing)
    is_first = before is None or before.is_void
    stands = {} if before is None or before.is_void else facts_of(before)
    wanted = {name: _as_stored(model, name, value) for name, value in values.items()}
    differing = [name for name, value in wanted.items() if name not in stands or stands[name] != value]
    reasoned = reason is not None and before is not None and before.reason != reason
    if before is not None and not is_first and not differing and not reasoned:
        return None
    sources = {} if before is None or before.is_void else dict(before.provenance)
    for name, source in (provenance or {}).items():
        field, _, part = name.partition(".")
        moved = field in differing and (not part or (stands.get(field) or {}).get(part) != wanted[field].get(part))
        if moved or name not in sources:
            sources[name] = source
    bookkeeping = change.stamp(upload_id=upload_id, undoes_upload_id=undoes_upload_id, provenance=sources)
    if reason is not None:
        bookkeeping["reason"] = reason
    written = model(**{**stands, **wanted, **key, **bookkeeping})
    change.session.add(written)
    change.session.flush()
    if standing is not None:
        standing[identity] = written
    return Difference(
        old={name: stands.get(name) for name in differing if not is_first},
        new={name: wanted[name] for name in differing},
        is_first=is_first,
    )


def withdraw(
    change: Recording,
    model: type[AnyRevision],
    key: Mapping[str, Any],
    *,
    upload_id: int | None = None,
    undoes_upload_id: int | None = None,
    standing: Standing[AnyRevision] | None = None,
) -> Difference | None:
    """Withdraw the fact (void), keeping what it said; None when nothing stands."""
    before = _standing_revision(change, model, key, standing)
    if before is None or before.is_void:
        return None
    facts = facts_of(before)
    bookkeeping = change.stamp(
        upload_id=upload_id, undoes_upload_id=undoes_upload_id, provenance=dict(before.provenance), is_void=True
    )
    written = model(**{**facts, **key, **bookkeeping})
    change.session.add(written)
    change.session.flush()
    if standing is not None:
        standing[tuple(key[name] for name in model.KEY)] = written
    return Difference(old=facts, new={}, is_first=False)


def _standing_revision(
    change: Recording, model: type[AnyRevision], key: Mapping[str, Any], standing: Standing[AnyRevision] | None
) -> AnyRevision | None:
    if set(key) != set(model.KEY):
        raise ValueError(f"{model.__name__} is keyed by {model.KEY}, not by {tuple(key)}")
    if standing is not None:
        return standing.get(tuple(key[name] for name in model.KEY))
    where = [col(getattr(model, name)) == value for name, value in key.items()]
    return change.session.exec(
        select(model)
        .where(col(model.programme_id) == change.programme.id, *where)
        .order_by(col(model.recorded_at).desc(), col(model.id).desc())
        .limit(1)
    ).first()


def _as_stored(model: type[Revision], name: str, value: Any) -> Any:
    """The value as the column will give it back: decimals at the column's scale, half-up."""
    if not isinstance(value, Decimal):
        return value
    kind = model.__table__.c[name].type  # type: ignore[attr-defined]
    if isinstance(kind, Numeric) and kind.scale is not None:
        return value.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP)
    return value
