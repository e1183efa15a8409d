"""Who may see which projects (数据范围): decided here alone, for every board, receipt, alert and detail.

Source: DESIGN §1. Published ranks and scores are for all; what is interim, and every detail, only for those a project
concerns. A month is charged to whoever held it on its last day.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.audit.service import Actor
from app.errors import Forbidden
from app.organisation import service as organisations
from app.organisation.models import Official, Unit
from app.programmes.models import Programme
from app.projects import service as projects

UNIT_ROLES = ("responsible_unit", "supporting_unit", "paired_department")
LEADER_ROLES = ("lead_official",)
WHOLE_ROLES = frozenset({"office", "office_head", "inspector", "auditor"})
VIEWERS = WHOLE_ROLES | {"leader", "unit"}
OVERALL_RANK_ROLES = frozenset({"office", "office_head"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """What of an actor decides what is shown: equal viewers see the same, so that answers may be shared by them."""

    sees_whole: bool
    sees_overall_rank: bool
    unit_id: int | None = None
    official_id: int | None = None
    names: tuple[str, ...] = ()  # of the unit or official, where the register knew no id


@dataclass(frozen=True, slots=True)
class Scope:
    """The projects a viewer may see in detail on a day."""

    viewer: Viewer
    project_ids: frozenset[int] = frozenset()

    def sees(self, project_id: int) -> bool:
        return self.viewer.sees_whole or project_id in self.project_ids


def require_viewer(actor: Actor) -> None:
    """Forbidden for the administrator, who manages accounts and sees no scores; asked before anything is looked up."""
    if actor.role not in VIEWERS:
        raise Forbidden("系统管理员只管理账号，不查看考评数据；如需查看，请由办公室另开账号。")


def viewer_of(session: Session, actor: Actor) -> Viewer:
    """Raises Forbidden for the administrator."""
    require_viewer(actor)
    if actor.role in WHOLE_ROLES:
        return Viewer(True, actor.role in OVERALL_RANK_ROLES)
    if actor.role == "leader":
        if actor.scope == "county":
            return Viewer(True, True)
        official = None if actor.official_id is None else session.get(Official, actor.official_id)
        return Viewer(False, False, official_id=actor.official_id, names=(official.name,) if official else ())
    unit = None if actor.unit_id is None else session.get(Unit, actor.unit_id)
    names = organisations.unit_names(session, unit) if unit else ()
    return Viewer(False, False, unit_id=actor.unit_id, names=names)


def scope_of(
    session: Session, programme: Programme, viewer: Viewer, day: date, known_at: datetime | None = None
) -> Scope:
    """What the viewer may see of the programme on a day, as known at an instant."""
    if viewer.sees_whole:
        return Scope(viewer)
    ids = projects.assigned_project_ids(
        session,
        programme,
        day,
        UNIT_ROLES if viewer.unit_id is not None else LEADER_ROLES,
        unit_id=viewer.unit_id,
        official_id=viewer.official_id,
        names=viewer.names,
        known_at=known_at,
    )
    return Scope(viewer, frozenset(ids))
