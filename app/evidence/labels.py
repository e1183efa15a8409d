"""What the fields of a sheet are called on screen (字段名称), and how a value is shown."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

SHANGHAI = timezone(timedelta(hours=8))
LABELS: Mapping[str, str] = {
    "name": "项目名称",
    "class_name": "项目类别",
    "level": "项目级别",
    "nature": "建设性质",
    "content": "建设规模及内容",
    "investor": "投资方",
    "location": "建设地点",
    "total_investment_wan": "总投资（万元）",
    "actual_start_on": "实际开工时间",
    "actual_finish_on": "实际竣工时间",
    "measures": "推进措施",
    "annual_investment_wan": "年度计划投资（万元）",
    "cumulative_wan": "分月累计计划投资（万元）",
    "physical_progress_plan_pct": "计划形象进度（%）",
    "planned_start_on": "计划开工时间",
    "planned_start_precision": "计划开工时间的精度",
    "planned_finish_on": "计划竣工时间",
    "planned_finish_precision": "计划竣工时间的精度",
    "target": "年度目标",
    "reported_ytd_wan": "本年累计完成投资（上报，万元）",
    "reported_month_wan": "本月完成投资（上报，万元）",
    "reported_to_date_wan": "开工以来累计完成投资（上报，万元）",
    "verified_ytd_wan": "本年累计完成投资（督查核实，万元）",
    "verified_month_wan": "本月完成投资（督查核实，万元）",
    "verified_to_date_wan": "开工以来累计完成投资（督查核实，万元）",
    "statistical_ytd_wan": "本年累计完成投资（纳统，万元）",
    "statistical_month_wan": "本月完成投资（纳统，万元）",
    "statistical_to_date_wan": "开工以来累计完成投资（纳统，万元）",
    "physical_progress": "形象进度",
    "physical_progress_pct": "形象进度（%）",
    "physical_progress_is_whole": "形象进度是否指全部工程",
    "node_judgement": "节点评定",
    "problems": "存在问题",
    "team": "督查组",
    "team_score": "督查组评分",
    "sheet_score": "得分",
    "declaration": "督查情况",
    "states_not_started": "是否注明未开工",
    "state_words": "项目状态",
    "remarks": "备注",
    "columns": "表中的列",
    "due_on": "节点时限",
    "milestone": "节点",
    "alias": "表中名称",
    "event": "项目事件",
    "project_id": "项目",
    "responsible_unit": "责任单位",
    "supporting_unit": "配合单位",
    "responsible_person": "责任人",
    "lead_official": "包挂领导",
    "team_leader": "班子成员",
    "service_staff": "服务人员",
    "paired_department": "挂钩部门",
    "department_leader": "部门分管领导",
    "department_staff": "部门帮扶人员",
    "tracking_service_points": "跟踪服务得分",
    "progress_speed_points": "推进速度得分",
    "department": "帮扶部门",
    "visited_on": "帮扶时间",
    "precision": "帮扶时间的精度",
    "visitors": "帮扶人员",
    "work_done": "帮扶内容",
    "outcome": "帮扶成效",
    "evidence": "佐证材料",
    "visit": "帮扶记录",
    "state": "项目状态",
    "actual_start": "实际开工时间",
    "actual_finish": "实际竣工时间",
}


def label(field: str) -> str:
    """The field's Chinese name; the cell's own text of a field is …（原文）, an indicator's points name it."""
    head, _, rest = field.partition(".")
    if head == "raw":
        return f"{label(rest)}（原文）"
    if head == "indicator_points":
        return f"督查组评分（{rest}）"
    return LABELS.get(field, field)


def shown(value: Any) -> str | None:
    """A value as text: decimals plain, dates ISO, blank None."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "、".join(label(str(item)) for item in value)
    if isinstance(value, dict):
        return "；".join(f"{month}月{amount}" for month, amount in value.items())
    return str(value)


def local(at: datetime | None) -> str:
    """An instant in words, Shanghai time."""
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y年%m月%d日%H:%M")
