"""What stands of a programme, as a sheet is held against it and written to it (已登记的内容).

Each table is read once for both, in the transaction of the sheet, and only when something asks for it.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col

from app.programmes.models import Programme
from app.revisions import AnyRevision, Revision, Standing, standing_rows


class Known:
    """Rows of tables of facts by (model, month), withdrawn ones among them. Nothing the sheet writes is in them."""

    def __init__(self, session: Session, programme: Programme) -> None:
        assert programme.id is not None
        self._session = session
        self._programme_id = programme.id
        self._rows: dict[tuple[type[Revision], str | None], Sequence[Any]] = {}

    def _all(self, model: type[Revision], month: str | None) -> Sequence[Any]:
        if (model, month) not in self._rows:
            where = [] if month is None else [col(model.month) == month]  # type: ignore[attr-defined]
            self._rows[model, month] = standing_rows(self._session, model, self._programme_id, *where)
        return self._rows[model, month]

    def rows(self, model: type[AnyRevision], month: str | None = None) -> list[AnyRevision]:
        """What stands, in the order recorded: plain rows with the model's columns; of one month where it is given."""
        return [row for row in self._all(model, month) if not row.is_void]

    def standing(self, model: type[AnyRevision], month: str | None = None) -> Standing[AnyRevision]:
        """The same and what was withdrawn, to record with."""
        return Standing(model, self._all(model, month))
