"""Facts as revisions: recorded, never updated; the newest one known at an instant counts (修订).

Source: DESIGN §3. One way in (`record`) and one way out (`newest`) for every table of facts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import JSON, ColumnElement, func
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
    key = [col(getattr(model, name)) for name in model.KEY]
    conditions = [col(model.programme_id) == programme_id, *where]
    if known_at is not None:
        conditions.append(col(model.recorded_at) <= known_at)
    ranked = (
        select(
            col(model.id).label("id"),
            func.row_number()
            .over(partition_by=key, order_by=(col(model.recorded_at).desc(), col(model.id).desc()))
            .label("place"),
        )
        .where(*conditions)
        .subquery()
    )
    found = session.exec(
        select(model)
        .join(ranked, col(model.id) == ranked.c.id)
        .where(ranked.c.place == 1)
        .order_by(col(model.recorded_at), col(model.id))
    ).all()
    return found if with_void else [revision for revision in found if not revision.is_void]


BOOKKEEPING = frozenset(Revision.model_fields)


def facts_of(revision: Revision) -> dict[str, Any]:
    """The revision's own columns without key and bookkeeping: what two revisions of one key are compared by."""
    skip = BOOKKEEPING | set(type(revision).KEY)
    return {name: getattr(revision, name) for name in type(revision).model_fields if name not in skip}
