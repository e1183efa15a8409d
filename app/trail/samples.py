"""抽查: a drawn sample of receipts with their source cells, to be held against the paper file, and what came of it.

All of it lives on the trail: the drawing with its seed and what was shown (`audit.sample`), each tick (`audit.check`,
the newest of a line counts). Nobody can take a line out of a sample or a tick back.

**The draw can be done again by anybody.** Every project with a score on the period's board, as recorded at `known_at`,
is given SHA-256(seed|code); the n smallest are the sample. Of each receipt the scored month with the smallest
SHA-256(seed|code|month) is looked at. No program's random numbers are needed: `printf '%s' 'seed|code' | sha256sum`.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.service import require_role
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, NotFound, Refused
from app.evidence.labels import label, shown
from app.evidence.service import instant
from app.inspections import service as inspections
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects.models import Project
from app.publications import receipts
from app.publications import service as publishing
from app.publications.exports import Column, Export, period_words
from app.publications.memory import Memory
from app.trail.access import CHECKERS, WHOLE, seen_by
from app.trail.entries import local_time
from app.trail.wording import plain, plain_json

DRAWN, CHECKED = "audit.sample", "audit.check"
MOST = 200
AGREES, DIFFERS = "相符", "不符"
SEED = re.compile(r"[0-9A-Za-z_-]{1,64}")


def draw(
    database: Database,
    actor: Actor,
    programme_code: str,
    period: str,
    size: int,
    seed: str = "",
    *,
    at: datetime | None = None,
) -> dict[str, Any]:
    """A new sample, put on the trail with its seed (by default one nobody chose)."""
    require_role(actor, *CHECKERS)
    if not 1 <= size <= MOST:
        raise Refused(f"抽取数应在1至{MOST}之间，请改正后再抽。")
    seed = seed or secrets.token_hex(8)
    if not SEED.fullmatch(seed):
        raise Refused("随机种子只用字母、数字和横线，不超过64个，请改正后再抽。")
    with database.read() as session:
        programme = programmes.get(session, programme_code, actor)
        memory = Memory(64, heavy_size=16)  # shared within this one act
        known_at = programme.last_recorded_at
        found, population = drawn(session, actor, programme, period, known_at, size, seed, memory)
        if not found:
            raise Refused("这一期还没有可抽的得分，请换一个期间。")
        rows = [_looked_at(session, actor, programme, period, code, month, memory) for code, month in found]
    detail = {
        "period": period,
        "size": size,
        "seed": seed,
        "known_at": instant(known_at),
        "population": population,
        "rows": rows,
    }
    with database.write() as session:
        entry = audit.append(session, actor, DRAWN, target=period, programme=programme.code, detail=detail, at=at)
        number = entry.number
    with database.read() as session:
        return get(session, actor, number)


def drawn(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str,
    known_at: datetime,
    size: int,
    seed: str,
    memory: Memory,
) -> tuple[list[tuple[str, str]], int]:
    """Which project and month fall to a seed, in the order drawn, and out of how many projects."""
    board = publishing.standings(session, actor, programme, period, None, known_at, memory=memory)
    scored = [row["code"] for row in board["rows"] if row["score"] is not None]
    chosen: list[tuple[str, str]] = []
    for code in smallest(seed, scored)[:size]:
        made = receipts.receipt(
            session, actor, programme, _project(session, programme, code), period, None, known_at, memory=memory
        )
        months = [month["month"] for month in _months(made) if month["score"] is not None]
        if months:
            chosen.append((code, smallest(f"{seed}|{code}", months)[0]))
    return chosen, len(scored)


def smallest(seed: str, names: Iterable[str]) -> list[str]:
    """The names in the order of SHA-256(seed|name)."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).hexdigest())


def redraw(session: Session, actor: Actor, number: int) -> dict[str, Any]:
    """Draw an earlier sample again from its seed and instant: whether the same lines come out."""
    entry, programme = _found(session, actor, number)
    said = entry.detail
    known_at = datetime.fromisoformat(said["known_at"])
    found, population = drawn(
        session, actor, programme, said["period"], known_at, said["size"], said["seed"], Memory(64, heavy_size=16)
    )
    first = [(row["code"], row["month"]) for row in said["rows"]]
    return {"number": number, "seed": said["seed"], "same": found == first, "population": population}


def check(
    database: Database, actor: Actor, number: int, code: str, month: str, verdict: str, remark: str = ""
) -> dict[str, Any]:
    """Tick one line: 相符, or 不符 with what was found. A later tick counts instead; both stay on the trail."""
    require_role(actor, *CHECKERS)
    if verdict not in (AGREES, DIFFERS):
        raise Refused(f"核对结果只有“{AGREES}”和“{DIFFERS}”，请选择其一。")
    if verdict == DIFFERS and not remark.strip():
        raise Refused("结果为不符的，请写明查到的情况。")
    with database.write() as session:
        entry, programme = _found(session, actor, number)
        row = next((row for row in entry.detail["rows"] if (row["code"], row["month"]) == (code, month)), None)
        if row is None:
            raise NotFound(f"第{number}号抽查里没有项目{code}{month}这一行，请核对。")
        standing = _ticks(session, number).get((code, month))
        if standing is not None and (standing["verdict"], standing["remark"]) == (verdict, remark.strip()):
            raise Conflict("这一行已经是这个结果，没有改动。")
        detail = {"code": code, "month": month, "verdict": verdict, "remark": remark.strip()}
        audit.append(session, actor, CHECKED, target=f"sample {number}", programme=programme.code, detail=detail)
    with database.read() as session:
        return get(session, actor, number)


def listing(session: Session, actor: Actor, programme_code: str = "") -> dict[str, Any]:
    """The samples there are, the latest first, with how far each is checked."""
    require_role(actor, *WHOLE)
    where = [seen_by(session, actor), col(AuditEntry.action) == DRAWN, col(AuditEntry.outcome) == "ok"]
    if programme_code:
        where.append(col(AuditEntry.programme) == programme_code)
    entries = session.exec(select(AuditEntry).where(*where).order_by(col(AuditEntry.number).desc())).all()
    rows = [heading(entry, _ticks(session, entry.number)) for entry in entries]
    return {"rows": rows, "total": len(rows)}


def get(session: Session, actor: Actor, number: int) -> dict[str, Any]:
    """One sample with its lines as they were shown when drawn, and the newest tick of each."""
    entry, _ = _found(session, actor, number)
    ticks = _ticks(session, number)
    rows = [
        {**plain_json(row), **(ticks.get((row["code"], row["month"])) or _unticked())} for row in entry.detail["rows"]
    ]
    return {**heading(entry, ticks), "rows": rows, "total": len(rows)}


def heading(entry: AuditEntry, ticks: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    verdicts = [tick["verdict"] for tick in ticks.values()]
    return {
        "number": entry.number,
        "at": instant(entry.at),
        "at_words": local_time(entry.at),
        "by": plain(entry.actor_name),
        "programme": entry.programme,
        "period": entry.detail["period"],
        "period_label": period_words(entry.detail["period"]),
        "seed": entry.detail["seed"],
        "population": entry.detail["population"],
        "drawn": len(entry.detail["rows"]),
        "agrees": verdicts.count(AGREES),
        "differs": verdicts.count(DIFFERS),
        "open": len(entry.detail["rows"]) - len(verdicts),
    }


def export(found: Mapping[str, Any]) -> Export:
    """A sample for the paper file."""
    return Export(
        title=f"抽查核对表 第{found['number']}号 {found['period_label']}",
        note=f"{found['by']}于{found['at_words']}抽取；种子{found['seed']}；从{found['population']}个有得分的项目中抽"
        f"{found['drawn']}个：对每个项目算 SHA-256（种子|项目编号），取最小的；再以（种子|项目编号|月份）取一个月",
        columns=COLUMNS,
        rows=found["rows"],
    )


def _looked_at(
    session: Session, actor: Actor, programme: Programme, period: str, code: str, month: str, memory: Memory
) -> dict[str, Any]:
    """The line of one receipt as people see it: its score, the month's, and the cell that decided it."""
    project = _project(session, programme, code)
    assert project.id is not None
    made = receipts.receipt(session, actor, programme, project, period, memory=memory)
    of_month: dict[str, Any] = next((one for one in _months(made) if one["month"] == month), {})
    cell: dict[str, Any] = of_month.get("evidence") or {}
    field = str(cell.get("field") or "")
    return {
        "code": code,
        "id": project.id,
        "name": made["name"],
        "score": made["score"],
        "month": month,
        "month_score": of_month.get("score"),
        "field": label(field) if field else "",
        "value": _value(session, programme, project.id, str(cell.get("month") or month), field),
        "upload": cell.get("upload"),
        "file": cell.get("file"),
        "sheet": cell.get("sheet"),
        "cell": cell.get("cell"),
        "uploader": cell.get("uploader"),
    }


def _value(session: Session, programme: Programme, project_id: int, month: str, field: str) -> str | None:
    """What is stored for the field of that month's record; None for what no record holds, as 完工."""
    record = next((one for one in inspections.records_of(session, programme, project_id) if one.month == month), None)
    if record is None or not field:
        return None
    name, _, part = field.partition(".")
    if part:
        return getattr(record, name, {}).get(part)
    return shown(getattr(record, name, None))


def _months(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [month for quarter in made["quarters"] for month in quarter["months"]]


def _project(session: Session, programme: Programme, code: str) -> Project:
    return session.exec(select(Project).where(Project.programme_id == programme.id, Project.code == code)).one()


def _found(session: Session, actor: Actor, number: int) -> tuple[AuditEntry, Programme]:
    require_role(actor, *WHOLE)
    where = (seen_by(session, actor), col(AuditEntry.number) == number, col(AuditEntry.action) == DRAWN)
    entry = session.exec(select(AuditEntry).where(*where, AuditEntry.outcome == "ok")).one_or_none()
    if entry is None:
        raise NotFound(f"没有第{number}号抽查，请核对编号。")
    return entry, programmes.get(session, entry.programme, actor)


def _ticks(session: Session, number: int) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest tick of each line, by code and month."""
    entries = session.exec(
        select(AuditEntry)
        .where(AuditEntry.action == CHECKED, AuditEntry.target == f"sample {number}", AuditEntry.outcome == "ok")
        .order_by(col(AuditEntry.number))
    )
    return {
        (entry.detail["code"], entry.detail["month"]): {
            "verdict": entry.detail["verdict"],
            "remark": plain(entry.detail["remark"]),
            "checked_by": plain(entry.actor_name),
            "checked_at": local_time(entry.at),
        }
        for entry in entries
    }


def _unticked() -> dict[str, Any]:
    return {"verdict": "", "remark": "", "checked_by": "", "checked_at": ""}


COLUMNS = (
    Column("项目编号", lambda row: row["code"], 12),
    Column("项目名称", lambda row: row["name"], 28),
    Column("得分", lambda row: row["score"], 9, "0.00"),
    Column("月份", lambda row: row["month"], 10),
    Column("当月得分", lambda row: row["month_score"], 10, "0.00"),
    Column("栏目", lambda row: row["field"], 26),
    Column("库中的值", lambda row: row["value"], 18),
    Column("文件", lambda row: row["file"] or "页面录入", 30),
    Column("工作表", lambda row: row["sheet"], 14),
    Column("单元格", lambda row: row["cell"], 9),
    Column("上传人", lambda row: row["uploader"], 12),
    Column("相符/不符", lambda row: row["verdict"], 11),
    Column("说明", lambda row: row["remark"], 30),
    Column("核对人", lambda row: row["checked_by"], 12),
    Column("核对时间", lambda row: row["checked_at"], 26),
)
