"""What the upload API takes (月报导入接口); what it gives is the check JSON of CONTRACTS with its own additions."""

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
MOST_ROWS = 1000
LONGEST_TEXT = 2000  # characters of one field


class AnswersIn(BaseModel):
    """Answers to an upload's questions by id, some or all: {"answers": {"month": "2023-10"}}."""

    answers: dict[str, str] = Field(max_length=5000)


class RevertIn(BaseModel):
    reason: str = Field(max_length=500, description="撤销原因，必填")


class ReturnIn(BaseModel):
    reason: str = Field(max_length=500, description="退回原因，必填")


class HandOverIn(BaseModel):
    to: str = Field(max_length=50, description="接手的办公室账号姓名")


class FormRowIn(BaseModel):
    """One project's figures as typed: `project` is its code or exact name, the other keys are fields of the form."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StrictStr | StrictInt | StrictFloat | None]
    project: str = Field(min_length=1, max_length=200)

    def fields(self) -> dict[str, str | int | float | None]:
        return self.__pydantic_extra__


class FormIn(BaseModel):
    """A month's figures filled in on screen (网页填报)."""

    programme: str = Field(max_length=40)
    month: str = Field(pattern=MONTH)
    rows: list[FormRowIn] = Field(min_length=1, max_length=MOST_ROWS)
