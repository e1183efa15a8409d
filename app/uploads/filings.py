"""What a unit may file itself (单位报送): its own projects, and only what is its to say.

Source: DESIGN §1 (units file their own figures), §4. What a unit files counts nowhere until the office accepts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.errors import Forbidden
from app.organisation import service as organisations
from app.organisation.models import Unit
from app.programmes.models import Programme
from app.projects import service as projects
from importers.result import Fault, Row
from scoring.periods import last_day

EXAMPLES = 5
# What identifies a row, and what is read beside a cell: neither says anything of its own.
ACCOMPANYING = frozenset(
    "seq name code category physical_progress_is_whole states_not_started completion_pct_stated annual_plan_wan "
    "previous_ytd_wan "
    "total_investment_wan level nature content investor location responsible_unit lead_official".split()
)
# Scores, verified and statistical figures, judgements, plans and responsibilities are not the unit's to say.
FILED = (
    "reported_month_wan",
    "reported_ytd_wan",
    "reported_to_date_wan",
    "physical_progress",
    "physical_progress_pct",
    "problems",
    "state",
    "remarks",
    "actual_start",
    "actual_finish",
)
KEPT = frozenset(FILED) | {"seq", "name", "code", "signature", "physical_progress_is_whole", "states_not_started"}


@dataclass(frozen=True, slots=True)
class Filer:
    """The unit that files (填报单位), and the projects it answers for on the month's last day."""

    unit_id: int
    name: str
    project_ids: frozenset[int]


def unit_of(session: Session, unit_id: int | None) -> Unit:
    """The unit of an account that files. Forbidden where the account has none."""
    unit = None if unit_id is None else session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden("您的账号没有对应的单位，不能报送，请联系系统管理员。")
    return unit


def filer(session: Session, programme: Programme, month: str, unit_id: int) -> Filer:
    unit = unit_of(session, unit_id)
    own = projects.assigned_project_ids(
        session,
        programme,
        last_day(int(month[:4]), int(month[5:])),
        ("responsible_unit",),
        unit_id=unit_id,
        names=organisations.unit_names(session, unit),
    )
    return Filer(unit_id, unit.name, frozenset(own))


def own_fields(rows: Sequence[Row]) -> tuple[list[Row], list[Fault]]:
    """The rows with only what a unit files, and a notice of each other column that says something."""
    said: dict[str, Fault] = {}
    kept: list[Row] = []
    for row in rows:
        for name, found in row.fields.items():
            if name in KEPT or name in ACCOMPANYING or found.value is None or found.heading in said:
                continue
            message = (
                f"{row.sheet}!{found.cell} {found.heading}“{found.raw}”不由单位填报，这一列没有采用；"
                "单位只报完成投资、形象进度、存在问题、项目状态、实际开竣工时间和备注。"
            )
            said[found.heading] = Fault(
                "not_the_units", message, "notice", row.sheet, found.cell, found.heading, found.raw
            )
        kept.append(replace(row, fields={name: found for name, found in row.fields.items() if name in KEPT}))
    return kept, list(said.values())


def refusal(unit: str, foreign: Sequence[Row]) -> str:
    """Why rows of other units' projects are not taken, naming them."""
    named = "、".join(f"第{row.row}行“{row.value('name')}”" for row in foreign[:EXAMPLES])
    more = f"等{len(foreign)}行" if len(foreign) > EXAMPLES else ""
    return f"{foreign[0].sheet}{named}{more}不是{unit}的责任项目，单位只能报送自己的项目，请删去后重新上传。"
