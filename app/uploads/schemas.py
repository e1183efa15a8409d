"""What the upload API takes (月报导入接口); what it gives is the check JSON of CONTRACTS with its own additions."""

from pydantic import BaseModel, Field


class AnswersIn(BaseModel):
    """Answers to an upload's questions by id, some or all: {"answers": {"month": "2023-10"}}."""

    answers: dict[str, str] = Field(max_length=5000)


class RevertIn(BaseModel):
    reason: str = Field(max_length=500, description="撤销原因，必填")
