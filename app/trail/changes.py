"""数据改动: every value that was changed, step by step: old, new, who, when, and from which cell or screen.

Told from the revisions of facts by `publications.factchanges`, which also explains corrections; nothing is kept twice.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.service import require_role
from app.audit.service import Actor
from app.errors import NotFound
from app.programmes.models import Programme
from app.projects.models import Project, ProjectRevision
from app.publications import factchanges
from app.publications.exports import Column, Export
from app.revisions import newest_rows
from app.trail.access import WHOLE
from app.trail.entries import local_time, midnight, require_exportable
from app.trail.wording import plain


def listing(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    project: str = "",
    month: str = "",
    since: date | None = None,
    until: date | None = None,
    page: int = 1,
    size: int = 200,
) -> dict[str, Any]:
    """The changes of one project (its code), of one month's facts, of what was recorded in a span; the latest first."""
    require_role(actor, *WHOLE)
    known = _projects(session, programme)
    project_id = None
    if project:
        project_id = next((found for found, (code, _) in known.items() if code == project), None)
        if project_id is None:
            raise NotFound(f"没有编号为“{project}”的项目，请核对项目编号。")
    told = factchanges.every_change(
        session,
        programme,
        project_id=project_id,
        month=month or None,
        since=None if since is None else midnight(since),
        until=None if until is None else midnight(until + timedelta(days=1)),
    )
    rows = [_line(*known[one], change) for one, change in told[(page - 1) * size : page * size]]
    projects = [{"code": code, "name": plain(name)} for code, name in sorted(known.values())]
    return {"rows": rows, "total": len(told), "page": page, "size": size, "projects": projects}


def _projects(session: Session, programme: Programme) -> dict[int, tuple[str, str]]:
    """Code and today's name of every project there ever was, by id."""
    assert programme.id is not None
    rows = newest_rows(session, ProjectRevision, ["project_id", "name"], programme.id)
    names = {row.project_id: row.name for row in rows}
    found = session.exec(select(Project.id, Project.code).where(col(Project.programme_id) == programme.id)).all()
    return {one: (code, names.get(one, "（登记已撤销）")) for one, code in found if one is not None}


def _line(code: str, name: str, change: dict[str, Any]) -> dict[str, Any]:
    origin = change["origin"]
    is_from_file = origin["file"] is not None
    place = " ".join(part for part in (origin["sheet"], origin["cell"]) if part)
    return {
        "at": change["recorded_at"],
        "at_words": local_time(datetime.fromisoformat(change["recorded_at"])),
        "who": plain(change["recorded_by"]),
        "code": code,
        "name": plain(name),
        "fact": change["fact"],
        "key": plain(change["key"]),
        "label": plain(change["label"]),
        "old": None if change["old"] is None else plain(change["old"]),
        "new": None if change["new"] is None else plain(change["new"]),
        "reason": plain(change["reason"]),
        "is_undone": change["is_undone"],
        "upload": origin["upload"],
        "source": plain(f"{origin['file']} {place}".strip()) if is_from_file else "页面录入",
        "uploader": plain(origin["uploader"]) if is_from_file else "",
    }


def export(found: dict[str, Any], programme: Programme) -> Export:
    """The changes found as a workbook. Refused beyond what one may hold."""
    require_exportable(found["total"])
    return Export(
        title=f"数据改动 {programme.code}",
        note="每改一次记一行，撤销导入也记；时间为北京时间",
        columns=COLUMNS,
        rows=found["rows"],
    )


COLUMNS = (
    Column("时间", lambda row: row["at_words"], 26),
    Column("何人", lambda row: row["who"], 14),
    Column("项目编号", lambda row: row["code"], 12),
    Column("项目名称", lambda row: row["name"], 28),
    Column("数据", lambda row: " ".join(part for part in (row["fact"], row["key"]) if part), 22),
    Column("栏目", lambda row: row["label"], 26),
    Column("原值", lambda row: row["old"], 22),
    Column("新值", lambda row: row["new"], 22),
    Column("来自", lambda row: row["source"], 34),
    Column("上传人", lambda row: row["uploader"], 12),
    Column("原因", lambda row: f"撤销导入：{row['reason']}" if row["is_undone"] else row["reason"], 26),
)
