"""What people decide about a light or an outlook (人工认定、免亮灯、办公室认定): asked for, approved, taken back.

Source: RULES §5 (reason and approver), §6 (reason, person), docs/decisions/0020. A light moves a red list, so an
office account asks for it and an office_head account, not the same person, approves; 办公室认定 stands beside
系统推算 and moves nothing, so the office records it at once. All are revisions with an audit entry; a locked month
refuses them.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.accounts.service import require_role
from app.audit.service import Actor
from app.errors import Conflict, Forbidden, NotFound, Refused
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects import service as projects
from app.projects.models import LightDecision
from app.projects.service import PROPOSED
from app.standings import service as standings
from scoring.facts import Light, OutlookVerdict
from scoring.light_terms import head_of, listed
from scoring.lights import EXEMPTED
from scoring.outlook import LABELS
from scoring.progress_lights import LIGHT_WORDS

ASKERS = ("office", "office_head")
KINDS = {"override": "人工认定", "exemption": EXEMPTED, "outlook": "办公室认定"}
OTHER = {"override": "exemption", "exemption": "override"}


@dataclass(frozen=True, slots=True)
class Matter:
    """Which decision is meant."""

    project_id: int
    month: str
    kind: str


def ask(change: Change, matter: Matter, value: str, reason: str) -> None:
    """拟办: propose 人工认定 or 免亮灯. Refused for a month without data, or a reason that the book does not list."""
    require_role(change.actor, *ASKERS)
    _require_row(change, matter)
    if matter.kind == "exemption":
        _require_listed(change, matter.month, reason)
    other = OTHER[matter.kind]
    if _standing(change, Matter(matter.project_id, matter.month, other)) is not None:
        raise Conflict(f"{_words(matter.month)}已有{KINDS[other]}，请先撤销，再提出{KINDS[matter.kind]}。")
    written = projects.propose_light_decision(
        change, matter.project_id, matter.month, matter.kind, value, reason=reason.strip()
    )
    if written is None:
        raise Conflict(f"同样的{KINDS[matter.kind]}已经提出，正等待办公室主任批准。")


def approve(change: Change, matter: Matter, *, two_person: bool = True) -> None:
    """批准: what was asked for stands from now on, with the approver's name. Forbidden to who asked for it."""
    require_role(change.actor, "office_head")
    asked = _asked(change, matter)
    if two_person and _is_same(change.actor, asked):
        raise Forbidden(f"提出人（{asked.recorded_by}）不能批准自己提出的{KINDS[matter.kind]}，请由另一位负责人批准。")
    if matter.kind == "exemption":  # the book may be another by now
        _require_listed(change, matter.month, asked.reason)
    other = OTHER[matter.kind]
    if _standing(change, Matter(matter.project_id, matter.month, other)) is not None:
        raise Conflict(f"{_words(matter.month)}已有{KINDS[other]}，请先撤销，再批准{KINDS[matter.kind]}。")
    projects.record_light_decision(
        change,
        matter.project_id,
        matter.month,
        matter.kind,
        asked.value,
        reason=asked.reason,
        approver=change.actor.name,
    )
    projects.withdraw_light_proposal(change, matter.project_id, matter.month, matter.kind)


def take_back(change: Change, matter: Matter) -> None:
    """撤回、退回 what was asked for; 撤销 what stands, which only who may approve can do. 办公室认定: the office."""
    require_role(change.actor, *ASKERS)
    if not change.reason.strip():
        raise Refused("请写明撤销的理由。")
    if matter.kind in PROPOSED and projects.withdraw_light_proposal(
        change, matter.project_id, matter.month, matter.kind
    ):
        return
    if matter.kind != "outlook":
        require_role(change.actor, "office_head")
    if projects.withdraw_light_decision(change, matter.project_id, matter.month, matter.kind) is None:
        raise NotFound(f"{_words(matter.month)}没有这个项目的{KINDS[matter.kind]}，可能已经撤销，请刷新。")


def judge(change: Change, matter: Matter, value: str, reason: str) -> None:
    """办公室认定 of the year's outlook from a month on, by the person who records it."""
    require_role(change.actor, *ASKERS)
    _require_row(change, matter)
    written = projects.record_light_decision(
        change,
        matter.project_id,
        matter.month,
        matter.kind,
        value,
        reason=reason.strip(),
        approver=change.actor.name,
    )
    if written is None:
        raise Conflict("同样的认定已经记录，没有变化。")


def listing(session: Session, programme: Programme, month: str) -> list[dict[str, Any]]:
    """What stands or is asked for in a month, whole; who may see which project is for the caller to say."""
    names = {row.project_id: row.name for row in projects.current(session, programme)}
    codes = projects.codes(session, programme)
    newest_outlook: dict[int, LightDecision] = {}
    rows = []
    for one in projects.light_decisions(session, programme, month):
        if one.project_id not in names:
            continue
        if one.kind == "outlook":
            before = newest_outlook.get(one.project_id)
            if before is None or before.month <= one.month:
                newest_outlook[one.project_id] = one
            continue
        rows.append(one)
    found = sorted([*rows, *newest_outlook.values()], key=lambda one: (codes[one.project_id], one.kind))
    return [_line(one, codes[one.project_id], names[one.project_id]) for one in found]


def reasons(session: Session, programme: Programme, month: str) -> list[str] | None:
    """The reasons the month's book lists for 免亮灯; None where it lists none and any will do."""
    found = listed(programmes.rule_book(session, programme, month).lights.terms)
    return None if found is None else list(found)


def not_judged(session: Session, programme: Programme, month: str) -> list[str]:
    """What the month's book takes from its source and cannot judge (本项不计)."""
    terms = programmes.rule_book(session, programme, month).lights.terms
    return [one for rule in terms.values() for one in rule.not_judged]


def _line(one: LightDecision, code: str, name: str) -> dict[str, Any]:
    is_asked = one.kind in PROPOSED.values()
    kind = one.kind.removeprefix("proposed_")
    words = EXEMPTED
    if kind == "override":
        words = LIGHT_WORDS[Light(one.value)]
    elif kind == "outlook":
        words = LABELS[OutlookVerdict(one.value)]
    return {
        "project_id": one.project_id,
        "code": code,
        "name": name,
        "month": one.month,
        "kind": kind,
        "kind_label": KINDS[kind],
        "value": one.value,
        "value_label": words,
        "reason": one.reason,
        "is_asked": is_asked,
        "asked_by": one.recorded_by if is_asked else None,
        "asked_by_id": one.account_id if is_asked else None,
        "approver": None if is_asked else one.approver,
        "at": one.recorded_at.isoformat(),
    }


def _require_row(change: Change, matter: Matter) -> None:
    projects.require(change.session, change.programme, matter.project_id)
    if matter.month not in standings.committed_months(change.session, change.programme):
        raise Refused(f"{_words(matter.month)}还没有已导入的数据，没有灯可以认定，请核对月份。")


def _require_listed(change: Change, month: str, reason: str) -> None:
    allowed = reasons(change.session, change.programme, month)
    if allowed is not None and head_of(reason) not in allowed:
        named = "、".join(allowed) or "（没有）"
        raise Refused(
            f"免亮灯的理由“{head_of(reason)[:40]}”不在考核办法所列之内，可用的有：{named}。"
            "请写成“理由：具体情况”，如确需增加，请先修改考核办法。"
        )


def _standing(change: Change, matter: Matter) -> LightDecision | None:
    return _found(change, matter, matter.kind)


def _asked(change: Change, matter: Matter) -> LightDecision:
    found = _found(change, matter, PROPOSED[matter.kind])
    if found is None:
        raise NotFound(f"{_words(matter.month)}没有等待批准的{KINDS[matter.kind]}，可能已经办理，请刷新。")
    return found


def _found(change: Change, matter: Matter, kind: str) -> LightDecision | None:
    of_month = projects.light_decisions(change.session, change.programme, matter.month)
    return next(
        (one for one in of_month if (one.project_id, one.month, one.kind) == (matter.project_id, matter.month, kind)),
        None,
    )


def _is_same(actor: Actor, asked: LightDecision) -> bool:
    if asked.account_id is not None:
        return actor.account_id == asked.account_id
    return actor.name == asked.recorded_by


def _words(month: str) -> str:
    return programmes.period_label(month)
