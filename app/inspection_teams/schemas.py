"""督查组一致性 as the API gives it."""

from pydantic import BaseModel


class TeamOut(BaseModel):
    """One team in the period. null: too few scores to say; scores and differences in 分, shares in %."""

    team: str
    number: int
    projects: int
    mean: str | None
    deviation: str | None
    lowest: str
    highest: str
    near_full: int
    full: int
    near_full_pct: str | None
    full_pct: str | None
    followed: int
    copied: int
    copied_below_full: int
    copied_pct: str | None
    compared: int
    difference: str | None
    relative_difference: str | None
    rotated: int
    own_difference: str | None


class TeamMonthOut(BaseModel):
    team: str
    month: str
    number: int
    mean: str | None


class TeamsOut(BaseModel):
    """Every team with scores in the period, and each team's monthly means of the year so far."""

    programme: str
    period: str
    period_label: str
    months: list[str]
    minimum: int
    rows: list[TeamOut]
    total: int
    trend: list[TeamMonthOut]
