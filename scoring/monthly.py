"""The monthly score (日常考评得分): the team's, else the sheet's, else computed from the indicators.

Source: RULES §2 and §3 (完工). Points are rounded half-up once per indicator, the month once from the rounded points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from scoring.facts import Declaration, Month, Record
from scoring.investment import Invested, Source, YearToDate, columns_of
from scoring.later import Later
from scoring.lifecycle import Membership, MonthState, State
from scoring.physical import COLUMNS as PHYSICAL_COLUMNS
from scoring.physical import Physical
from scoring.plan import PlanToDate
from scoring.rounding import exact, figure, half_up
from scoring.rulebook import CompletedScore, Indicator, IndicatorKind, MissingPolicy, Reason, RuleBook

FULL_SCORE = Decimal("100.00")
ZERO_SCORE = Decimal("0.00")
SHEETS_PLAN = "physical_progress_plan_pct"  # the planned percent that the month's own sheet states


class ScoreSource(StrEnum):
    TEAM = "team"
    SHEET = "sheet"
    COMPUTED = "computed"
    COMPLETED = "completed"
    CARRIED = "carried"
    POLICY = "policy"

    @property
    def words(self) -> str:
        return {
            "team": "督查组评分",
            "sheet": "表内得分",
            "computed": "系统计分",
            "completed": "完工",
            "carried": "沿用",
            "policy": "按办法",
        }[self.value]


JUDGED_SOURCES = frozenset({ScoreSource.TEAM, ScoreSource.SHEET, ScoreSource.COMPUTED})
BY_COMPLETION = frozenset({Reason.COMPLETED, Reason.NO_CARRIED_SCORE})
_REASON_WORDS = {
    Reason.NOT_YET_ADDED: "本月尚未增补",
    Reason.LEFT: "已调出",
    Reason.NO_CARRIED_SCORE: "已完工，此前没有月度得分可沿用",
    Reason.SUSPENDED: "本月末处于暂缓",
    Reason.EXEMPT: "本月免考",
    Reason.REFUSED: "本月拒绝督查",
    Reason.STOPPED: "本月无正当理由停工",
    Reason.NOT_DUE: "未到计划开工",
    Reason.NOT_INSPECTED: "本月无督查记录",
    Reason.NOT_REPORTED: "本月有该项目的行而全部未填",
    Reason.NO_ANNUAL_PLAN: "无年度计划，没有可评定的指标",
    Reason.NOT_ASSESSABLE: "没有可评定的指标",
}


@dataclass(frozen=True, slots=True)
class ProjectMonth:
    """All that is known of one project in one committed month."""

    month: Month
    record: Record | None
    standing: MonthState
    due: PlanToDate
    invested: Invested
    physical: Physical
    indicators: tuple[Indicator, ...]
    zero_before: int  # an earlier month without a figure counts 0: before window, entry, and the first committed sheet

    @property
    def investment_ratio(self) -> Fraction | None:
        """Uncapped invested_ytd ÷ plan_to_date; None where absent or nothing is due."""
        wan = self.invested.stated_wan
        return Fraction(wan) / self.due.wan if wan is not None and self.due.wan else None

    @property
    def is_due(self) -> bool:
        """Anything due by this month: investment by the plan, or percent by the plan or the sheet's own planned one."""
        return bool(self.due.wan) or self.physical.plan_pct > 0


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """One indicator of one month. `points` None is 本项不计, never 0; `reason` always says why."""

    name: str
    points: Decimal | None
    full_marks: Decimal
    sentence: Later[str] | str
    source: str  # of the rule: the document, or 示例
    figures: tuple[Source, ...] = ()
    planned: Source | None = None  # what was due stands there; `ref` is the plan's, of SHEETS_PLAN the record's

    @property
    def reason(self) -> str:
        return self.sentence if isinstance(self.sentence, str) else self.sentence.value


@dataclass(frozen=True, slots=True)
class Judgement:
    """The indicators of one record, the score they make up, and what is to be noticed about its figures."""

    indicators: tuple[IndicatorScore, ...] = ()
    computed: Decimal | None = None
    notices: tuple[str, ...] = ()


_NOT_JUDGED = Later(Judgement)


@dataclass(frozen=True, slots=True)
class MonthScore:
    """One project's score of one month. `score` None is left out of every mean.

    `reason` is set where the month has no score of its own; `sources` are the cells the counted score came from, and
    `ref` the record's. `team_score`, `sheet_score` and `computed_score` keep all three.
    """

    month: Month
    score: Decimal | None
    source: ScoreSource | None
    reason: Reason | None
    judgement: Later[Judgement] = _NOT_JUDGED  # beside a given score worked out only when read
    ref: int | None = None
    sources: tuple[Source, ...] = ()
    team_score: Decimal | None = None
    sheet_score: Decimal | None = None
    carried_from: Month | None = None  # 沿用: the month whose score it is

    @property
    def indicators(self) -> tuple[IndicatorScore, ...]:
        return self.judgement.value.indicators

    @property
    def computed_score(self) -> Decimal | None:
        return self.judgement.value.computed

    @property
    def notices(self) -> tuple[str, ...]:
        return self.judgement.value.notices

    @property
    def by_completion(self) -> bool:
        return self.reason in BY_COMPLETION

    @property
    def sentence(self) -> str:
        """How the score came about, or why there is none."""
        if self.source is None or self.source is ScoreSource.POLICY:
            assert self.reason is not None
            end = "不计入平均" if self.source is None else f"按办法计{self.score}分"
            return f"{_REASON_WORDS[self.reason]}，{end}"
        if self.source is ScoreSource.COMPLETED:
            return f"已完工，计{self.score}分"
        if self.source is ScoreSource.CARRIED:
            return f"已完工，沿用最后一次月度得分（{self.carried_from}月）{self.score}分"
        if self.source is ScoreSource.COMPUTED:
            return self._sum
        if self.source is ScoreSource.TEAM and self.team_score is None:
            return f"督查组分项评分，{self._sum}"
        return f"{self.source.words}{self.score}分"

    @property
    def _sum(self) -> str:
        judged = [one for one in self.indicators if one.points is not None]
        points = "＋".join(str(one.points) for one in judged)
        marks = "＋".join(exact(one.full_marks) for one in judged)
        return f"100×（{points}）÷（{marks}）＝{self.score}分"


def last_given(scores: Iterable[MonthScore]) -> tuple[Month, Decimal] | None:
    """What a later 完工 carries on: of months, newest first, the first score, with the month it was given for."""
    found = ((one.carried_from or one.month, one.score) for one in scores if one.score is not None)
    return next(found, None)


def is_blank(record: Record) -> bool:
    """An empty row (未报): no score, figure, words or problems, and nothing declared.

    A planned percentage alone is not content: templates come with it filled in.
    """
    return not (
        record.team_score is not None
        or record.sheet_score is not None
        or any(
            value is not None
            for kind in (record.verified, record.reported, record.statistical)
            for value in (kind.ytd_wan, kind.month_wan, kind.to_date_wan)
        )
        or record.physical_progress_pct is not None
        or record.physical_progress.strip()
        or record.problems.strip()
        or record.node_judgement is not None
        or record.indicator_points
        or record.declaration is not None
        or record.states_not_started
    )


def score_month(
    book: RuleBook,
    month: Month,
    record: Record | None,
    standing: MonthState,
    facts: Later[ProjectMonth],
    last_score: tuple[Month, Decimal] | None,
) -> MonthScore:
    """Score one project-month; `last_score` is the latest before it with its month, for carrying on after 完工."""
    if standing.membership is Membership.NOT_YET:
        return _without_score(book, month, Reason.NOT_YET_ADDED)
    if standing.membership is Membership.LEFT:
        return _without_score(book, month, Reason.LEFT)
    # The month of completion is scored like any other if it has a record, else like those after it.
    if standing.state is State.COMPLETED and (record is None or standing.completed_month != month):
        return _after_completion(book, month, last_score)
    if standing.state is State.SUSPENDED:
        return _without_score(book, month, Reason.SUSPENDED)
    if record is None:
        if standing.is_exempt:
            return _without_score(book, month, Reason.EXEMPT)
        return _without_score(book, month, Reason.NOT_INSPECTED if facts.value.is_due else Reason.NOT_DUE)
    return _score_record(book, record, facts)


def _score_record(book: RuleBook, record: Record, facts: Later[ProjectMonth]) -> MonthScore:
    team, sheet = _given(record.team_score), _given(record.sheet_score)
    judgement = Later(lambda: _judge_record(book, facts.value, record, team, sheet))

    def scored(score: Decimal, source: ScoreSource, *sources: Source) -> MonthScore:
        return MonthScore(record.month, score, source, None, judgement, record.ref, sources, team, sheet)

    def unscored(reason: Reason) -> MonthScore:
        return _without_score(book, record.month, reason, judgement, record.ref)

    if team is not None:
        return scored(team, ScoreSource.TEAM, Source(record.month, "team_score", record.ref))
    # A team that entered points for every indicator has given its score.
    if record.indicator_points:
        computed = judgement.value.computed
        if computed is not None and all(one.name in record.indicator_points for one in facts.value.indicators):
            return scored(computed, ScoreSource.TEAM, Source(record.month, "indicator_points", record.ref))
    if sheet is not None:
        return scored(sheet, ScoreSource.SHEET, Source(record.month, "sheet_score", record.ref))
    if facts.value.standing.is_exempt or record.declaration is Declaration.EXEMPT:
        return unscored(Reason.EXEMPT)
    if record.declaration is Declaration.REFUSED:
        return unscored(Reason.REFUSED)
    if record.declaration is Declaration.STOPPED:
        return unscored(Reason.STOPPED)
    if (computed := judgement.value.computed) is not None:
        judged = [one for one in judgement.value.indicators if one.points is not None]
        return scored(computed, ScoreSource.COMPUTED, *(source for one in judged for source in one.figures))
    if not facts.value.is_due:
        return unscored(Reason.NOT_DUE)
    if is_blank(record):
        return unscored(Reason.NOT_REPORTED)
    return unscored(Reason.NOT_ASSESSABLE if facts.value.due.has_annual_plan else Reason.NO_ANNUAL_PLAN)


def _judge_record(
    book: RuleBook, facts: ProjectMonth, record: Record, team: Decimal | None, sheet: Decimal | None
) -> Judgement:
    indicators: tuple[IndicatorScore, ...] = ()
    if not is_blank(record):
        indicators = tuple(judge(book, indicator, facts, record) for indicator in facts.indicators)
    computed = total(indicators)
    notices = [*facts.due.schedule.notices, *facts.invested.notices]
    for stated, source in ((record.team_score, ScoreSource.TEAM), (record.sheet_score, ScoreSource.SHEET)):
        if stated is not None and _given(stated) is None:
            notices.append(f"{source.words}{figure(stated)}分不在0—100分内，不采用")
    _notice_gaps(book, {ScoreSource.TEAM: team, ScoreSource.SHEET: sheet, ScoreSource.COMPUTED: computed}, notices)
    return Judgement(indicators, computed, tuple(notices))


def total(indicators: tuple[IndicatorScore, ...]) -> Decimal | None:
    """100 × Σ points ÷ Σ full marks over the indicators that are judged; None when none is."""
    judged = [(one.points, one.full_marks) for one in indicators if one.points is not None]
    if not judged:
        return None
    points = sum((points for points, _ in judged), Decimal(0))
    return half_up(100 * points, over=sum((marks for _, marks in judged), Decimal(0)))


def judge(book: RuleBook, indicator: Indicator, facts: ProjectMonth, record: Record) -> IndicatorScore:
    """One indicator's points with the reason; what the inspection team entered for it counts first."""
    entered = record.indicator_points.get(indicator.name)
    if entered is not None:
        points = half_up(min(max(entered, Decimal(0)), indicator.full_marks))
        source = Source(facts.month, f"indicator_points.{indicator.name}", record.ref)
        within = half_up(entered) == points
        limits = "" if within else f"，以0—{exact(indicator.full_marks)}分为限计{points}分"
        return _line(indicator, points, f"督查组评{points if within else exact(entered)}分{limits}", source)
    if indicator.kind is IndicatorKind.INVESTMENT:
        return _judge_investment(book, indicator, facts, record)
    if indicator.kind is IndicatorKind.PHYSICAL:
        return _judge_physical(book, indicator, facts, record)
    if indicator.kind is IndicatorKind.NODE:
        if record.node_judgement is not None:
            return _judge_node(book, indicator, facts, record)
        return _blank(book, indicator, facts.is_due, _offered(record, "node_judgement"))
    return _blank(book, indicator, facts.is_due, _offered(record, indicator.name))


def _judge_investment(book: RuleBook, indicator: Indicator, facts: ProjectMonth, record: Record) -> IndicatorScore:
    due, counted = facts.due.wan, facts.invested.counted
    if due is None:
        return _line(indicator, None, "无年度计划，本项不计")
    if due == 0:
        return _line(indicator, None, "未到计划开工，本项不计")
    if counted.is_stated and counted.wan is not None:
        done, points = _added_up(counted), _share_of_marks(indicator, counted.wan, due)
        sentence = Later(lambda: f"完成{done.value}／应完成{_due_words(facts.due, due)}，计{points}分")
        return replace(_line(indicator, points, sentence, *counted.sources), planned=_planned_wan(facts))
    if counted.missing:
        gap = f"缺{'、'.join(str(month) for month in counted.missing)}月数据，"
        return _blank(book, indicator, True, counted.sources, gap)
    columns = (name for kind in book.investment.kinds for name in columns_of(kind))
    return _blank(book, indicator, True, _offered(record, *columns))


def _added_up(counted: YearToDate) -> Later[str]:
    """700, or what it was added up from: 700（600＋100）."""

    def words() -> str:
        assert counted.wan is not None
        total = exact(counted.wan)
        if len(counted.parts) < 2:
            return total
        parts = (exact(part) if part >= 0 else f"（{exact(part)}）" for part in reversed(counted.parts))
        return f"{total}（{'＋'.join(parts)}）"

    return Later(words)


def _due_words(plan: PlanToDate, due: Fraction) -> str:
    """1750万元; where two decimals do not hold it, with the way it came about, so that it can be worked again."""
    words = f"{figure(due)}万元"
    annual = plan.schedule.annual
    if half_up(due) == due or annual is None:
        return words
    if due == annual * plan.share:
        return f"{words}（{exact(annual)}×{plan.share.numerator}／{plan.share.denominator}）"
    return f"{words}（{exact(due)}）"  # on the line between two months of the cumulative plan


def _planned_wan(facts: ProjectMonth) -> Source:
    """Where the plan's money stands, of a project that has one: month by month, or for the year."""
    plan = facts.due.schedule.plan
    assert plan is not None
    return Source(facts.month, "cumulative_wan" if plan.cumulative_wan else "annual_investment_wan", plan.ref)


def _planned_pct(facts: ProjectMonth, record: Record) -> Source | None:
    """Where the planned percent stands: in the month's sheet, in the plan, or in the dates it is worked out from."""
    if not facts.physical.is_whole and record.physical_progress_plan_pct is not None:
        return Source(facts.month, SHEETS_PLAN, record.ref)
    plan = facts.due.schedule.plan
    if plan is None:
        return None
    stated = not facts.physical.is_whole and facts.month in plan.physical_progress_pct
    return Source(facts.month, "physical_progress_pct" if stated else "planned_start_on", plan.ref)


def _pct_words(pct: Fraction) -> str:
    """33.33%（100×1／3）: in full where two decimals do not hold it."""
    share = pct / 100
    if half_up(pct, 6) == pct:
        return f"{exact(pct)}%"
    return f"{figure(pct)}%（100×{share.numerator}／{share.denominator}）"


def _share_of_marks(indicator: Indicator, done: Decimal, due: Fraction) -> Decimal:
    """Full marks × done ÷ due, no credit beyond the plan and none below zero."""
    points = half_up(indicator.full_marks * done, over=due)
    return max(ZERO_SCORE, min(points, half_up(indicator.full_marks)))


def _judge_physical(book: RuleBook, indicator: Indicator, facts: ProjectMonth, record: Record) -> IndicatorScore:
    physical = facts.physical
    if (done := physical.pct) is not None:
        if physical.plan_pct <= 0:
            return _line(indicator, None, "未到计划开工，本项不计")
        points = _share_of_marks(indicator, done, physical.plan_pct)
        what = "总体形象进度" if physical.is_whole else "形象进度"
        sentence = Later(lambda: f"{what}{exact(done)}%／计划{_pct_words(physical.plan_pct)}，计{points}分")
        line = _line(indicator, points, sentence, Source(facts.month, "physical_progress_pct", record.ref))
        return replace(line, planned=_planned_pct(facts, record))
    has_node_indicator = any(one.kind is IndicatorKind.NODE for one in facts.indicators)
    if record.node_judgement is not None and not has_node_indicator:
        return _judge_node(book, indicator, facts, record)
    if physical.has_words:
        return _line(indicator, None, "形象进度为文字、没有百分数，本项不计")
    return _blank(book, indicator, physical.plan_pct > 0, _offered(record, *PHYSICAL_COLUMNS)[:1])


def _judge_node(book: RuleBook, indicator: Indicator, facts: ProjectMonth, record: Record) -> IndicatorScore:
    assert record.node_judgement is not None
    share = book.node_shares[record.node_judgement]
    points = half_up(Fraction(indicator.full_marks) * share)
    return _line(
        indicator,
        points,
        f"节点评定为{record.node_judgement}，按满分的{exact(100 * share)}%计{points}分",
        Source(facts.month, "node_judgement", record.ref),
    )


def _blank(
    book: RuleBook, indicator: Indicator, is_due: bool, cells: tuple[Source, ...], why: str = ""
) -> IndicatorScore:
    """No figure: not due yet or no such column is 不计, a blank cell (未填) is the book's policy.

    `cells` are where the figure should stand; none when the sheet has no such column.
    """
    if not is_due:
        return _line(indicator, None, "未到计划开工，本项不计")
    if not cells:
        return _line(indicator, None, "表内无此栏，本项不计")
    if book.monthly.missing_indicator is MissingPolicy.ZERO:
        return _line(indicator, ZERO_SCORE, f"{why}未填，计0.00分", *cells)
    return _line(indicator, None, f"{why}未填，本项不计", *cells)


def _offered(record: Record, *columns: str) -> tuple[Source, ...]:
    """The cells of those columns that the month's sheet had, blank as they are."""
    return tuple(Source(record.month, name, record.ref) for name in columns if name in record.columns)


def _line(indicator: Indicator, points: Decimal | None, sentence: Later[str] | str, *figures: Source) -> IndicatorScore:
    return IndicatorScore(indicator.name, points, indicator.full_marks, sentence, indicator.source, figures)


def _given(score: Decimal | None) -> Decimal | None:
    """A given score to 0.01; one outside 0–100 was never answered at import and does not count."""
    return half_up(score) if score is not None and 0 <= score <= 100 else None


def _notice_gaps(book: RuleBook, scores: Mapping[ScoreSource, Decimal | None], notices: list[str]) -> None:
    known = [(source, score) for source, score in scores.items() if score is not None]
    limit = book.monthly.given_score_gap_points
    for position, (source, score) in enumerate(known):
        for other, compared in known[position + 1 :]:
            if (gap := abs(score - compared)) > limit:
                notices.append(f"{source.words}{score}分与{other.words}{compared}分相差{gap}分，超过{figure(limit)}分")


def _after_completion(book: RuleBook, month: Month, last_score: tuple[Month, Decimal] | None) -> MonthScore:
    if book.monthly.completed is CompletedScore.FULL:
        return MonthScore(month, FULL_SCORE, ScoreSource.COMPLETED, Reason.COMPLETED)
    if last_score is not None:
        carried_from, score = last_score
        return MonthScore(month, score, ScoreSource.CARRIED, Reason.COMPLETED, carried_from=carried_from)
    return _without_score(book, month, Reason.NO_CARRIED_SCORE)


def _without_score(
    book: RuleBook,
    month: Month,
    reason: Reason,
    judgement: Later[Judgement] = _NOT_JUDGED,
    ref: int | None = None,
) -> MonthScore:
    """The book's policy for a reason: 0.00, or left out of the mean."""
    if book.monthly.reasons.get(reason) is MissingPolicy.ZERO:
        return MonthScore(month, ZERO_SCORE, ScoreSource.POLICY, reason, judgement, ref)
    return MonthScore(month, None, None, reason, judgement, ref)
