"""What stands of a programme, as a sheet is held against it and written to it (已登记的内容).

Each table is read once for both, and while nothing moves once for all steps of a sheet: preview, answers, commit.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlmodel import Session, col

from app.inspections.models import InspectionRevision
from app.programmes.service import Change
from app.publications.memory import Memory, state_before
from app.revisions import AnyRevision, Revision, Standing, newest_rows, standing_rows

MEMORY = Memory(size=128)  # tables as read, of every installation in this process; some ten a programme


class Known:
    """Rows of tables of facts as they stood before the change: of a whole table, or of one value of a column of its key
    (a month's records, one role's holders).

    Ask before the change writes anything: what is read here is remembered for the next change that finds the same.
    """

    def __init__(self, change: Change) -> None:
        assert change.programme.id is not None
        self._session: Session = change.session
        self._programme_id = change.programme.id
        self._state = state_before(change)

    def _all(self, model: type[Revision], of: Mapping[str, str]) -> Sequence[Any]:
        def read() -> Sequence[Any]:
            where = [col(getattr(model, name)) == value for name, value in of.items()]
            return standing_rows(self._session, model, self._programme_id, *where)

        found: Sequence[Any] = MEMORY.keep(self._state, (model, *of.items()), read)
        return found

    def rows(self, model: type[AnyRevision], **of: str) -> list[AnyRevision]:
        """What stands, in the order recorded: plain rows with the model's columns."""
        return [row for row in self._all(model, of) if not row.is_void]

    def standing(self, model: type[AnyRevision], **of: str) -> Standing[AnyRevision]:
        """The same and what was withdrawn, to record with."""
        return Standing(model, self._all(model, of))

    def earlier_figures(self, names: tuple[str, ...], month: str) -> Sequence[Any]:
        """Of the year's earlier months: project id, month and the named figures, month by month."""

        def read() -> Sequence[Any]:
            found = newest_rows(
                self._session,
                InspectionRevision,
                ("project_id", "month", *names),
                self._programme_id,
                col(InspectionRevision.month).between(f"{month[:4]}-01", month),
                col(InspectionRevision.month) != month,
            )
            return sorted(found, key=itemgetter(1))

        found: Sequence[Any] = MEMORY.keep(self._state, (InspectionRevision, *names, month), read)
        return found
