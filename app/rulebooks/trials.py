"""试算: a period under a book that nobody has adopted, beside the one in force; nothing is stored but a trail line.

Both sides are worked out from the facts as they stand, whatever was published. Quarters before the period's own that
another book governed keep their scores on both sides.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from app.accounts.service import require_role
from app.audit.service import Actor
from app.errors import Refused
from app.programmes.models import Programme
from app.publications import boards
from app.publications.memory import Memory, Nothing, state_of
from app.publications.service import period_of
from app.rulebooks.listing import change_lines
from app.rulebooks.texts import PROPOSERS, Wanted, book_line, parsed, sha256_of, text_of
from scoring.bookdiff import book_changes
from scoring.periods import interim_label, month_text
from scoring.trial import Count, GroupCount, Move, Side, Standing, compare, side

BASIS = "两边都按现有数据重新计算；已经通报的榜单不会变，试算也不保存任何数字。"


def trial(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str,
    wanted: Wanted,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """Who would move in the period under the wanted book. Forbidden but to the office; FaultyRuleBook, Refused."""
    require_role(actor, *PROPOSERS)
    of = period_of(programme, period)
    kept = memory or Nothing()
    month = boards.last_month(session, programme, of, None)
    text = text_of(session, actor, programme, wanted, month, date(programme.year, int(month[5:7]), 1))
    book = parsed(text)
    made_from = boards.basis(session, programme, month, None, kept)
    facts, in_force = made_from.facts, made_from.assessed.book
    if not of.committed(facts.committed_months):
        raise Refused(f"{of.words}还没有已确认的督查数据，不能试算，请换一个期间。")
    others = boards.by_other_books(session, programme, of, made_from, None)

    def present() -> Side:
        return side(in_force, facts, of, quarter_scores=others, assessed=made_from.assessed)

    old = kept.keep(state_of(session, programme), ("trial", of.text), present)
    found = compare(old, side(book, facts, of, quarter_scores=others))
    changes = book_changes(in_force, book)
    return {
        "programme": programme.code,
        "period": of.text,
        "period_label": of.words,
        "last_month": month_text(programme.year, old.board.last_month or 0),
        "label": interim_label(of, facts.committed_months),
        "basis": BASIS,
        "in_force": book_line(in_force, made_from.book_sha256),
        "trial": book_line(book, sha256_of(text)),
        "text": text,
        "changes": change_lines(changes),
        "rows": [_row(move, made_from.ids[move.code], is_moved=True) for move in found.moves]
        + [_row(move, made_from.ids[move.code], is_moved=False) for move in found.still],
        "total": found.projects,
        "moved": len(found.moves),
        "groups": [_group(one) for one in found.groups],
        "tiers": _counts(found.tiers),
        "lights": _counts(found.lights),
        "outlooks": _counts(found.outlooks),
        "lists": _counts(found.lists),
        "not_ranked": {"old": found.not_ranked.old, "new": found.not_ranked.new},
        "full_marks": {"old": found.full_marks.old, "new": found.full_marks.new},
    }


def trail(made: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps of a trial: of which text, for which period, how many would move."""
    return {
        "period": made["period"],
        **made["trial"],
        "changes": [f"{one['label']}：{one['old']}→{one['new']}" for one in made["changes"]],
        "moved": made["moved"],
    }


def _row(move: Move, project_id: int, *, is_moved: bool) -> dict[str, Any]:
    return {
        "id": project_id,
        "code": move.code,
        "name": move.name,
        "is_moved": is_moved,
        "rank_change": move.rank_change,
        "score_change": None if move.score_change is None else str(move.score_change),
        "old": _standing(move.old),
        "new": _standing(move.new),
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "group": one.group,
        "score": None if one.score is None else str(one.score),
        "rank": one.rank,
        "not_scored_reason": one.not_scored_reason,
        "tier": one.tier,
        "list": one.on_list,
        "light": one.light.value,
        "outlook": None if one.outlook is None else one.outlook.value,
    }


def _group(one: GroupCount) -> dict[str, Any]:
    return {
        "group": one.group,
        "projects": one.projects,
        "score_changed": one.score_changed,
        "up": one.up,
        "down": one.down,
        "tier_changed": one.tier_changed,
        "light_changed": one.light_changed,
    }


def _counts(counts: Sequence[Count]) -> list[dict[str, Any]]:
    return [{"value": one.value, "old": one.old, "new": one.new} for one in counts]
