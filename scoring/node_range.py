"""When the last target node will be done, as a range (目标节点完成区间), from how the project's own nodes went before.

Source: RULES §6 gives a node's forecast; the range is the product's own, said beside it, and judges nothing. It spans
what the project's finished nodes were early or late by. Fewer than two finished nodes give no range, and it is said so.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from scoring.assessment import Assessment
from scoring.facts import Milestone, Month
from scoring.outlook import milestone_forecast, open_targets
from scoring.periods import last_day

MINIMUM_NODES = 2  # one finished node has no earliest and latest


@dataclass(frozen=True, slots=True)
class NodeRange:
    """The open target node forecast last. `low` and `high` are None below MINIMUM_NODES; early slips are below 0."""

    node: Milestone
    forecast_on: date
    low: date | None
    high: date | None
    slips: tuple[int, ...]  # of the finished nodes, ascending

    @property
    def words(self) -> str:
        head = f"目标节点“{self.node.name}”"
        if self.low is None or self.high is None:
            return (
                f"{head}推算{_day(self.forecast_on)}完成；已完成的节点{len(self.slips)}个，不足{MINIMUM_NODES}个，"
                "暂不给出区间"
            )
        when = _day(self.low) if self.low == self.high else f"{_day(self.low)}—{_day(self.high)}之间"
        return (
            f"{head}约在{when}完成（依据{len(self.slips)}个已完成节点：最早的{_slip(self.slips[0])}，"
            f"最晚的{_slip(self.slips[-1])}）"
        )


def node_range(assessment: Assessment, month: Month) -> NodeRange | None:
    """As of the end of `month`; None when the project is done or has no target node left.

    What is overdue cannot be done before the next day, and the range always holds the forecast it stands beside.
    """
    if assessment.month(month).standing.is_done:
        return None
    today = last_day(assessment.year, month)
    forecasts = [(milestone_forecast(one, today), one.due_on, one.name, one) for one in open_targets(assessment, today)]
    if not forecasts:
        return None
    forecast_on, _, _, node = max(forecasts, key=lambda one: one[:3])
    slips = sorted(
        (one.done_on - one.due_on).days
        for one in assessment.project.milestones
        if one.done_on is not None and one.done_on <= today
    )
    if len(slips) < MINIMUM_NODES:
        return NodeRange(node, forecast_on, None, None, tuple(slips))
    soonest = today + timedelta(days=1)
    low = max(soonest, node.due_on + timedelta(days=slips[0]))
    high = max(soonest, node.due_on + timedelta(days=slips[-1]))
    return NodeRange(node, forecast_on, min(low, forecast_on), max(high, forecast_on), tuple(slips))


def _slip(days: int) -> str:
    if days == 0:
        return "按期"
    return f"拖后{days}天" if days > 0 else f"提前{-days}天"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
