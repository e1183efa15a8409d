"""What stays when an upload is undone (撤销本次导入): history without it, field by field.

Source: DESIGN §4 (撤销 restores the previous values; what was edited since is kept and listed).

A fact's history is read as assertions: each revision asserts the fields in which it differs from the one before, by
its upload or by hand; a later sheet that gave the same value once more asserts it too. Undoing an upload takes its
assertions away; for each field the last one left counts. So uploads may be undone in any order, and undoing never
takes away what somebody else has said since.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlmodel import col, select

from app.evidence.labels import label, shown
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.inspections.service import INDICATOR
from app.programmes import service as programmes
from app.programmes.service import Change
from app.projects import service as projects
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    MilestoneRevision,
    NameAlias,
    PlanRevision,
    ProjectRevision,
)
from app.revisions import Revision, Standing, facts_of, newest_rows, replace, withdraw
from app.support.models import VisitRevision
from app.uploads.models import Upload
from scoring.facts import EventKind

# In this order: whether a project is left rests on what else is left of it.
MODELS: tuple[type[Revision], ...] = (
    InspectionRevision,
    ServiceScoreRevision,
    VisitRevision,
    PlanRevision,
    AssignmentRevision,
    MilestoneRevision,
    EventRevision,
    NameAlias,
    ProjectRevision,
)
GROUP = frozenset({"class_name", "level"})  # of a project, what boards rest on
MOST_VALUES = 1000  # of one column that a query names
DAYS = ("effective_on", "from_on", "on", "visited_on")  # the keys that are dates
KINDS = {
    "inspection_revisions": "月度记录",
    "service_score_revisions": "责任单位服务评分",
    "visit_revisions": "帮扶记录",
    "plan_revisions": "年度计划",
    "assignment_revisions": "责任分工",
    "milestone_revisions": "节点",
    "event_revisions": "项目事件",
    "name_alias_revisions": "名称对应",
    "project_revisions": "项目",
}

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one field says: its value, the cell's own text where it differs, and whether the sheet had the column."""

    value: Any
    raw: str | None = None
    has_column: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """One source's statement of a field. `upload_id` None: entered by hand."""

    statement: Statement
    source: Any  # the provenance entry
    upload_id: int | None
    by: str
    at: datetime
    is_again: bool = False  # given once more, not changed


@dataclass(frozen=True, slots=True)
class Restatement:
    """An upload that gave what already stood once more, for these fields of one fact."""

    upload_id: int
    fields: frozenset[str]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A field the undone upload had set and somebody has stated since: it stays."""

    field: str
    value: Any
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Remainder:
    """The fact without the undone uploads. `exists` False: it is withdrawn. `values` are columns of the model."""

    exists: bool
    values: Mapping[str, Any]
    provenance: Mapping[str, Any]
    reason: str
    kept: tuple[Kept, ...]


def undo(change: Change, upload: Upload, uploads: Iterable[Upload]) -> dict[str, Any]:
    """Write what is left without `upload`: {"restored", "withdrawn", "kept": [...]}. `uploads` are the programme's.

    Raises PeriodLocked when that would change what a locked month was made of.
    """
    return _Undo(change, upload, uploads).write()


class _Undo:
    def __init__(self, change: Change, upload: Upload, uploads: Iterable[Upload]) -> None:
        assert upload.id is not None and change.programme.id is not None
        self._change = change
        self._programme_id = change.programme.id
        self._undoing = upload.id
        self._undone = {other.id for other in uploads if other.id and other.state == "reverted"} | {upload.id}
        self._restatements = _restatements(uploads)
        self._again = {
            place for place, found in self._restatements.items() if upload.id in {r.upload_id for r in found}
        }
        self._codes = projects.codes(change.session, change.programme)
        self._names = {row.project_id: row.name for row in projects.current(change.session, change.programme)}
        self._months: set[str] = set()
        self._restored = self._withdrawn = 0
        self._kept: list[dict[str, Any]] = []
        self._entered: dict[int, date] = {}  # by an 增补 of the upload

    def write(self) -> dict[str, Any]:
        for model in MODELS:
            histories = self._touched(model)
            standing = Standing(model, [history[-1] for history in histories.values()])
            for key, history in histories.items():
                self._settle(model, key, history, standing)
            standing.write(self._change.session)
        programmes.require_unlocked(self._change.session, self._change.programme, self._months)
        return {"restored": self._restored, "withdrawn": self._withdrawn, "kept": self._kept}

    def _touched(self, model: type[Revision]) -> dict[Key, list[Revision]]:
        """The whole history of each fact that the upload wrote or gave once more, in the order recorded."""
        mine = self._change.session.exec(select(model).where(col(model.upload_id) == self._undoing)).all()
        keys = {_key(revision) for revision in mine} | {key for table, key in self._again if table == _table(model)}
        if not keys:
            return {}
        parts = dict(zip(model.KEY, map(set, zip(*keys, strict=True)), strict=True))
        of_keys = [
            col(getattr(model, name)).in_(values) for name, values in parts.items() if len(values) <= MOST_VALUES
        ]
        found = self._change.session.exec(
            select(model)
            .where(col(model.programme_id) == self._programme_id, *of_keys)
            .order_by(col(model.recorded_at), col(model.id))
        ).all()
        histories: dict[Key, list[Revision]] = defaultdict(list)
        for revision in found:
            if _key(revision) in keys:
                histories[_key(revision)].append(revision)
        return histories

    def _settle(
        self, model: type[Revision], key: Key, history: Sequence[Revision], standing: Standing[Revision]
    ) -> None:
        """Bring one fact to what is left of it."""
        stands = history[-1]
        left = remainder(history, self._restatements.get((_table(model), key), ()), self._undone, self._undoing)
        if model is ProjectRevision and not left.exists and not stands.is_void and key[0] in self._spoken_of:
            self._keep(model, stands, Kept("name", self._names.get(key[0]), stands.recorded_by, stands.recorded_at))
            return
        for kept in left.kept:
            self._keep(model, stands, kept)
        named = dict(zip(model.KEY, key, strict=True))
        if not left.exists:
            if withdraw(self._change, model, named, undoes_upload_id=self._undoing, standing=standing):
                self._withdrawn += 1
                self._move(self._since(stands))
            return
        restored = replace(
            self._change,
            model,
            named,
            left.values,
            provenance=left.provenance,
            undoes_upload_id=self._undoing,
            reason=left.reason if model is EventRevision else self._change.reason,
            standing=standing,
        )
        if restored is not None:
            self._restored += 1
            if not isinstance(stands, ProjectRevision) or not GROUP.isdisjoint(restored.new):
                self._move(self._since(stands))

    def _since(self, revision: Revision) -> date | str:
        """From which day on boards rest on this fact; of a month's record the month alone."""
        match revision:
            case InspectionRevision() | ServiceScoreRevision():
                return revision.month
            case VisitRevision():
                return revision.visited_on.strftime("%Y-%m")
            case PlanRevision():
                return revision.effective_on
            case AssignmentRevision():
                return revision.from_on
            case MilestoneRevision():
                return revision.due_on
            case EventRevision():
                if revision.kind == EventKind.ADDED:
                    self._entered[revision.project_id] = revision.on
                return revision.on
            case ProjectRevision():
                return self._entered.get(revision.project_id, date(self._change.programme.year, 1, 1))
        return date(self._change.programme.year + 1, 1, 1)  # a remembered name moves no board

    def _move(self, since: date | str) -> None:
        year = self._change.programme.year
        if isinstance(since, str):
            self._months.add(since)
        elif since.year <= year:
            first = since.month if since.year == year else 1
            self._months |= {f"{year}-{month:02d}" for month in range(first, 13)}

    @cached_property
    def _spoken_of(self) -> set[int]:
        """The projects that anything else still speaks of, all other facts being settled: they stay, and are listed."""
        return {
            row.project_id
            for model in MODELS
            if model is not ProjectRevision and model is not NameAlias
            for row in newest_rows(self._change.session, model, ["project_id"], self._programme_id)
        }

    def _keep(self, model: type[Revision], revision: Any, kept: Kept) -> None:
        project_id = revision.project_id
        self._kept.append(
            {
                "code": self._codes.get(project_id),
                "name": self._names.get(project_id),
                "kind": KINDS[_table(model)],
                "month": getattr(revision, "month", None),
                "field": kept.field,
                "label": label(kept.field),
                "value": shown(kept.value),
                "by": kept.by,
                "at": kept.at.isoformat().replace("+00:00", "Z"),
            }
        )


def _table(model: type[Revision]) -> str:
    return str(model.__tablename__)


def _key(revision: Revision) -> Key:
    return tuple(getattr(revision, name) for name in type(revision).KEY)


def _restatements(uploads: Iterable[Upload]) -> dict[tuple[str, Key], list["Restatement"]]:
    """What committed uploads gave once more, by table and key."""
    keys = {_table(model): model for model in MODELS}
    found: dict[tuple[str, Key], list[Restatement]] = defaultdict(list)
    for upload in uploads:
        if upload.id is None or upload.committed_at is None or upload.state != "committed":
            continue
        for entry in upload.restated:
            model = keys[entry["table"]]
            key = tuple(
                date.fromisoformat(part) if name in DAYS else part
                for name, part in zip(model.KEY, entry["key"], strict=True)
            )
            found[entry["table"], key].append(
                Restatement(upload.id, frozenset(entry["fields"]), upload.committed_by, upload.committed_at)
            )
    return found


def remainder(
    history: Sequence[Revision], restatements: Iterable[Restatement], undone: Collection[int], undoing: int
) -> Remainder:
    """One fact's history (all revisions of one key, in the order recorded) without the uploads `undone`.

    `undoing` is the one being undone now (one of `undone`); `kept` speaks of it alone.
    """
    assertions, existence = _assertions(history, sorted(restatements, key=lambda item: item.at))
    last = history[-1]
    values: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    raw: dict[str, str] = {}
    columns: list[str] = []
    kept: list[Kept] = []
    for field, stated in assertions.items():
        left = [place for place, said in enumerate(stated) if said.upload_id not in undone]
        final = stated[left[-1]] if left else None
        statement = final.statement if final else Statement(_default(type(last), field))
        if final is None and _is_required(type(last), field):
            statement = stated[-1].statement  # a project that stays keeps its name and class
        if field.startswith(INDICATOR):
            if statement.value is not None:
                values.setdefault("indicator_points", {})[field.removeprefix(INDICATOR)] = statement.value
        else:
            values[field] = statement.value
        if final and final.source is not None:
            provenance[field] = final.source
        if statement.raw is not None:
            raw[field] = statement.raw
        if statement.has_column:
            columns.append(field)
        mine = [place for place, said in enumerate(stated) if said.upload_id == undoing and not said.is_again]
        if final and mine and left[-1] > mine[-1]:
            kept.append(Kept(field, statement.value, final.by, final.at))
    if "columns" in type(last).model_fields:
        values |= {"raw": raw, "columns": sorted(columns)}
    standing = [exists for upload_id, exists in existence if upload_id not in undone]
    spoken = [revision.reason for revision in history if revision.undoes_upload_id is None]
    reasons = [
        revision.reason
        for revision in history
        if revision.undoes_upload_id is None and revision.upload_id not in undone
    ]
    reason = reasons[-1] if reasons else spoken[-1] if spoken else ""
    return Remainder(bool(standing) and standing[-1], values, provenance, reason, tuple(kept))


def statements(revision: Revision | None) -> dict[str, Statement]:
    """What each field of a revision says, points by indicator one by one; nothing for a withdrawn one."""
    if revision is None or revision.is_void:
        return {}
    facts = facts_of(revision)
    raw, columns = facts.pop("raw", {}), facts.pop("columns", [])
    facts |= {name: None for name in columns if name.startswith(INDICATOR)}
    facts |= {f"{INDICATOR}{name}": given for name, given in facts.pop("indicator_points", {}).items()}
    return {field: Statement(value, raw.get(field), field in columns) for field, value in facts.items()}


def _assertions(
    history: Sequence[Revision], restatements: Sequence[Restatement]
) -> tuple[dict[str, list[Assertion]], list[tuple[int | None, bool]]]:
    """For each field its assertions in order, and who said when that the fact exists or is withdrawn."""
    assertions: dict[str, list[Assertion]] = {}
    existence: list[tuple[int | None, bool]] = []
    waiting = list(restatements)
    previous: Revision | None = None
    before: dict[str, Statement] = {}  # what `previous` says

    def restate(until: datetime | None) -> None:
        while waiting and previous is not None and (until is None or waiting[0].at < until):
            again = waiting.pop(0)
            if not before:
                continue
            existence.append((again.upload_id, True))
            for field in again.fields & before.keys():
                source = previous.provenance.get(field)
                assertions.setdefault(field, []).append(
                    Assertion(before[field], source, again.upload_id, again.by, again.at, is_again=True)
                )

    for revision in history:
        restate(revision.recorded_at)
        says = statements(revision)
        if revision.undoes_upload_id is None:
            now = says or {field: Statement(_default(type(revision), field)) for field in before}
            existence.append((revision.upload_id, not revision.is_void))
            for field in now:
                if now[field] != before.get(field, Statement(_default(type(revision), field))):
                    source = revision.provenance.get(field)
                    assertions.setdefault(field, []).append(
                        Assertion(now[field], source, revision.upload_id, revision.recorded_by, revision.recorded_at)
                    )
        previous, before = revision, says
    restate(None)
    return assertions, existence


@lru_cache
def _default(model: type[Revision], field: str) -> Any:
    if field.startswith(INDICATOR) or _is_required(model, field):
        return None
    return model.model_fields[field].get_default(call_default_factory=True)


@lru_cache
def _is_required(model: type[Revision], field: str) -> bool:
    return field in model.model_fields and model.model_fields[field].is_required()
