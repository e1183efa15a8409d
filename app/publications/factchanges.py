"""Which facts were revised between two instants (数据变动): field by field, old and new, with the cell and the person.

Source: docs/decisions/0001 (a fact is the newest revision of its key), 0009. What was changed and changed back is no
change. Only facts that a period's board or lights can rest on are looked at: those of its last month and before.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from app.evidence import service as evidence
from app.evidence.labels import label, shown
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.obstacles.models import ObstacleRevision
from app.programmes.models import Programme
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    LightDecision,
    MilestoneRevision,
    NameAlias,
    PlanRevision,
    ProjectRevision,
)
from app.revisions import Revision, facts_of
from app.support.models import VisitRevision
from scoring.periods import last_day

SKIPPED = frozenset(
    {
        "columns",
        "raw",
        "unit_id",
        "official_id",
        "aliases",
        "former_names",
        "earlier_groups",
        "physical_progress_is_whole",
    }
)
# What these tables call their fields; the names of a sheet's columns are in app/evidence/labels.py.
WORDS: Mapping[str, Mapping[str, str]] = {
    "节点": {"done_on": "完成时间", "forecast_on": "预计完成时间", "is_target": "是否年度目标"},
    "存在问题": {
        "kind": "问题类别",
        "text": "问题",
        "unit": "责任单位",
        "raised_on": "提出时间",
        "due_on": "要求解决时间",
        "closed_on": "销号时间",
        "levels": "推动级别",
        "decision": "会办决定",
        "decision_due_on": "会办决定期限",
    },
    "责任分工": {"to_on": "止于"},
    "亮灯认定": {"value": "结果", "approver": "批准人"},
    "项目事件": {"months": "免考月份", "approver": "批准人"},
    "年度计划": {"approver": "批准人", "physical_progress_pct": "分月计划形象进度（%）"},
    "项目基本情况": {"is_campaign_member": "是否百日会战项目"},
}
LIGHT_WORDS = {
    **{"red": "红灯", "yellow": "黄灯", "green": "绿灯", "grey": "灰灯", "none": "不亮灯"},
    **{"done": "已完工或部分完工", "expected": "预计可完成", "unlikely": "预计无法完成"},
}
DATED = ("closed_on", "done_on", "to_on")  # what happens after the period's last day does not bear on it
DECISIONS = {"override": "人工认定", "exemption": "免亮灯", "outlook": "办公室认定年度完成预计"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One table of facts: what it is called, what its key says, and whether a fact bears on a board of a last day.

    Of a fact that `is_whole` the coming and going is told as one change, not field by field.
    """

    model: Any
    word: str
    title: Callable[[Any], str]
    bears_on: Callable[[Any, date], bool]
    is_whole: bool = True


def _month(row: Any) -> str:
    return f"{int(row.month[5:7])}月"


def _in_month(row: Any, day: date) -> bool:
    return bool(f"{day.year}-01" <= row.month <= f"{day:%Y-%m}")


def _event_bears(row: Any, day: date) -> bool:
    return bool(row.on <= day) or any(month <= day.month for month in row.months)


KINDS = (
    Kind(InspectionRevision, "督查记录", _month, _in_month, is_whole=False),
    Kind(
        PlanRevision,
        "年度计划",
        lambda row: f"{row.effective_on}起的计划",
        lambda row, day: row.effective_on <= day,
        is_whole=False,
    ),
    Kind(EventRevision, "项目事件", lambda row: f"{row.kind}（{row.on}）", _event_bears),
    Kind(
        AssignmentRevision,
        "责任分工",
        lambda row: f"{label(row.role)}：{row.holder}（{row.from_on}起）",
        lambda row, day: row.from_on <= day,
    ),
    Kind(ProjectRevision, "项目基本情况", lambda row: "", lambda row, day: True, is_whole=False),
    Kind(MilestoneRevision, "节点", lambda row: row.name, lambda row, day: True),
    Kind(ObstacleRevision, "存在问题", lambda row: row.text, lambda row, day: row.raised_on <= day),
    Kind(
        LightDecision,
        "亮灯认定",
        lambda row: f"{_month(row)}{DECISIONS.get(row.kind, row.kind)}",
        lambda row, day: row.kind in DECISIONS and _in_month(row, day),  # what is only proposed moves nothing
    ),
)
# Facts of a project that no board rests on: told in the history of changes, not as reasons of a correction.
BESIDE = (
    Kind(ServiceScoreRevision, "服务评分", _month, _in_month, is_whole=False),
    Kind(VisitRevision, "帮扶记录", lambda row: f"{row.department}（{row.visited_on}）", lambda row, day: True),
    Kind(NameAlias, "表中名称", lambda row: row.alias, lambda row, day: True),
)
EVER = datetime.min.replace(tzinfo=UTC)
NO_DAY = date.max


def fact_changes(
    session: Session, programme: Programme, last_month: str, since: datetime, until: datetime | None
) -> dict[int, list[dict[str, Any]]]:
    """By project id, what was recorded after `since` and up to `until` (None: now) and stands otherwise than before."""
    day = last_day(int(last_month[:4]), int(last_month[5:7]))
    told: list[tuple[Kind, str, Any, Any, Revision]] = []
    for kind in KINDS:
        for chain in _touched(session, programme, kind.model, since, until):
            after = chain[-1]
            before = next((row for row in reversed(chain) if row.recorded_at <= since), None)
            if any(kind.bears_on(row, day) for row in (before, after) if row is not None):
                told += [(kind, *change) for change in _differences(kind, before, after, chain, since, day)]
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for project_id, line in _lines(session, told):
        found[project_id].append(line)
    return found


def every_change(
    session: Session,
    programme: Programme,
    *,
    project_id: int | None = None,
    month: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[tuple[int, dict[str, Any]]]:
    """Each step of each fact with its project's id, the latest first: what was changed and changed back is two steps.

    `month` keeps the facts of a month, `since` and `until` what was recorded from and before an instant.
    """
    told: list[tuple[Kind, str, Any, Any, Revision]] = []
    for kind in (*KINDS, *BESIDE):
        if month is not None and "month" not in kind.model.model_fields:
            continue
        for chain in _chains(session, programme, kind.model, project_id, month):
            for before, after in zip([None, *chain], chain, strict=False):
                is_within = (since is None or after.recorded_at >= since) and (
                    until is None or after.recorded_at < until
                )
                if is_within:
                    told += [(kind, *one) for one in _differences(kind, before, after, [after], EVER, NO_DAY)]
    told.sort(key=lambda one: one[4].recorded_at, reverse=True)
    return _lines(session, told)


def _lines(session: Session, told: Sequence[tuple[Kind, str, Any, Any, Revision]]) -> list[tuple[int, dict[str, Any]]]:
    """Each change as it is shown, with its project's id, in the order given."""
    uploads = {int(cell["upload"]) for _, field, _, _, by in told if (cell := _cell(by, field)) and cell.get("upload")}
    sources = evidence.sources(session, uploads)
    found: list[tuple[int, dict[str, Any]]] = []
    for kind, field, old, new, by in told:
        row: Any = by
        line = {
            "fact": kind.word,
            "key": kind.title(row),
            "month": getattr(row, "month", None),
            "field": field,
            "label": _label(kind, field),
            "old": _shown(field, old),
            "new": _shown(field, new),
            "reason": by.reason,
            "is_undone": by.undoes_upload_id is not None,
            "origin": evidence.evidence(_cell(by, field), sources, by=by.recorded_by, at=by.recorded_at),
            "recorded_by": by.recorded_by,
            "recorded_at": evidence.instant(by.recorded_at),
        }
        found.append((row.project_id, line))
    return found


def _chains(
    session: Session, programme: Programme, model: Any, project_id: int | None, month: str | None
) -> list[list[Any]]:
    """All revisions of each key, oldest first."""
    where = [] if project_id is None else [model.project_id == project_id]
    where += [] if month is None else [model.month == month]
    rows = session.exec(
        select(model)
        .where(col(model.programme_id) == programme.id, *where)
        .order_by(col(model.recorded_at), col(model.id))
    ).all()
    chains: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        chains.setdefault(tuple(getattr(row, name) for name in model.KEY), []).append(row)
    return list(chains.values())


def _touched(
    session: Session, programme: Programme, model: Any, since: datetime, until: datetime | None
) -> list[list[Any]]:
    """All revisions up to `until`, oldest first, of each key that has one after `since`."""
    limit = [] if until is None else [col(model.recorded_at) <= until]
    of_programme = col(model.programme_id) == programme.id
    moved = select(model.project_id).where(of_programme, col(model.recorded_at) > since, *limit).distinct()
    rows = session.exec(
        select(model)
        .where(of_programme, col(model.project_id).in_(moved), *limit)
        .order_by(col(model.recorded_at), col(model.id))
    ).all()
    chains: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        chains.setdefault(tuple(getattr(row, name) for name in model.KEY), []).append(row)
    return [chain for chain in chains.values() if chain[-1].recorded_at > since]


def _differences(
    kind: Kind, before: Any | None, after: Any, chain: Sequence[Any], since: datetime, day: date
) -> list[tuple[str, Any, Any, Revision]]:
    """(field, old, new, the revision that brought the new value); a fact that came or went has the field ""."""
    stood, stands = before is not None and not before.is_void, not after.is_void
    if kind.is_whole and stood != stands:
        titles = (kind.title(before) if stood else None, kind.title(after) if stands else None)
        return [("", *titles, _bringer(chain, since, lambda row: not row.is_void == stands))]
    old = _fields(before, day) if stood else {}
    new = _fields(after, day) if stands else {}
    found: list[tuple[str, Any, Any, Revision]] = []
    for field in sorted(old.keys() | new.keys()):
        was, now = old.get(field), new.get(field)
        if not _same(was, now):
            by = _bringer(chain, since, partial(_says, field, now, day))
            found.append((field, was, now, by))
    return found


def _bringer(chain: Sequence[Any], since: datetime, says_so: Callable[[Any], bool]) -> Revision:
    """The first revision after `since` from which on all say what the last one says."""
    found: Revision = chain[-1]
    for row in reversed(chain):
        if row.recorded_at <= since or not says_so(row):
            break
        found = row
    return found


def _fields(row: Any, day: date) -> dict[str, Any]:
    """The fields a person would name, as they stood on a day; points by indicator one by one."""
    facts = facts_of(row)
    for name in DATED:
        if facts.get(name) is not None and facts[name] > day:
            facts[name] = None
    if "levels" in facts:
        facts["levels"] = [step for step in facts["levels"] if str(step[0]) <= day.isoformat()]
    points = facts.pop("indicator_points", {})
    kept = {name: value for name, value in facts.items() if name not in SKIPPED and not name.endswith("_precision")}
    return kept | {f"indicator_points.{name}": value for name, value in points.items()}


def _says(field: str, value: Any, day: date, row: Any) -> bool:
    return _same(None if row.is_void else _fields(row, day).get(field), value)


def field_word(field: str) -> str:
    """What a field is called, whichever table it is of."""
    return next((words[field] for words in WORDS.values() if field in words), label(field))


def field_value(field: str, value: Any) -> str | None:
    """A field's value as a person reads it, also as the trail's JSON holds it."""
    return _shown(field, value)


def _label(kind: Kind, field: str) -> str:
    return WORDS.get(kind.word, {}).get(field) or label(field) if field else kind.word


def _shown(field: str, value: Any) -> str | None:
    if field == "levels" and value:
        return "、".join(f"{level}级（{on}起）" for on, level in value)
    if field == "value":
        return LIGHT_WORDS.get(value, shown(value))
    return shown(value)


def _same(old: Any, new: Any) -> bool:
    """Blank is blank, however a column writes it."""
    return old == new or (old in (None, "", [], {}, False) and new in (None, "", [], {}, False))


def _cell(row: Revision, field: str) -> Mapping[str, Any] | None:
    """Where the field's value came from; of a fact as a whole the first cell, else its upload."""
    found = row.provenance.get(field) or row.provenance.get(field.split(".")[0])
    if found is None and not field:
        found = next(iter(row.provenance.values()), None)
    if found is None and row.upload_id is not None:
        return {"upload": row.upload_id}
    return found
