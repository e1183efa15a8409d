"""督查组一致性: how the inspection teams give scores, and how far that is the team and not its projects.

For the office to talk with its teams; no score is changed by it. Means and differences to 0.01 half-up, shares to
0.1 %; below `MINIMUM` scores counts only, as a mean of a few says nothing. The limits are examples (示例).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

from scoring.assessment import Assessed, Assessment
from scoring.facts import Month
from scoring.monthly import FULL_SCORE, MonthScore, ScoreSource
from scoring.rounding import half_up

MINIMUM = 8  # scores; fewer are counted and not averaged
NEAR_FULL = Decimal(95)
UNNAMED = "未注明督查组"
NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


@dataclass(frozen=True, slots=True)
class Given:
    """One score that a team gave; `computed` is what the figures of the same record come to, where they do."""

    team: str
    code: str
    month: Month
    score: Decimal
    computed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """One team in a period. None: too few to say.

    `copied` of `followed` are equal to the same project's score of the committed month before, `copied_below_full` of
    them below 100. `difference` is given − computed over `compared`; `relative_difference` the same less that of all
    teams together: projects differ, and the computed score allows for it. `own_difference` is against the project's
    own mean under other teams, over the `rotated` scores of projects that had more than one team in the year.
    """

    team: str
    number: int
    projects: int
    mean: Decimal | None
    deviation: Decimal | None  # sample standard deviation
    lowest: Decimal
    highest: Decimal
    near_full: int
    full: int
    near_full_pct: Decimal | None
    full_pct: Decimal | None
    followed: int
    copied: int
    copied_below_full: int
    copied_pct: Decimal | None
    compared: int
    difference: Decimal | None
    relative_difference: Decimal | None
    rotated: int
    own_difference: Decimal | None


@dataclass(frozen=True, slots=True)
class TeamMonth:
    """One team's mean in one month; None below MINIMUM."""

    team: str
    month: Month
    number: int
    mean: Decimal | None


def given_scores(assessed: Assessed, through: Month) -> tuple[Given, ...]:
    """The scores that teams gave up to a month and that count: entered by the team, or in the sheet beside its name."""
    return tuple(
        found
        for assessment in assessed
        for score in assessment.scores(through)
        if (found := _given(assessment, score)) is not None
    )


def _given(assessment: Assessment, score: MonthScore) -> Given | None:
    if score.score is None or score.source not in (ScoreSource.TEAM, ScoreSource.SHEET):
        return None
    by_indicators = score.source is ScoreSource.TEAM and score.team_score is None  # then it is what it is computed from
    return Given(
        team=assessment.records[score.month].team or UNNAMED,
        code=assessment.project.code,
        month=score.month,
        score=score.score,
        computed=None if by_indicators else score.computed_score,
    )


def consistency(given: Sequence[Given], months: AbstractSet[Month]) -> tuple[TeamFigures, ...]:
    """Each team with a score in `months`, 一组 before 二组; `given` are the year's scores so far, to compare with."""
    before = _month_before(given)
    by_place = {(one.code, one.month): one.score for one in given}
    others = _by_project(given)
    in_period = [one for one in given if one.month in months]
    overall = _differences(in_period)
    found = []
    for team in sorted({one.team for one in in_period}, key=_place):
        own = [one for one in in_period if one.team == team]
        scores = [one.score for one in own]
        followed = [(one.score, by_place.get((one.code, before.get(one.month, 0)))) for one in own]
        pairs = [(score, earlier) for score, earlier in followed if earlier is not None]
        copied = [score for score, earlier in pairs if score == earlier]
        compared, rotated = _differences(own), list(_own_differences(own, others))
        difference = _mean(compared)
        found.append(
            TeamFigures(
                team=team,
                number=len(own),
                projects=len({one.code for one in own}),
                mean=_mean(scores),
                deviation=_deviation(scores),
                lowest=min(scores),
                highest=max(scores),
                near_full=sum(score >= NEAR_FULL for score in scores),
                full=sum(score == FULL_SCORE for score in scores),
                near_full_pct=_share(sum(score >= NEAR_FULL for score in scores), len(scores)),
                full_pct=_share(sum(score == FULL_SCORE for score in scores), len(scores)),
                followed=len(pairs),
                copied=len(copied),
                copied_below_full=sum(score < FULL_SCORE for score in copied),
                copied_pct=_share(len(copied), len(pairs)),
                compared=len(compared),
                difference=difference,
                relative_difference=None if difference is None else half_up(_exact(compared) - _exact(overall)),
                rotated=len(rotated),
                own_difference=_mean(rotated),
            )
        )
    return tuple(found)


def monthly_means(given: Iterable[Given]) -> tuple[TeamMonth, ...]:
    """Each team's mean month by month, by team and month."""
    found: defaultdict[tuple[str, Month], list[Decimal]] = defaultdict(list)
    for one in given:
        found[one.team, one.month].append(one.score)
    order = sorted(found, key=lambda place: (_place(place[0]), place[1]))
    return tuple(TeamMonth(team, month, len(found[team, month]), _mean(found[team, month])) for team, month in order)


def _place(team: str) -> str:
    """What a team's name sorts by: 督查二组 stands before 督查三组, which by code points it does not."""
    return team.translate(NUMERALS)


def _month_before(given: Iterable[Given]) -> dict[Month, Month]:
    """The month with scores before each month with scores."""
    months = sorted({one.month for one in given})
    return dict(zip(months[1:], months, strict=False))


def _by_project(given: Iterable[Given]) -> Mapping[str, list[Given]]:
    found: defaultdict[str, list[Given]] = defaultdict(list)
    for one in given:
        found[one.code].append(one)
    return found


def _differences(given: Iterable[Given]) -> list[Decimal]:
    return [one.score - one.computed for one in given if one.computed is not None]


def _own_differences(own: Iterable[Given], by_project: Mapping[str, list[Given]]) -> Iterable[Fraction]:
    """Each score less the mean of what other teams gave the same project in the year."""
    for one in own:
        theirs = [other.score for other in by_project[one.code] if other.team != one.team]
        if theirs:
            yield Fraction(one.score) - _exact(theirs)


def _exact(values: Sequence[Decimal | Fraction]) -> Fraction:
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values)


def _mean(values: Sequence[Decimal | Fraction]) -> Decimal | None:
    return None if len(values) < MINIMUM else half_up(_exact(values))


def _deviation(scores: Sequence[Decimal]) -> Decimal | None:
    """√(Σ(x − mean)² ÷ (n − 1)) to 0.01, half-up, in integers."""
    if len(scores) < MINIMUM:
        return None
    mean = _exact(scores)
    variance = sum(((Fraction(score) - mean) ** 2 for score in scores), Fraction(0)) / (len(scores) - 1)
    # In hundredths: half-up of √x is (⌊2√x⌋ + 1) ÷ 2, and ⌊2√x⌋ = ⌊√⌊4x⌋⌋.
    return Decimal((isqrt(int(variance * 40_000)) + 1) // 2).scaleb(-2)


def _share(part: int, whole: int) -> Decimal | None:
    return None if whole < MINIMUM else half_up(100 * part, 1, over=whole)
