"""Where the figures of one assessee's receipt came from: projects by id, service scores and visits by their cell.

Source: DESIGN §3 (provenance), CONTRACTS (receipt: file, sheet, cell, uploader).
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from app.evidence import service as evidence
from app.inspections.models import ServiceScoreRevision
from app.publications.boards import Basis
from app.revisions import AnyRevision, Revision
from app.support.models import VisitRevision
from scoring.assessees import PartLine, Ref


class Origins:
    """The revisions that one receipt's lines name, with their uploads, read once."""

    def __init__(self, session: Session, made_from: Basis, lines: Iterable[PartLine]) -> None:
        self._made_from = made_from
        refs = [ref for line in lines for ref in line.refs]
        self._revisions: dict[tuple[str, int], Revision] = {}
        self._read(session, ServiceScoreRevision, "service", refs)
        self._read(session, VisitRevision, "visit", refs)
        uploads = {
            int(cell["upload"])
            for revision in self._revisions.values()
            for cell in revision.provenance.values()
            if cell.get("upload") is not None
        }
        self._sources = evidence.sources(session, uploads)

    def _read(self, session: Session, model: type[AnyRevision], kind: str, refs: list[Ref]) -> None:
        wanted = sorted({ref.id for ref in refs if ref.kind == kind and ref.id is not None})
        if not wanted:
            return
        for revision in session.exec(select(model).where(col(model.id).in_(wanted))).all():
            assert revision.id is not None
            self._revisions[kind, revision.id] = revision

    def of(self, line: PartLine) -> list[dict[str, Any]]:
        """The line's sources in order: which project, what of it, and the cell where one stands behind it."""
        return [
            {
                "kind": ref.kind,
                "code": ref.code,
                "id": self._made_from.ids[ref.code],
                "name": self._made_from.assessed[ref.code].project.name,
                "words": ref.words,
                "evidence": self._evidence(ref),
            }
            for ref in line.refs
        ]

    def _evidence(self, ref: Ref) -> dict[str, Any] | None:
        revision = None if ref.id is None else self._revisions.get((ref.kind, ref.id))
        if revision is None:
            return None
        cell = revision.provenance.get(ref.field)
        return evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)
