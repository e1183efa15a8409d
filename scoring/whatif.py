"""目标测算: what the remaining months must still score for a target, and the range that the final can still take.

Source: RULES §2–§4; the choices: docs/decisions/0010. A score is asked of every remaining month alike and tried through
the functions that score a board, so each rounding and policy is in the answer: with it the target is reached, with 0.01
less it is missed. Everything holds for the facts known now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from scoring.assessment import Assessment
from scoring.facts import Month
from scoring.later import Later
from scoring.lifecycle import Membership, State
from scoring.monthly import FULL_SCORE, ZERO_SCORE, MonthScore, ScoreSource, last_given, score_month
from scoring.periods import QUARTER_WORDS, Period, PeriodKind, Quarter, month_range, quarter_of
from scoring.quarterly import QuarterScore, begun_quarters
from scoring.ranking import PeriodScore, score_of_quarters
from scoring.receipts import formula, quarter_sentence
from scoring.rulebook import CompletedScore

STEP = Decimal("0.01")
_STEPS = int(FULL_SCORE / STEP)


class Verdict(StrEnum):
    REACHED = "reached"  # 已经确定: whatever the remaining months score
    NEEDED = "needed"
    IMPOSSIBLE = "impossible"  # 已不可能: whatever they score

    @property
    def words(self) -> str:
        return {"reached": "已经确定", "needed": "还需努力", "impossible": "已不可能"}[self.value]


class Status(StrEnum):
    """Where a project stands in a period that may still be running."""

    OPEN = "open"
    SETTLED = "settled"  # no month remains that could change the score
    COMPLETED = "completed"  # the remaining months score by 完工
    SUSPENDED = "suspended"  # reckoned as resumed next month
    LEFT = "left"
    NOT_YET = "not_yet"
    NOT_SCORED = "not_scored"  # no month is scored, and none can be


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and highest final: 0.00, or 100.00, in every remaining month that can be scored."""

    low: Decimal
    high: Decimal

    @property
    def is_settled(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Needed:
    """The answer to one target. `month_score` is None unless the verdict is NEEDED.

    `reached` is what the final comes to with `month_score`, `one_less` with 0.01 less each month; of a target that is
    certain or impossible, `reached` is the lowest or highest final. `quarter_score` is the smallest score of the only
    open quarter that carries weight. `steps` are the arithmetic of `reached`.
    """

    target: Decimal
    verdict: Verdict
    month_score: Decimal | None
    quarter: Quarter | None
    quarter_score: Decimal | None
    reached: Decimal | None
    one_less: Decimal | None
    sentence: str
    steps: tuple[str, ...]


class Course:
    """One project's way through a quarter or year: the months it has, those that remain, the scores they can lead to.

    `last` is the programme's last committed month (0: none); what lies before it without a sheet is gone. Published
    quarter scores (Q1–Q4) stand, whatever is scored in them.
    """

    def __init__(
        self, assessment: Assessment, period: Period, last: Month, published: Mapping[str, Decimal | None] | None = None
    ) -> None:
        self.assessment = assessment
        self.period = period
        self.last = last
        self.published: Mapping[str, Decimal | None] = published or {}
        self.remaining: tuple[Month, ...] = tuple(month for month in period.months if month > last)

    @property
    def _end(self) -> Month:
        """The month whose membership decides who is on the period's last board."""
        if self.remaining:
            return self.remaining[-1]
        committed = self.period.committed(self.assessment.committed_months)
        return committed[-1] if committed else self.period.months[-1]

    @cached_property
    def open_months(self) -> tuple[Month, ...]:
        """The remaining months that can be scored; a suspended project is taken to resume."""
        return tuple(month for month in self.remaining if self._is_open(month))

    def _is_open(self, month: Month) -> bool:
        standing = self.assessment.standing(month)
        if standing.membership is not Membership.MEMBER or standing.is_exempt or self._is_fixed(month):
            return False
        if standing.state is State.SUSPENDED:
            return self.is_suspended
        return standing.state is not State.COMPLETED or standing.completed_month == month

    def _is_fixed(self, month: Month) -> bool:
        return f"Q{quarter_of(month)}" in self.published

    @cached_property
    def is_suspended(self) -> bool:
        """From the next month to the period's end, with no 复工 recorded."""
        ends = (self.remaining[0], self.remaining[-1]) if self.remaining else ()
        return bool(ends) and all(self.assessment.standing(month).state is State.SUSPENDED for month in ends)

    @cached_property
    def status(self) -> Status:
        membership = self.assessment.standing(self._end).membership
        if membership is Membership.LEFT:
            return Status.LEFT
        if membership is Membership.NOT_YET:
            return Status.NOT_YET
        if self.range is None:
            return Status.NOT_SCORED
        if not self.open_months:
            ahead = [self.assessment.standing(month).state for month in self.remaining]
            return Status.COMPLETED if State.COMPLETED in ahead else Status.SETTLED
        return Status.SUSPENDED if self.is_suspended else Status.OPEN

    # ---- scores -----------------------------------------------------------------------------------------------------

    @cached_property
    def _known(self) -> tuple[MonthScore, ...]:
        months = self.assessment.committed_months
        if self.period.kind is PeriodKind.QUARTER:
            months = self.period.committed(months)
        return tuple(self.assessment.score(month) for month in months if month <= self.last)

    @cached_property
    def now(self) -> PeriodScore:
        """As things stand: the board's score."""
        return self._score_of(self._known)

    @cached_property
    def at_rest(self) -> Decimal | None:
        """The final if no remaining month is scored but by 完工."""
        return self._score_of((*self._known, *self._coming(None))).score

    def final(self, each: Decimal) -> PeriodScore:
        """The period's score if every open month scores `each`."""
        settled, first = self._settled_quarters, self._first_open_quarter
        months = [one for one in (*self._known, *self._coming(each)) if quarter_of(one.month) >= first]
        return self._of_quarters((*settled, *begun_quarters(months, self.published)))

    @cached_property
    def _settled_quarters(self) -> tuple[QuarterScore, ...]:
        """The quarters before the first open month's, which no open month can change."""
        months = [*self._known, *self._coming(None)]
        return begun_quarters(
            (one for one in months if quarter_of(one.month) < self._first_open_quarter), self.published
        )

    @cached_property
    def _first_open_quarter(self) -> Quarter:
        """1 where no month is open: then everything is worked out together."""
        return quarter_of(self.open_months[0]) if self.open_months else 1

    def _score_of(self, months: tuple[MonthScore, ...]) -> PeriodScore:
        return self._of_quarters(begun_quarters(months, self.published))

    def _of_quarters(self, quarters: tuple[QuarterScore, ...]) -> PeriodScore:
        return score_of_quarters(self.assessment.book.final, self.period, quarters)

    def _coming(self, each: Decimal | None) -> list[MonthScore]:
        """The remaining months: `each` where open (None: not scored), else what the rules give without a record."""
        found: list[MonthScore] = []
        for month in self.remaining:
            if month in self.open_months:
                if each is not None:
                    found.append(MonthScore(month, each, ScoreSource.TEAM, None, team_score=each))
            elif not self._is_fixed(month):
                found.append(self._unrecorded(month, found))
        return found

    def _unrecorded(self, month: Month, before: list[MonthScore]) -> MonthScore:
        """A month that 完工, 调出, 免考 or a time before 增补 decides, without looking at any figure."""
        scored = (*self.assessment.scores(self.last), *before)
        return score_month(
            self.assessment.book,
            month,
            None,
            self.assessment.standing(month),
            Later(lambda: self.assessment.month(month)),
            last_given(reversed(scored)),
        )

    @cached_property
    def range(self) -> Range | None:
        """None where no month is scored, or can be."""
        low, high = self._lowest.score, self.final(FULL_SCORE).score
        return None if low is None or high is None else Range(low, high)

    @cached_property
    def _lowest(self) -> PeriodScore:
        return self.final(ZERO_SCORE)

    # ---- ranked or not ----------------------------------------------------------------------------------------------

    @property
    def is_member(self) -> bool:
        return self.assessment.is_member(self._end)

    @cached_property
    def may_be_ranked(self) -> bool:
        """At the period's end, if every open month is scored."""
        return self._is_ranked((*self._known, *self._coming(FULL_SCORE)))

    @cached_property
    def will_be_ranked(self) -> bool:
        """At the period's end, even if no open month is scored."""
        return self._is_ranked((*self._known, *self._coming(None)))

    def _is_ranked(self, months: tuple[MonthScore, ...]) -> bool:
        if not self.is_member or self._score_of(months).score is None:
            return False
        return self.period.kind is PeriodKind.QUARTER or self.scored_months(months) >= self.months_required

    def scored_months(self, months: tuple[MonthScore, ...] | None = None) -> int:
        """Scored months in weighted quarters; without `months`, if every open month is scored."""
        shown = (*self._known, *self._coming(FULL_SCORE)) if months is None else months
        return sum(1 for one in shown if one.score is not None and self._has_weight(one.month))

    @cached_property
    def months_required(self) -> int:
        """How many scored months a year's rank needs at its end."""
        shown = [one.month for one in self._known] + list(self.remaining)
        return min(self.assessment.book.final.minimum_months, sum(1 for month in shown if self._has_weight(month)))

    def _has_weight(self, month: Month) -> bool:
        return bool(self.assessment.book.final.weights[quarter_of(month)])

    # ---- targets ----------------------------------------------------------------------------------------------------

    def month_score_for(self, target: Decimal) -> tuple[Verdict, Decimal | None]:
        """Whether a final of at least `target` is certain or impossible; else what every open month must score."""
        if self.range is None or self.range.high < target:
            return Verdict.IMPOSSIBLE, None
        if self.range.low >= target:
            return Verdict.REACHED, None
        return Verdict.NEEDED, _smallest(lambda score: self._reaches(self.final(score), target))

    def needed(self, target: Decimal) -> Needed:
        """What the open months must score for a final of at least `target`, with the arithmetic."""
        verdict, each = self.month_score_for(target)
        if self.range is None:
            return self._answer(target, verdict, None, f"{self.what}没有计分的月份，无从测算。")
        if verdict is Verdict.REACHED:
            return self._answer(target, verdict, ZERO_SCORE, self._reached_sentence(self.range.low))
        if each is None:
            return self._answer(target, verdict, FULL_SCORE, self._missed_sentence(target, self.range.high))
        quarter = self._only_quarter()
        quarter_score = None
        if quarter is not None:
            quarter_score = _smallest(lambda score: self._quarter_reaches(quarter, score, target))
        found, less = self.final(each), self.final(each - STEP).score
        assert found.score is not None
        return Needed(
            target=target,
            verdict=verdict,
            month_score=each,
            quarter=quarter,
            quarter_score=quarter_score,
            reached=found.score,
            one_less=less,
            sentence=self._needed_sentence(each, quarter, quarter_score, found.score, less),
            steps=self._steps(found),
        )

    def _answer(self, target: Decimal, verdict: Verdict, each: Decimal | None, sentence: str) -> Needed:
        found = None if each is None else self.final(each)
        reached, steps = (None, ()) if found is None else (found.score, self._steps(found))
        return Needed(target, verdict, None, None, None, reached, None, sentence, steps)

    @staticmethod
    def _reaches(found: PeriodScore, target: Decimal) -> bool:
        return found.score is not None and found.score >= target

    def _only_quarter(self) -> Quarter | None:
        """The one open quarter that carries weight, in a year's answer."""
        if self.period.kind is PeriodKind.QUARTER:
            return None
        weighted = {quarter_of(month) for month in self.open_months if self._has_weight(month)}
        return weighted.pop() if len(weighted) == 1 else None

    def _quarter_reaches(self, quarter: Quarter, score: Decimal, target: Decimal) -> bool:
        quarters = tuple(
            QuarterScore(quarter, score, one.months) if one.quarter == quarter else one for one in self._lowest.quarters
        )
        return self._reaches(self._of_quarters(quarters), target)

    # ---- words ------------------------------------------------------------------------------------------------------

    @property
    def what(self) -> str:
        if self.period.kind is PeriodKind.QUARTER:
            return f"{QUARTER_WORDS[self.period.number]}得分"
        return "年度得分"

    @property
    def open_words(self) -> str:
        """11—12月."""
        return month_range(self.open_months)

    @property
    def _in_words(self) -> str:
        """What the open months are asked to score: their mean, where a single quarter takes it."""
        if len(self.open_months) == 1:
            return f"{self.open_words}"
        quarters = {quarter_of(month) for month in self.open_months}
        return f"{self.open_words}{'平均' if len(quarters) == 1 else '每月'}"

    def _reached_sentence(self, low: Decimal) -> str:
        if not self.open_months:
            return f"已经确定：{self.what}为{low}分，不再变动。"
        return f"已经确定：{self.open_words}即使都得{ZERO_SCORE}分，{self.what}也有{low}分。"

    def _missed_sentence(self, target: Decimal, high: Decimal) -> str:
        if not self.open_months:
            return f"已不可能：{self.what}为{high}分，不再变动，差{target - high}分。"
        return f"已不可能：{self.open_words}即使都得{FULL_SCORE}分，{self.what}也只有{high}分，差{target - high}分。"

    def _needed_sentence(
        self,
        each: Decimal,
        quarter: Quarter | None,
        quarter_score: Decimal | None,
        reached: Decimal,
        less: Decimal | None,
    ) -> str:
        of_quarter = "" if quarter is None else f"（即{QUARTER_WORDS[quarter]}得分不低于{quarter_score}分）"
        return (
            f"{self._in_words}不低于{each}分{of_quarter}，{self.what}为{reached}分；再低{STEP}分则为{less}分，达不到。"
        )

    def _steps(self, found: PeriodScore) -> tuple[str, ...]:
        """The quarters that open months belong to, then the period."""
        open_quarters = {quarter_of(month) for month in self.open_months}
        line = formula(self.assessment.book, self.assessment, self.period, found)
        if self.period.kind is PeriodKind.QUARTER:
            return (f"{QUARTER_WORDS[self.period.number]}：{line}",)
        lines = [
            f"{QUARTER_WORDS[one.quarter]}：{quarter_sentence(one)}"
            for one in found.quarters
            if one.quarter in open_quarters
        ]
        return (*lines, f"{self.period.words}：{line}")

    def status_sentence(self) -> str:
        """What is particular about this project's remaining months; empty where nothing is."""
        sentences: list[str] = []
        if self.status is Status.LEFT:
            return f"已调出，不再计{self.what}。"
        if self.status is Status.NOT_YET:
            return f"尚未增补，{self.period.words}没有得分。"
        if self.status is Status.NOT_SCORED:
            return f"{self.period.words}没有计分的月份，也没有剩余的月份。"
        if self.status is Status.SETTLED:
            return f"{'其余月份不再评分' if self.remaining else '本期没有剩余的月份'}，得分不再变动。"
        if self.status is Status.COMPLETED:
            carried = self.assessment.book.monthly.completed is CompletedScore.CARRY
            rule = "沿用最后一次月度得分" if carried else f"计{FULL_SCORE}分"
            sentences.append(f"已完工，此后各月{rule}，不再督查。")
        if self.status is Status.SUSPENDED:
            rest = "没有得分" if self.at_rest is None else f"为{self.at_rest}分"
            sentences.append(f"现为暂缓，不复工的月份不评分：一直不复工，{self.what}{rest}；以下按下月起复工推算。")
        if self.period.kind is PeriodKind.YEAR and not self.may_be_ranked:
            sentences.append(
                f"考核期不足：其余月份全部计分，计权的季度也只有{self.scored_months()}个月计分，"
                f"少于{self.months_required}个月，年末单列、不参加排名。"
            )
        exempt = tuple(month for month in self.remaining if self.assessment.standing(month).is_exempt)
        if exempt:
            sentences.append(f"{month_range(exempt)}免考，不计入平均。")
        return "".join(sentences)


def _smallest(reaches: Callable[[Decimal], bool]) -> Decimal:
    """The smallest score in steps of 0.01 that reaches; 100.00 must, and more never reaches less."""
    low, high = 0, _STEPS
    while low < high:
        middle = (low + high) // 2
        if reaches(STEP * middle):
            high = middle
        else:
            low = middle + 1
    return STEP * low
