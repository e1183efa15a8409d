"""Facts as revisions: recorded, never updated; the newest one known at an instant counts (修订).

Source: DESIGN §3. One way in (`revise`, `withdraw`, after an undo `replace`) and one way out (`newest`, `newest_rows`)
for every table of facts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import JSON, ColumnElement, Numeric, Row, Subquery, func
from sqlalchemy import insert as sa_insert
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
    with_void: bool = False,
) -> Sequence[Row[Any]]:
    """As `newest`, but plain rows of the named columns: a board reads 1,500 of them."""
    places = _places(model, programme_id, where, known_at)
    table = model.__table__  # type: ignore[attr-defined]
    statement = (
        sa_select(*(table.c[name] for name in names))
        .join(places, table.c.id == places.c.id)
        .where(places.c.place == 1, *(() if with_void else (table.c.is_void.is_(False),)))
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


@lru_cache
def fact_names(model: type[Revision]) -> tuple[str, ...]:
    """The model's own columns without key and bookkeeping: what two revisions of one key are compared by."""
    skip = BOOKKEEPING | set(model.KEY)
    return tuple(name for name in model.model_fields if name not in skip)


def facts_of(revision: Revision) -> dict[str, Any]:
    """What the revision says of its fact, by column."""
    return {name: getattr(revision, name) for name in fact_names(type(revision))}


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


class Standing(dict[tuple[Any, ...], AnyRevision], Generic[AnyRevision]):
    """What stands of a table, by key, withdrawn facts included: loaded once where many facts are recorded together.

    Its rows have a revision's key, facts, `id`, `is_void` and `reason`, not where each field came from: that is most
    of a revision, and asked of few. What is recorded with a Standing stands in it at once and is inserted by `write`,
    all rows together; until then no query finds it.
    """

    def __init__(self, model: type[AnyRevision], rows: Iterable[Any] = ()) -> None:
        key_of = _getter(model.KEY)
        super().__init__([(key_of(row), row) for row in rows])
        self.model = model
        self.unwritten: list[dict[str, Any]] = []

    def parts(self, *names: str) -> "defaultdict[tuple[Any, ...], Standing[AnyRevision]]":
        """Parts of it by some columns of the key; what is recorded with a part is inserted with the whole."""

        def empty() -> Standing[AnyRevision]:
            part = Standing(self.model)
            part.unwritten = self.unwritten
            return part

        found: defaultdict[tuple[Any, ...], Standing[AnyRevision]] = defaultdict(empty)
        part_of = _getter(names)
        for key, row in self.items():
            found[part_of(row)][key] = row
        return found

    def put(self, key: tuple[Any, ...], values: dict[str, Any]) -> None:
        self[key] = SimpleNamespace(**{"is_void": False, "reason": "", "id": None, **values})  # type: ignore[assignment]
        self.unwritten.append(values)

    def write(self, session: Session) -> None:
        """Insert what waits, in the order recorded."""
        insert(session, self.model, self.unwritten)
        self.unwritten.clear()


@lru_cache
def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these columns of a row, as a tuple also where it is one."""
    if len(names) == 1:
        [only] = names
        return lambda row: (getattr(row, only),)
    return attrgetter(*names)


def standing(
    session: Session, model: type[AnyRevision], programme_id: int, *where: ColumnElement[bool]
) -> Standing[AnyRevision]:
    """The newest revision of each key, withdrawn ones included."""
    return Standing(model, standing_rows(session, model, programme_id, *where))


def standing_rows(
    session: Session, model: type[AnyRevision], programme_id: int, *where: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    """The rows of a Standing, in the order recorded."""
    names = ("id", "is_void", "reason", *model.KEY, *fact_names(model))
    return newest_rows(session, model, names, programme_id, *where, with_void=True)


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
    unknown = values.keys() - model.model_fields.keys()
    if unknown:
        raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    before = _standing_revision(change, model, key, standing)
    is_first = before is None or before.is_void
    wanted = {name: _as_stored(model, name, value) for name, value in values.items()}
    differing = [name for name, value in wanted.items() if is_first or getattr(before, name) != value]
    reasoned = reason is not None and before is not None and before.reason != reason
    if not is_first and not differing and not reasoned:
        return None
    stands = {} if before is None or is_first else {name: getattr(before, name) for name in fact_names(model)}
    sources = {} if before is None or is_first else sources_of(change.session, model, before)
    for name, source in (provenance or {}).items():
        field, _, part = name.partition(".")
        moved = field in differing and (not part or (stands.get(field) or {}).get(part) != wanted[field].get(part))
        if moved or name not in sources:
            sources[name] = source
    bookkeeping = change.stamp(upload_id=upload_id, undoes_upload_id=undoes_upload_id, provenance=sources)
    if reason is not None:
        bookkeeping["reason"] = reason
    _write(change, model, key, {**stands, **wanted, **bookkeeping}, standing)
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
    facts = {name: getattr(before, name) for name in fact_names(model)}
    sources = sources_of(change.session, model, before)
    bookkeeping = change.stamp(upload_id=upload_id, undoes_upload_id=undoes_upload_id, provenance=sources, is_void=True)
    _write(change, model, key, {**facts, **bookkeeping}, standing)
    return Difference(old=facts, new={}, is_first=False)


def replace(
    change: Recording,
    model: type[AnyRevision],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    provenance: Mapping[str, Any],
    undoes_upload_id: int,
    reason: str,
    standing: Standing[AnyRevision],
) -> Difference | None:
    """Record exactly these facts, blank where nothing is said, and where they come from: what is left after an undo.

    None when that stands already.
    """
    before = _standing_revision(change, model, key, standing)
    is_first = before is None or before.is_void
    stands = {} if before is None or is_first else {name: getattr(before, name) for name in fact_names(model)}
    wanted = {**_defaults(model), **values}
    differing = [name for name in fact_names(model) if name not in stands or stands[name] != wanted[name]]
    if not differing:
        return None
    bookkeeping = change.stamp(undoes_upload_id=undoes_upload_id, provenance=dict(provenance), reason=reason)
    _write(change, model, key, {**wanted, **bookkeeping}, standing)
    return Difference(
        old={name: stands.get(name) for name in differing if not is_first},
        new={name: wanted[name] for name in differing},
        is_first=is_first,
    )


def _standing_revision(
    change: Recording, model: type[AnyRevision], key: Mapping[str, Any], standing: Standing[AnyRevision] | None
) -> AnyRevision | None:
    if key.keys() != set(model.KEY):
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


def sources_of(session: Session, model: type[AnyRevision], revision: AnyRevision) -> dict[str, Any]:
    """Where each field of a revision came from; rows of a Standing that were read do not hold it."""
    held = getattr(revision, "provenance", None)
    if held is None:
        held = session.exec(select(model.provenance).where(col(model.id) == revision.id)).one()
    return dict(held)


def _write(
    change: Recording,
    model: type[AnyRevision],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    standing: Standing[AnyRevision] | None,
) -> None:
    row = {**_defaults(model), **values, **key}
    if standing is None:
        insert(change.session, model, [row])
    else:
        standing.put(tuple(key[name] for name in model.KEY), row)


def insert(session: Session, model: type[Revision], rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows at once, without an object for each: a sheet of 134 projects writes some hundred."""
    if rows:
        session.flush()  # what the rows speak of
        session.connection().execute(sa_insert(model.__table__), rows)  # type: ignore[attr-defined]


def _defaults(model: type[Revision]) -> dict[str, Any]:
    return {name: make() for name, make in _makers(model)}


@lru_cache
def _makers(model: type[Revision]) -> list[tuple[str, Callable[..., Any]]]:
    """What gives each column that need not be stated its default: a list of its own where it is a list."""
    return [
        (name, field.default_factory or partial(_itself, field.default))
        for name, field in model.model_fields.items()
        if name != "id" and not field.is_required()
    ]


def _itself(value: Any) -> Any:
    return value


def _as_stored(model: type[Revision], name: str, value: Any) -> Any:
    """The value as the column will give it back: decimals at the column's scale, half-up."""
    if not isinstance(value, Decimal):
        return value
    kind = model.__table__.c[name].type  # type: ignore[attr-defined]
    if isinstance(kind, Numeric) and kind.scale is not None:
        return value.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP)
    return value
