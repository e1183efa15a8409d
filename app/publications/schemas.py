"""The answers' shapes as OpenAPI shows them, and what publishing takes (接口格式).

Source: CONTRACTS. Answers are serialised once and kept as bytes, so these describe them and check them in tests.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.alerts.schemas import DecisionsOut

State = Literal["interim", "published", "corrected"]
LightName = Literal["red", "yellow", "green", "grey", "none"]
OutlookName = Literal["done", "expected", "unlikely"]


class Open(BaseModel):
    """Further fields are for screens and may grow."""

    model_config = ConfigDict(extra="allow")


class BoardRow(Open):
    id: int
    code: str
    name: str
    group: str
    rank: int | None
    group_size: int
    overall_rank: int | None
    score: str | None
    tier: str | None
    change: int | None
    tie_break: str | None
    quarters: dict[str, str | None]
    months: dict[str, str | None]
    not_scored_reason: str | None
    published_score: str | None
    published_rank: int | None


class MovementOut(BaseModel):
    code: str
    name: str
    reason: str


class CoverageOut(BaseModel):
    due: int
    inspected: int
    not_inspected: int
    not_reported: int
    not_scored: int


class CoverageLists(BaseModel):
    """Who is behind each number of the coverage, as codes in code order; `not_due` need no inspection."""

    due: list[str]
    inspected: list[str]
    not_inspected: list[str]
    not_reported: list[str]
    not_due: list[str]
    not_scored: list[str]


class ScoreSources(BaseModel):
    """Whose the period's monthly scores are: how many the teams', the sheets', computed, by completion, by policy."""

    months: list[str]
    counts: dict[Literal["team", "sheet", "computed", "completed", "carried", "policy"], int]
    without_score: int


class ListsOut(BaseModel):
    red: list[str]
    black: list[str]
    edge: list[str]


class BoardOut(Open):
    """分级排名: one period's board."""

    programme: str
    period: str
    rulebook: str
    as_of: str | None
    state: State
    label: str
    rows: list[BoardRow]
    joined: list[MovementOut]
    left: list[MovementOut]
    coverage: CoverageOut
    coverage_lists: CoverageLists
    score_sources: ScoreSources
    lists: ListsOut
    full_marks: int


class RankPartsOut(BaseModel):
    """Places by cause, up is positive; together they are `change`."""

    own: int
    others: int
    joined: int
    left: int
    rule: int
    correction: int


class ScorePartsOut(BaseModel):
    """Points by cause; together they are `score_change`."""

    own: str
    rule: str
    correction: str


class MovementRow(Open):
    id: int
    code: str
    name: str
    group: str
    change: int | None
    from_rank: int | None
    to_rank: int | None
    from_score: str | None
    to_score: str | None
    score_change: str | None
    ranks: RankPartsOut | None
    scores: ScorePartsOut | None
    sentence: str


class BandOut(BaseModel):
    """名次相近: the places among which the rank lies in 90 of 100 draws of the months' noise."""

    id: int
    code: str
    best: int
    worst: int
    words: str
    sentence: str


class MovementsOut(Open):
    """升降原因: one board's movements against the period before; 相近名次 of its ranks."""

    programme: str
    period: str
    previous: str | None
    state: State
    method: str
    rows: list[MovementRow]
    total: int
    bands: list[BandOut]
    bands_method: str


class EvidenceOut(Open):
    """The cell a figure came from, or who entered it."""

    upload: int | None
    file: str | None
    sha256: str | None
    sheet: str | None
    cell: str | None
    uploader: str | None
    at: str | None


class IndicatorOut(Open):
    name: str
    points: str | None
    full_marks: str
    reason: str
    source: str


class ReceiptMonthOut(Open):
    month: str
    score: str | None
    source: Literal["team", "sheet", "computed", "completed", "carried", "policy"] | None
    reason: str | None
    indicators: list[IndicatorOut]
    evidence: EvidenceOut | None


class ReceiptQuarterOut(Open):
    quarter: str
    weight: str
    effective_weight: str | None
    score: str | None
    months: list[ReceiptMonthOut]


class AlternativeOut(BaseModel):
    missing_quarter: Literal["renormalise", "zero"]
    score: str | None


class ReceiptOut(Open):
    """得分明细: one project's score, step by step."""

    code: str
    name: str
    period: str
    score: str | None
    formula: str
    quarters: list[ReceiptQuarterOut]
    alternative: AlternativeOut
    policy: dict[str, str | dict[str, str]]


class ReasonOut(BaseModel):
    rule: str
    light: LightName
    sentence: str


class AlertRow(Open):
    id: int
    code: str
    name: str
    group: str
    light: LightName
    state: str
    last_light: LightName | None
    since: str | None
    reasons: list[ReasonOut]
    outlook: OutlookName | None
    outlook_label: str
    outlook_sentence: str
    responsible_unit: str
    lead_official: str
    previous_light: LightName | None
    previous_month: str | None
    is_worse: bool


class AlertsOut(Open):
    """风险预警: one month's lights and outlooks."""

    programme: str
    month: str
    previous_month: str | None
    state: State
    label: str
    rows: list[AlertRow]
    counts: dict[LightName | OutlookName, int]
    worse: list[str]
    totals: dict[str, int]


class AlertChangeOut(BaseModel):
    id: int
    code: str
    name: str
    light: LightName
    outlook: OutlookName | None
    sentence: str


class AlertChangeGroupOut(BaseModel):
    key: str
    label: str
    rows: list[AlertChangeOut]


class AlertChangesOut(BaseModel):
    """预警变化: by heading, each project in one sentence; `text` is the whole, to be copied."""

    programme: str
    month: str
    previous_month: str | None
    state: State
    label: str
    head: str
    groups: list[AlertChangeGroupOut]
    text: str


class RuleRecordOut(BaseModel):
    """One rule's cases. `caught`: of those that came, how many it had warned of; `borne_out`: of its standing warnings,
    how many came. Both are counts, with a percentage and its interval from 20 cases on."""

    rule: str
    label: str
    hits: int
    misses: int
    false_alarms: int
    recovered: int
    quiet: int
    not_judged: int
    caught: str
    borne_out: str
    lead_months: list[int]
    median_lead_months: str | None


class MonthsRecordOut(BaseModel):
    """The record of the months of one source: as issued, or recomputed where nothing was."""

    source: Literal["published", "recomputed"]
    label: str
    months: list[str]
    months_label: str
    rules: list[RuleRecordOut]


class TrackRecordOut(BaseModel):
    """预警准确情况 up to a month."""

    programme: str
    month: str
    is_final: bool
    basis: str
    minimum_cases: int
    outcomes: dict[Literal["bad", "good"], int]
    records: list[MonthsRecordOut]
    projects: list[dict[str, object]]


class ProjectsOut(BaseModel):
    """The projects one may see, as of a month."""

    programme: str
    month: str
    rows: list[dict[str, object]]
    total: int


class DossierOut(Open):
    """项目档案: everything known of one project."""

    id: int
    code: str
    name: str
    month: str


class PublicationIn(BaseModel):
    """定稿: drafted by an office account, signed by an office_head account."""

    programme: str
    period: str = Field(examples=["2023-10", "2023Q3", "2023"])


class ReopeningIn(BaseModel):
    """更正单: what is to be corrected, and why. One period as `period`, one or several as `periods`."""

    programme: str
    period: str | None = Field(default=None, examples=["2023-10", "2023Q3", "2023"])
    periods: list[str] = Field(default=[], max_length=17, examples=[["2023-08", "2023-09"]])
    reason: str = Field(min_length=1, max_length=500)

    def wanted(self) -> list[str]:
        return [*self.periods, *([self.period] if self.period else [])]


class PublicationOut(Open):
    id: int
    period: str
    number: int
    state: Literal["drafted", "signed"]
    drafted_by: str
    signed_by: str
    fingerprint: str
    rulebook: str
    rulebook_from: str
    rulebook_sha256: str


class ReopeningOut(Open):
    number: int
    label: str
    period: str
    periods: list[str]
    reason: str
    state: Literal["drafted", "signed"]
    drafted_by: str
    signed_by: str


class PublicationsOut(BaseModel):
    programme: str
    rows: list[PublicationOut]
    total: int
    reopenings: list[ReopeningOut]


class ChangedFact(Open):
    """One field of one fact, old and new, and where the new value came from."""

    fact: str
    key: str
    field: str
    label: str
    old: str | None
    new: str | None
    origin: EvidenceOut


class MovedRow(Open):
    id: int
    code: str
    name: str
    group: str
    old_score: str | None
    new_score: str | None
    old_rank: int | None
    new_rank: int | None
    is_own: bool
    why: str
    facts: list[ChangedFact]


class ChangesOut(Open):
    """更正前后: what moved between two boards of a period, and why."""

    programme: str
    period: str
    before: PublicationOut | None
    after: PublicationOut | None
    reopenings: list[ReopeningOut]
    is_book_changed: bool
    rows: list[MovedRow]
    counts: dict[str, int]


class DeskPeriod(Open):
    period: str
    period_label: str
    state: Literal["none", "drafted", "signed", "reopening", "reopened", "corrected", "within"]
    state_label: str
    issue: PublicationOut | None
    draft: PublicationOut | None
    slip: ReopeningOut | None


class DeskOut(Open):
    """定稿与更正: where every period stands."""

    programme: str
    two_person: bool
    periods: list[DeskPeriod]
    chosen: DeskPeriod | None
    issues: list[PublicationOut]
    reopenings: list[ReopeningOut]


class AlertsBesideOut(BaseModel):
    """What the page of warnings shows beside its rows; decisions and record speak of now, so not of an earlier day."""

    changes: AlertChangesOut
    decisions: DecisionsOut | None
    record: TrackRecordOut | None
    not_judged: list[str]
