"""The shapes of 目标测算 as OpenAPI shows them (接口格式)."""

from typing import Literal

from pydantic import BaseModel

from app.publications.schemas import Open, State

VerdictName = Literal["reached", "needed", "impossible"]


class NeededOut(Open):
    """What a target asks of the remaining months; `month_score` null where it is certain or impossible."""

    target: str
    verdict: VerdictName
    verdict_label: str
    month_score: str | None
    quarter: str | None
    quarter_score: str | None
    reached: str | None
    one_less: str | None
    sentence: str
    steps: list[str]


class RangeOut(BaseModel):
    low: str
    high: str
    low_tier: str
    high_tier: str
    is_settled: bool
    sentence: str


class PlacesOut(BaseModel):
    best: int
    worst: int
    size: int
    is_settled: bool
    sentence: str


class TierOut(NeededOut):
    tier: str
    from_score: str


class AnswerOut(Open):
    kind: Literal["target", "tier", "rank", "pass"]
    label: str
    verdict: VerdictName
    sentence: str


class NeighbourOut(Open):
    side: Literal["above", "below"]
    id: int
    code: str
    name: str
    rank: int | None
    score: str | None
    verdict: VerdictName
    present: NeededOut | None
    certain: NeededOut | None
    sentence: str


class WhatIfOut(Open):
    """目标测算 of one project in a quarter or year."""

    programme: str
    period: str
    id: int
    code: str
    name: str
    group: str
    state: State
    score: str | None
    rank: int | None
    status: Literal["open", "settled", "completed", "suspended", "left", "not_yet", "not_scored"]
    status_sentence: str
    remaining: list[str]
    open_months: list[str]
    range: RangeOut | None
    places: PlacesOut | None
    tiers: list[TierOut]
    answers: list[AnswerOut]
    neighbours: list[NeighbourOut]
    notes: list[str]


class OverviewRow(Open):
    id: int
    code: str
    name: str
    group: str
    score: str | None
    rank: int | None
    low: str | None
    high: str | None
    best: int | None
    worst: int | None


class OverviewOut(Open):
    """目标测算 of every project one may see."""

    programme: str
    period: str
    remaining: list[str]
    rows: list[OverviewRow]
    total: int
    settled_scores: int
    settled_places: int
