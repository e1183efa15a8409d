"""What `/api/maintenance` answers (运行维护)."""

from pydantic import BaseModel


class MaintenanceAct(BaseModel):
    """One backup, drill or restore. `entry` is its number on the trail; what does not apply to it is null."""

    at: str
    ok: bool
    backup: str
    by: str
    entry: int
    seconds: float | None = None
    size: int | None = None
    boards: int | None = None
    scores: int | None = None
    chain_number: int | None = None
    sentence: str = ""


class Kept(BaseModel):
    daily: int
    weekly: int
    monthly: int


class Nightly(BaseModel):
    is_on: bool
    hour: int | None
    keep: Kept


class MaintenanceOut(BaseModel):
    backup: MaintenanceAct | None
    drill: MaintenanceAct | None
    good_drill: MaintenanceAct | None
    restore: MaintenanceAct | None
    nightly: Nightly
