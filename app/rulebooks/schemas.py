"""What comes in and goes out (考核办法接口)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from scoring.rulebook import EXAMPLE

Typed = Annotated[str, Field(max_length=2000)]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class WantedIn(BaseModel):
    """The book meant: a text, a stored revision or a shipped example; none: the one in force. With changed figures."""

    programme: str = Field(max_length=40)
    text: str | None = Field(default=None, description="整份办法的TOML文本")
    revision: int | None = Field(default=None, description="已存的办法的编号")
    example: str | None = Field(default=None, max_length=80, description="示例办法的名称")
    changes: dict[Typed, Typed] = Field(
        default_factory=dict, max_length=500, examples=[{"lights.progress.yellow_below": "0.85"}]
    )
    source: str = Field(default=EXAMPLE, max_length=200, description="改动的数字的出处")


class TrialIn(WantedIn):
    """试算."""

    period: str = Field(max_length=10, examples=["2023-10", "2023Q3", "2023"])


class AdoptIn(WantedIn):
    """启用: proposed by an office account, put in force by an office_head account."""

    from_month: str = Field(max_length=10, examples=["2023-11"])
    reason: str = Field(default="", max_length=500)


class DraftIn(BaseModel):
    programme: str = Field(max_length=40)


class ChangeOut(BaseModel):
    key: str
    chapter: str
    label: str
    old: str | None
    new: str | None


class BookLine(Open):
    """A book as it stands in the history."""

    id: int
    code: str
    title: str
    version: str
    sha256: str
    from_month: str
    to_month: str | None
    state: Literal["in_force", "coming", "past", "replaced", "draft"]
    state_label: str
    reason: str
    person: str
    drafted_by: str | None
    recorded_at: str
    changes: list[ChangeOut]


class ChapterOut(BaseModel):
    title: str
    sentences: list[str]
    example: list[str]
    figures: list[dict[str, Any]]


class BookReading(BookLine):
    source: str
    effective_from: str
    chapters: list[ChapterOut]


class BookOut(BookReading):
    programme: str
    text: str


class ExampleOut(Open):
    name: str
    code: str
    title: str
    version: str
    sha256: str


class RuleBooksOut(BaseModel):
    programme: str
    in_force: BookReading
    rows: list[BookLine]
    total: int
    draft: BookLine | None
    examples: list[ExampleOut]
    adoptable_months: list[str]
    two_person: bool
    may: dict[str, bool]


class TrialOut(Open):
    """Who would move; `rows` holds every project, those that move first."""

    programme: str
    period: str
    changes: list[ChangeOut]
    rows: list[dict[str, Any]]
    total: int
    moved: int


class AdoptedOut(BookLine):
    notice: str | None
