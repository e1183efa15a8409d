"""A project's state by month (项目状态), from its dated events.

Source: RULES §3, Lifecycle. A month's state is that of its last day, except leaving: 调出/退出 on a day of a month
takes effect on the first day of the next. Events of one day apply in the order recorded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scoring.facts import Event, EventKind, Month
from scoring.periods import month_index

LEAVING = frozenset({EventKind.TRANSFERRED_OUT, EventKind.WITHDRAWN})


class State(StrEnum):
    UNDER_CONSTRUCTION = "在建"
    PARTLY_COMPLETED = "部分完工"
    COMPLETED = "完工"
    SUSPENDED = "暂缓"


class Membership(StrEnum):
    NOT_YET = "增补前"
    MEMBER = "在册"
    LEFT = "已调出"


@dataclass(frozen=True, slots=True)
class MonthState:
    """How a project stands on a month's last day. Months count from January of the programme's year (≤0 before)."""

    state: State
    underlying: State  # the state under 暂缓; otherwise `state`
    membership: Membership
    entry_month: int  # the month of the 增补 in force or to come; 1 for a project that was there from the start
    completed_month: int | None  # the month 完工 was reached, while it holds
    resumed_month: int | None  # the month of the latest 复工 that changed something
    is_exempt: bool  # 免考 covers this month
    joined_by: Event | None  # the 增补 in force
    left_by: Event | None  # the 调出/退出 in force, or recorded this month and due to take effect
    was_done: bool  # 完工 or 部分完工 at some time, even if 复工 since

    @property
    def is_done(self) -> bool:
        """完工 or 部分完工 by now, even while suspended."""
        return self.underlying in (State.COMPLETED, State.PARTLY_COMPLETED)


_UNEVENTFUL = (
    MonthState(
        State.UNDER_CONSTRUCTION, State.UNDER_CONSTRUCTION, Membership.MEMBER, 1, None, None, False, None, None, False
    ),
) * 12


def month_states(events: Sequence[Event], year: int) -> tuple[MonthState, ...]:
    """The states of January to December of `year`; later events do not reach back."""
    if not events:
        return _UNEVENTFUL
    ordered = sorted(events, key=lambda event: event.on)  # stable: one day's events stay in the order recorded
    exempt = _exempt_months(ordered, year)
    membership_events = [event for event in ordered if event.kind is EventKind.ADDED or event.kind in LEAVING]
    was_added = bool(membership_events) and membership_events[0].kind is EventKind.ADDED

    state = underlying = State.UNDER_CONSTRUCTION
    awaits_entry = was_added
    entry_month = max(1, month_index(year, membership_events[0].on)) if was_added else 1
    completed_month: int | None = None
    resumed_month: int | None = None
    left_from: int | None = None
    joined_by: Event | None = None
    left_by: Event | None = None
    was_done = False

    states: list[MonthState] = []
    position = 0
    for month in range(1, 13):
        while position < len(ordered) and (at := month_index(year, ordered[position].on)) <= month:
            event = ordered[position]
            position += 1
            if event.kind is EventKind.ADDED:
                if awaits_entry or (left_from is not None and left_from <= at):
                    entry_month, joined_by = max(1, at), event
                awaits_entry, left_from, left_by = False, None, None
            elif event.kind in LEAVING:
                if left_from is None:
                    left_from, left_by = at + 1, event
            elif event.kind is EventKind.RESUMED and state in (State.SUSPENDED, State.COMPLETED):
                is_partly = state is State.SUSPENDED and underlying is State.PARTLY_COMPLETED
                state = underlying = State.PARTLY_COMPLETED if is_partly else State.UNDER_CONSTRUCTION
                completed_month, resumed_month = None, at
            elif event.kind is EventKind.SUSPENDED:
                state = State.SUSPENDED
            elif event.kind is EventKind.PARTLY_COMPLETED and state is not State.COMPLETED:
                state = underlying = State.PARTLY_COMPLETED
                completed_month, was_done = None, True
            elif event.kind is EventKind.COMPLETED and state is not State.COMPLETED:
                state = underlying = State.COMPLETED
                completed_month, was_done = at, True
        if awaits_entry:
            membership = Membership.NOT_YET
        elif left_from is not None and left_from <= month:
            membership = Membership.LEFT
        else:
            membership = Membership.MEMBER
        states.append(
            MonthState(
                state,
                underlying,
                membership,
                entry_month,
                completed_month,
                resumed_month,
                month in exempt,
                joined_by,
                left_by,
                was_done,
            )
        )
    return tuple(states)


def _exempt_months(events: Iterable[Event], year: int) -> frozenset[Month]:
    """免考 covers the months it names, else the month of its date."""
    months: set[Month] = set()
    for event in events:
        if event.kind is EventKind.EXEMPT:
            months.update(event.months or (month_index(year, event.on),))
    return frozenset(months)
