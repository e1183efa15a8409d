"""Who may see whose assessment (查看范围), decided here alone.

Source: DESIGN §1, RULES §4. Units: their own in detail, every rank and score once the period is published. A scheme
that each sees of their own only (县领导包挂): one's own row, and the whole for the posts the book names.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.audit.service import Actor
from app.organisation.models import Official
from app.publications.boards import INTERIM
from app.publications.scope import Scope, Viewer
from scoring.measures import AssesseeKind
from scoring.schemes import Post, Scheme, Visible

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sighted:
    """What one actor may see: rows in detail, and rows of which only rank and score are theirs to know."""

    is_own: Callable[[Row], bool]
    sees_whole: bool
    sees_ranks: bool

    def shown(self, row: Row) -> Row | None:
        own = self.is_own(row)
        if self.sees_whole or own:
            return {**row, "is_own": own}
        if self.sees_ranks:
            return {**row, "is_own": False, "has_details": False, "parts": [], "formula": "", "judged_marks": None}
        return None

    def in_detail(self, row: Row) -> bool:
        return self.sees_whole or self.is_own(row)


def sighted(
    session: Session, actor: Actor, viewer: Viewer, scope: Scope, scheme: Scheme, state: str, ids: Mapping[str, int]
) -> Sighted:
    """`scope` is the viewer's on the period's last day, `ids` are project ids by code."""
    official = None if actor.official_id is None else session.get(Official, actor.official_id)

    def is_own(row: Row) -> bool:
        if scheme.kind is AssesseeKind.PROJECT:
            return not viewer.sees_whole and scope.sees(ids[row["key"]])
        if scheme.kind is AssesseeKind.LEAD_OFFICIAL:
            return official is not None and official.name == row["name"]
        return viewer.unit_id is not None and row["name"] in viewer.names

    if scheme.visible is Visible.OWN:
        return Sighted(is_own, holds_a_post(actor, official, scheme), sees_ranks=False)
    return Sighted(is_own, viewer.sees_whole, sees_ranks=state != INTERIM)


def holds_a_post(actor: Actor, official: Official | None, scheme: Scheme) -> bool:
    """Whether the actor's post is one for which the book opens the whole.

    办公室主任 is the account of that role, of which there is one office; the other posts are those of the official.
    A post is a whole term of its words: 领导小组副组长 is not 领导小组组长.
    """
    if actor.role == "office_head":
        return Post.OFFICE_HEAD in scheme.whole_for
    if actor.role != "leader" or official is None:
        return False
    terms = re.split(r"[（）()、，,；;\s]+", official.post)
    wanted = [post for post in scheme.whole_for if post is not Post.OFFICE_HEAD]
    return any(term.endswith(post) for term in terms for post in wanted)
