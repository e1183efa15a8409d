"""What the sheets say of a project in a month: figures, words, the teams' points (各月数字).

Drawn from its courses with a little noise from a fixed seed, one stream per project, month and purpose, so that no
figure depends on the order in which figures are drawn.
"""

import random
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from data.demo.portfolio import TEAMS, Project, due_pct, value_at

SEED = "2023-08-31"
LENIENCY = dict(zip(TEAMS, (Decimal("-1.5"), Decimal(0), Decimal("1.5")), strict=True))  # 分: one team is stricter
FINISHED = "完工"


@dataclass(frozen=True)
class Month:
    """One row of a month's sheet. None is a blank cell."""

    project: Project
    reported_wan: Decimal | None
    verified_wan: Decimal | None
    progress: str
    progress_pct: Decimal | None
    node: str
    problems: str
    state: str
    team: str
    score: Decimal | None


def draw(*what: object) -> random.Random:
    return random.Random("/".join(map(str, (SEED, *what))))


def month_row(project: Project, month: int, words: dict[str, list[str]], problems: str) -> Month | None:
    """The project's row, None where the sheet has none (未督查, 增补前)."""
    gap = project.gap(month)
    if month < project.entered or gap == "未督查":
        return None
    if gap == "未报":
        return Month(project, None, None, "", None, "", "", "", "", None)
    verified, progress_pct = invested_wan(project, month), physical_pct(project, month)
    state = project.state(month)
    is_finished_before = state == FINISHED and month not in project.states
    return Month(
        project=project,
        reported_wan=None if verified is None else reported_wan(project, verified),
        verified_wan=verified,
        progress=stage_words(words[project.kind], progress_pct, state),
        progress_pct=progress_pct,
        node="" if project.annual_wan else node_word(project, month, progress_pct),
        problems=problems,
        state=_state_cell(project, month, state),
        team="" if is_finished_before else project.team,
        score=None if gap == "未评分" or is_finished_before or state == "暂缓" else given_score(project, month),
    )


def invested_wan(project: Project, month: int) -> Decimal | None:
    """督查核实 since January, 万元; None for a project without investment."""
    if project.annual_wan is None:
        return None
    step = Decimal(10) if project.annual_wan >= 3000 else Decimal(5) if project.annual_wan >= 1000 else Decimal(1)
    share = _noisy(project, month)
    return (project.annual_wan * share / 100 / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def reported_wan(project: Project, verified: Decimal) -> Decimal:
    """上报: what the unit says all year, mostly the verified figure or a little more."""
    over = Decimal(draw(project.code, "reported").choice((0, 0, 0, 0, 1, 2, 3, 5, 12)))
    step = Decimal(10) if verified >= 1000 else Decimal(1)
    return (verified * (100 + over) / 100 / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def physical_pct(project: Project, month: int) -> Decimal:
    return value_at(project.physical, month).quantize(Decimal(1), ROUND_HALF_UP)


def given_score(project: Project, month: int) -> Decimal | None:
    """The team's points: plan and works as it saw them, with its leniency; None before anything was due."""
    due = due_pct(project, month)
    if due == 0:
        return None
    invest = min(Decimal(1), _noisy(project, month) / due) if project.annual_wan else Decimal(1)
    physical = min(Decimal(1), physical_pct(project, month) / due)
    seen = 60 * invest + 40 * physical + LENIENCY[project.team] - 2
    noise = Decimal(draw(project.code, month, "score").randrange(-5, 6)) / 2
    halves = (2 * (seen + noise)).quantize(Decimal(1), ROUND_HALF_UP) / 2
    return min(max(halves, Decimal(20)), Decimal("99.5"))


def node_word(project: Project, month: int, progress_pct: Decimal) -> str:
    due = due_pct(project, month)
    return "" if due == 0 else "达到" if progress_pct >= due * Decimal("0.95") else "基本达到"


def stage_words(stages: list[str], progress_pct: Decimal, state: str) -> str:
    """The works in words, from the stage the year's target has reached."""
    if state == FINISHED:
        return stages[-1]
    return stages[min(int(progress_pct) * (len(stages) - 1) // 100, len(stages) - 2)]


def _state_cell(project: Project, month: int, state: str) -> str:
    if state in ("", "复工"):
        if state == "复工" and month in project.states:
            return "复工"
        return "未开工" if month < project.window[0] and not physical_pct(project, month) else "在建"
    return {FINISHED: "已完工"}.get(state, state)


def _noisy(project: Project, month: int) -> Decimal:
    """The investment course with noise between its points; the points themselves hold."""
    share = value_at(project.invest, month)
    after = value_at(project.invest, month + 1)
    if share == 0 or any(point[0] == month for point in project.invest):
        return share
    noise = Decimal(draw(project.code, month, "invested").randrange(-30, 31)) / 100
    return share + (after - share) * noise
