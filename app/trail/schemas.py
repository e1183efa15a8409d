"""What is asked of the trail over HTTP (操作日志接口的请求)."""

from pydantic import BaseModel, Field

from app.trail.samples import MOST


class SampleIn(BaseModel):
    """Draw `size` receipts of a period; `seed` only to draw with a given one."""

    programme: str = Field(max_length=40)
    period: str = Field(max_length=20, examples=["2023Q3"])
    size: int = Field(ge=1, le=MOST)
    seed: str = Field(default="", max_length=64)


class CheckIn(BaseModel):
    """One line of a sample: 相符, or 不符 with what was found."""

    code: str = Field(max_length=40)
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    verdict: str = Field(max_length=10)
    remark: str = Field(default="", max_length=500)
