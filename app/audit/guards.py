"""What never changes in place, table by table (防改防删): the rules that the database itself holds to.

Source: DESIGN §3, SECURITY E2, E4, docs/decisions/0017. Tables are named by strings, as foreign keys name them. A rule
is a condition under which one act on one row is refused; `protection.py` makes triggers of it on both engines.

- The trail grows at its end alone: an entry must be the head's successor, and the head may only move on to that entry.
- A fact's revision is never rewritten (every table that has the columns of `app.revisions.Revision`).
- A signed issue, a signed 更正单 with its periods, a decided or withdrawn appeal, what was laid open: as they were.
- A stored file is its bytes; it goes only when no upload and no appeal has it.
- An upload that was committed keeps what it said; it may still be marked as reverted, once.
- What a kept row is found by stays, in drafts too: no row is moved into the place of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Act = Literal["INSERT", "UPDATE", "DELETE"]
REVISION_COLUMNS = frozenset({"recorded_at", "recorded_by", "undoes_upload_id", "is_void", "provenance"})

TRAIL = "操作日志不能修改或删除"
TRAIL_END = "操作日志不能修改或删除，只能在末尾接着记"
REVISION = "已记录的数据不能修改或删除，只能另记一次修订"
ISSUE = "已签发的定稿和更正单不能修改或删除"
FILE = "已保存的原始文件不能修改，在用的不能删除"
UPLOAD = "已确认导入的表不能修改或删除，只能撤销"
APPEAL = "已公示、已办结的内容不能修改或删除"


@dataclass(frozen=True, slots=True)
class Guard:
    """`act` on a row of `table` is refused with `sentence` where `condition` holds; without one, always.

    The condition speaks of OLD and NEW and stands in either engine's SQL; `changed` names columns of which one must
    differ besides. `of` keeps the guard to one engine.
    """

    table: str
    act: Act
    sentence: str
    condition: str = ""
    changed: tuple[str, ...] = ()
    of: Literal["", "sqlite"] = ""


def replaces(table: str, *keys: str) -> Guard:
    """INSERT OR REPLACE passes by delete triggers where `recursive_triggers` is off, as in SQLite's own shell."""
    same = " OR ".join(f"({' AND '.join(f'{name} = NEW.{name}' for name in key.split())})" for key in keys)
    return Guard(
        table, "INSERT", f"不能覆盖已有的记录（{table}）", f"EXISTS (SELECT 1 FROM {table} WHERE {same})", of="sqlite"
    )


def stays(table: str, *columns: str) -> Guard:
    """What a row is found by is never changed: UPDATE OR REPLACE would put it in the place of another, past the delete
    trigger as above, and a signed slip would get one period more."""
    return Guard(table, "UPDATE", f"已有记录的编号不能修改（{table}）", "", columns)


def never(table: str, sentence: str) -> list[Guard]:
    return [Guard(table, "UPDATE", sentence), Guard(table, "DELETE", sentence)]


UPLOAD_SAYS = (
    *("programme_id", "filename", "sha256", "is_form", "unit_id", "unit_name", "spec", "given_month", "month"),
    *("project_ids", "uploaded_by", "account_id", "uploaded_at", "reading", "preview", "answers", "allow_register"),
    *("counts", "restated", "committed_at", "committed_by"),
)
ISSUE_SAYS = (
    *("programme_id", "period", "number", "known_at", "board", "alerts", "rulebook_sha256", "fingerprint"),
    *("drafted_at", "drafted_by", "drafted_by_id"),
)
LAID_OPEN = (
    *("programme_id", "period", "month", "appeal_days", "publicity_days", "opened_at", "contest_until", "open_until"),
    "scores",
)
APPEAL_SAYS = (
    *("programme_id", "number", "disclosure_id", "period", "project_id", "unit_id", "unit", "contested_score"),
    *("contested_rank", "contested_reason", "grounds", "file_name", "file_sha256", "filed_at", "filed_by"),
)
SIGNED_SLIP = "EXISTS (SELECT 1 FROM reopenings WHERE id = {row}.reopening_id AND signed_at IS NOT NULL)"
IS_SETTLED = "OLD.state IN ('committed', 'unchanged', 'reverted')"

GUARDS: tuple[Guard, ...] = (
    *never("audit_entries", TRAIL),
    Guard(
        "audit_entries",
        "INSERT",
        TRAIL_END,
        "NOT EXISTS (SELECT 1 FROM audit_head WHERE number + 1 = NEW.number AND entry_hash = NEW.previous_hash)"
        " OR EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)",
    ),
    Guard("audit_head", "DELETE", TRAIL),
    Guard("audit_head", "INSERT", TRAIL, "EXISTS (SELECT 1 FROM audit_head)"),
    Guard(
        "audit_head",
        "UPDATE",
        TRAIL_END,
        "NEW.id <> OLD.id OR NEW.number <> OLD.number + 1 OR NOT EXISTS"
        " (SELECT 1 FROM audit_entries WHERE number = NEW.number AND entry_hash = NEW.entry_hash)",
    ),
    Guard("publications", "UPDATE", ISSUE, "OLD.signed_at IS NOT NULL"),
    Guard("publications", "UPDATE", ISSUE, "NEW.signed_at IS NOT NULL", ISSUE_SAYS),
    Guard("publications", "DELETE", ISSUE, "OLD.signed_at IS NOT NULL"),
    replaces("publications", "id", "programme_id period number"),
    stays("publications", "id", "programme_id", "period", "number"),
    Guard("reopenings", "UPDATE", ISSUE, "OLD.signed_at IS NOT NULL"),
    Guard("reopenings", "DELETE", ISSUE, "OLD.signed_at IS NOT NULL"),
    replaces("reopenings", "id", "programme_id number"),
    stays("reopenings", "id", "programme_id", "number"),
    Guard("reopened_periods", "INSERT", ISSUE, SIGNED_SLIP.format(row="NEW")),
    Guard("reopened_periods", "UPDATE", ISSUE, SIGNED_SLIP.format(row="OLD")),
    Guard("reopened_periods", "DELETE", ISSUE, SIGNED_SLIP.format(row="OLD")),
    replaces("reopened_periods", "id", "reopening_id period"),
    stays("reopened_periods", "id", "reopening_id"),
    Guard("stored_files", "UPDATE", FILE),
    Guard(
        "stored_files",
        "DELETE",
        FILE,
        "EXISTS (SELECT 1 FROM uploads WHERE sha256 = OLD.sha256)"
        " OR EXISTS (SELECT 1 FROM appeals WHERE file_sha256 = OLD.sha256)",
    ),
    replaces("stored_files", "sha256"),
    Guard("uploads", "DELETE", UPLOAD),
    Guard("uploads", "UPDATE", UPLOAD, IS_SETTLED, UPLOAD_SAYS),
    Guard("uploads", "UPDATE", UPLOAD, f"{IS_SETTLED} AND NEW.state <> OLD.state AND NEW.state <> 'reverted'"),
    Guard("uploads", "UPDATE", UPLOAD, "OLD.state = 'reverted'"),
    replaces("uploads", "id"),
    stays("uploads", "id"),
    Guard("disclosures", "DELETE", APPEAL),
    Guard("disclosures", "UPDATE", APPEAL, "", LAID_OPEN),
    Guard("disclosures", "UPDATE", APPEAL, "OLD.ended_at IS NOT NULL"),
    replaces("disclosures", "id"),
    stays("disclosures", "id"),
    Guard("appeals", "DELETE", APPEAL),
    Guard("appeals", "UPDATE", APPEAL, "", APPEAL_SAYS),
    Guard("appeals", "UPDATE", APPEAL, "OLD.decision <> '' OR OLD.withdrawn_at IS NOT NULL"),
    replaces("appeals", "id", "programme_id number"),
    stays("appeals", "id"),
)


def of_revisions(tables: Iterable[str]) -> list[Guard]:
    """The guards of tables of facts: a revision is written once."""
    return [guard for table in tables for guard in (*never(table, REVISION), replaces(table, "id"))]
