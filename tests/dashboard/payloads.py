"""Answers of the API in the shapes of CONTRACTS, small enough to be checked by eye. Names and figures are invented."""

from typing import Any

INDUSTRY, CITY = "重大工业和服务业项目", "重大基础设施和城建项目"


def programmes() -> list[dict[str, Any]]:
    return [
        {
            "code": "2023",
            "name": "2023年度三重一大项目",
            "year": 2023,
            "classes": [INDUSTRY, CITY],
            "campaign": {"name": "百日会战", "from": "2023-08-31", "to": "2023-12-08"},
            "today": "2023-11-25",
            "committed_months": [f"2023-{month:02d}" for month in range(1, 11)],
            "newest_month": "2023-10",
            "locked_periods": ["2023Q2", "2023Q3"],
            "is_demo": True,
            "data_version": 41,
        }
    ]


def person(role: str = "office_head") -> dict[str, Any]:
    return {"name": "王主任", "role": role, "unit": None, "official": None, "scope": "", "team": "", "programmes": []}


def _standing(code: str, name: str, group: str, rank: int | None, score: str | None, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": int(code.removeprefix("P")),
        "code": code,
        "name": name,
        "group": group,
        "rank": rank,
        "group_size": 3 if group == INDUSTRY else 2,
        "overall_rank": rank,
        "score": score,
        "tier": "优秀" if score and score >= "90" else "良好",
        "change": 0,
        "tie_break": "1.0000",
        "quarters": {"Q1": "91.00", "Q2": "90.00", "Q3": "88.50", "Q4": score},
        "months": {"2023-09": "88.00", "2023-10": score},
        "not_scored_reason": None,
        "published_score": None,
        "published_rank": None,
        "month_source": "team",
        "month_reason": None,
        "responsible_unit": "经济开发区",
        "lead_official": "李县长",
    }
    return row | more


def standings(period: str = "2023-10") -> dict[str, Any]:
    return {
        "programme": "2023",
        "period": period,
        "rulebook": "county-default",
        "rulebook_title": "县级示例办法",
        "rulebook_version": "1",
        "as_of": None,
        "state": "interim",
        "label": "中间值（四季度仅含10月）",
        "rows": [
            _standing("P1", "中宇黑硅电池片扩建", INDUSTRY, 1, "96.40", change=2, tie_break="1.1250"),
            _standing("P2", "天安干熄焦及余热发电", INDUSTRY, 2, "93.10", change=-1),
            _standing("P3", "梅亿电动车", INDUSTRY, 3, "58.20", change=-1, tier="较差"),
            _standing(
                "P4",
                "华丰铝板带技改",
                INDUSTRY,
                None,
                "100.00",
                change=None,
                tier=None,
                not_scored_reason="已完工",
                month_source="completed",
                month_reason="已完工",
            ),
            _standing("P5", "徐快速通道段", CITY, 1, "88.00", responsible_unit="交通局", lead_official="赵副县长"),
            _standing(
                "P6",
                "汉源大道改造",
                CITY,
                None,
                None,
                change=None,
                tier=None,
                not_scored_reason="未督查",
                month_source=None,
                month_reason="未督查",
                responsible_unit="住建局",
                lead_official="赵副县长",
            ),
        ],
        "joined": [{"code": "P5", "name": "徐快速通道段", "reason": "增补"}],
        "left": [{"code": "P9", "name": "顺泰纺织", "reason": "调出"}],
        "coverage": {"due": 5, "inspected": 4, "not_inspected": 1, "not_reported": 0, "not_scored": 1},
        "coverage_lists": {
            "due": ["P1", "P2", "P3", "P5", "P6"],
            "inspected": ["P1", "P2", "P3", "P5"],
            "not_inspected": ["P6"],
            "not_reported": [],
            "not_due": ["P4"],
            "not_scored": ["P6"],
        },
        "score_sources": {
            "months": ["2023-10"],
            "counts": {"team": 3, "sheet": 0, "computed": 1, "completed": 1, "carried": 0, "policy": 0},
            "without_score": 1,
        },
        "lists": {"red": ["P1"], "black": ["P3"], "edge": []},
        "full_marks": 1,
    }


def movement(period: str = "2023-10") -> dict[str, Any]:
    def row(code: str, change: int | None, sentence: str) -> dict[str, Any]:
        return {"code": code, "change": change, "sentence": sentence}

    rows = [
        row("P1", 2, "由第3名升至第1名：本项目得分由88.00升至96.40，使名次上升2位。"),
        row("P2", -1, "由第1名降至第2名：本项目得分93.10未变，名次不因此变动；他人得分提高，下降1位。"),
        row("P3", -1, "由第2名降至第3名：本项目得分由88.00降至58.20，使名次下降1位。"),
        row("P4", None, "上期第4名，本期不参加排名（已完工）。"),
        row("P5", 0, "仍为第1名：本项目得分88.00未变，名次不因此变动。"),
    ]
    is_year = "-" not in period and "Q" not in period
    return {
        "programme": "2023",
        "period": period,
        "previous": None if is_year else "2023-09",
        "previous_label": None if is_year else "2023年9月",
        "state": "interim",
        "label": "中间值",
        "method": "逐步推算：……合计等于升降。",
        "rows": [] if is_year else rows,
        "total": 0 if is_year else len(rows),
        "bands": [
            {"id": 1, "code": "P1", "best": 1, "worst": 1, "words": "第1名", "sentence": "名次稳定在第1名。"},
            {
                "id": 2,
                "code": "P2",
                "best": 2,
                "worst": 3,
                "words": "第2—3名",
                "sentence": "第2—3名之间名次相近，差距不显著。",
            },
        ],
        "bands_method": "相近名次：……不改变名次。",
    }


def _alert(code: str, name: str, light: str, outlook: str | None, **more: Any) -> dict[str, Any]:
    words = {"red": "红灯·滞后严重", "yellow": "黄灯·滞后", "green": "绿灯·正常", "grey": "未督查", "none": "完工"}
    row: dict[str, Any] = {
        "id": int(code.removeprefix("P")),
        "code": code,
        "name": name,
        "group": INDUSTRY,
        "light": light,
        "light_word": words[light],
        "state": "在建",
        "last_light": None,
        "since": "2023-10",
        "reasons": [],
        "outlook": outlook,
        "outlook_label": {"done": "已完工或部分完工", "expected": "预计可完成", "unlikely": "预计无法完成"}.get(
            outlook or "", "资料不足"
        ),
        "outlook_sentence": "按近3个月进度推算，全年可完成12,000万元，为年度计划的120.0%。",
        "responsible_unit": "经济开发区",
        "lead_official": "李县长",
        "lights": {"2023-10": light},
        "previous_light": light,
        "previous_month": "2023-09",
        "is_worse": False,
        "invested_ytd_wan": "8000.00",
        "plan_to_date_wan": "8333.33",
        "annual_plan_wan": "10000.00",
        "ratio_pct": "96.00",
        "contradiction": "",
    }
    return row | more


def alerts() -> dict[str, Any]:
    behind = {
        "rule": "investment",
        "light": "red",
        "sentence": "本年累计完成投资3,100万元，应完成8,333.33万元，完成序时的37.2%，低于60%。",
    }
    return {
        "programme": "2023",
        "month": "2023-10",
        "previous_month": "2023-09",
        "label": "中间值",
        "state": "interim",
        "totals": {"projects": 6},
        "worse": ["P3"],
        "rows": [
            _alert("P1", "中宇黑硅电池片扩建", "green", "expected"),
            _alert(
                "P2",
                "天安干熄焦及余热发电",
                "yellow",
                "expected",
                since="2023-08",
                reasons=[
                    {
                        "rule": "obstacle",
                        "light": "yellow",
                        "sentence": "问题「用地手续」应于2023年9月30日前办结，尚未办结。",
                    }
                ],
                contradiction="黄灯但预计可完成：投资进度够，问题逾期未办结。",
                outlook_range_sentence="全年约在11000—13000万元之间（依据9个数据：已有9段月均速度中最慢的与最快的）",
            ),
            _alert(
                "P3",
                "梅亿电动车",
                "red",
                "unlikely",
                reasons=[behind],
                previous_light="yellow",
                last_light="yellow",
                is_worse=True,
                invested_ytd_wan="3100.00",
                ratio_pct="37.20",
                outlook_sentence="按近3个月进度推算，全年可完成4,200万元，为年度计划的42.0%，低于95%。",
                outlook_range_sentence="全年约在3600—5100万元之间（依据4个数据：已有4段月均速度中最慢的与最快的）",
            ),
            _alert("P4", "华丰铝板带技改", "none", "done", state="完工", since=None),
            _alert(
                "P5",
                "徐快速通道段",
                "yellow",
                "expected",
                group=CITY,
                responsible_unit="交通局",
                lead_official="赵副县长",
                since="2023-09",
                reasons=[{"rule": "physical", "light": "yellow", "sentence": "形象进度55%，应达75%，为计划的73.3%。"}],
            ),
            _alert(
                "P6",
                "汉源大道改造",
                "grey",
                None,
                group=CITY,
                responsible_unit="住建局",
                lead_official="赵副县长",
                last_light="red",
                reasons=[{"rule": "not_inspected", "light": "grey", "sentence": "10月没有督查记录。"}],
            ),
        ],
        "counts": {"red": 1, "yellow": 2, "green": 1, "grey": 1, "none": 1, "done": 1, "expected": 3, "unlikely": 1},
        "trend": [
            {"month": "2023-08", "red": 0, "yellow": 2, "green": 3, "grey": 0, "none": 1},
            {"month": "2023-09", "red": 0, "yellow": 3, "green": 2, "grey": 0, "none": 1},
            {"month": "2023-10", "red": 1, "yellow": 2, "green": 1, "grey": 1, "none": 1},
        ],
    }


EVIDENCE = {
    "upload": 7,
    "file": "2023年10月重点项目进展情况表.xlsx",
    "sha256": "9f2c" * 16,
    "sheet": "工业",
    "cell": "H12",
    "uploader": "王主任",
    "at": "2023-11-03T01:30:00+00:00",
}


def project() -> dict[str, Any]:
    return {
        "id": 3,
        "code": "P3",
        "name": "梅亿电动车",
        "aliases": ["梅亿电动车整车项目"],
        "class": INDUSTRY,
        "level": "省重点",
        "nature": "新建",
        "content": "年产20万辆电动车整车及零部件。",
        "investor": "梅亿科技有限公司",
        "location": "经济开发区",
        "total_investment_wan": "60000.00",
        "is_campaign_member": True,
        "measures": "每周调度一次土地手续。",
        "state": "在建",
        "former_names": [],
        "remarks": "",
        "membership": "在册",
        "assignments": {"lead_official": ["李县长"], "responsible_unit": ["经济开发区"], "service_staff": []},
        "five_ones": {
            "complete": False,
            "items": [
                {"name": "一名包挂领导", "ok": True, "value": "李县长"},
                {"name": "一个责任单位", "ok": True, "value": "经济开发区"},
                {"name": "一套推进措施", "ok": False, "value": None},
            ],
        },
        "plan": {
            "effective_on": "2023-01-01",
            "annual_investment_wan": "10000.00",
            "target": "主体完工，设备进场",
            "planned_start_on": "2023-01-01",
            "planned_start_precision": "month",
            "planned_finish_on": "2024-06-15",
            "planned_finish_precision": "day",
            "versions": [
                {
                    "effective_on": "2023-01-01",
                    "annual_investment_wan": "10000.00",
                    "target": "主体完工，设备进场",
                    "reason": "年度计划",
                    "approver": "",
                }
            ],
        },
        "curve": [
            {
                "month": f"2023-{month:02d}",
                "plan_to_date_wan": f"{month * 833:.2f}",
                "invested_ytd_wan": f"{month * 310:.2f}" if month <= 10 else None,
                "reported_ytd_wan": f"{month * 350:.2f}" if month <= 10 else None,
                "verified_ytd_wan": f"{month * 310:.2f}" if month <= 10 else None,
            }
            for month in range(1, 13)
        ],
        "records": [
            {
                "month": "2023-10",
                "reported_ytd_wan": "3500.00",
                "verified_ytd_wan": "3100.00",
                "statistical_ytd_wan": None,
                "physical_progress": "主体封顶",
                "physical_progress_pct": None,
                "problems": "土地手续办理缓慢",
                "team": "督查一组",
                "team_score": "58.20",
                "sheet_score": None,
                "recorded_by": "王主任",
                "provenance": {"reported_ytd_wan": EVIDENCE},
            }
        ],
        "events": [{"kind": "重大变更", "on": "2023-06-01", "reason": "调整用地", "approver": "领导小组"}],
        "obstacles": [
            {
                "kind": "土地",
                "text": "土地手续办理缓慢",
                "unit": "国土局",
                "raised_on": "2023-05-10",
                "due_on": "2023-09-30",
                "level": 2,
                "closed_on": None,
            }
        ],
        "milestones": [
            {
                "name": "主体封顶",
                "due_on": "2023-08-31",
                "done_on": "2023-09-12",
                "forecast_on": None,
                "is_target": True,
            },
            {
                "name": "设备进场",
                "due_on": "2023-11-30",
                "done_on": None,
                "forecast_on": "2024-02-28",
                "is_target": True,
            },
        ],
        "alerts": alerts()["rows"][2],
        "light_history": [
            {"month": "2023-08", "light": "green"},
            {"month": "2023-09", "light": "yellow"},
            {"month": "2023-10", "light": "red"},
        ],
        "month": "2023-10",
        "source": EVIDENCE,
    }


def receipt() -> dict[str, Any]:
    october = {
        "month": "2023-10",
        "score": "58.20",
        "source": "computed",
        "reason": None,
        "sentence": "100×（34.92）÷（60）＝58.20分",
        "team": "督查一组",
        "notices": [],
        "cells": [EVIDENCE],
        "indicators": [
            {
                "name": "投资完成",
                "points": "22.32",
                "full_marks": "60.00",
                "reason": "完成3100／应完成8333.33万元（10000×5／6），计22.32分",
                "source": "示例",
                "cells": [EVIDENCE],
                "planned": None,
            },
            {
                "name": "形象进度",
                "points": None,
                "full_marks": "40.00",
                "reason": "只有文字进度，没有节点评定，本项不计",
                "source": "示例",
                "cells": [],
                "planned": None,
            },
        ],
        "evidence": EVIDENCE,
    }
    return {
        "code": "P3",
        "name": "梅亿电动车",
        "period": "2023",
        "period_label": "2023年度",
        "label": "中间值（四季度仅含10月）",
        "rulebook_title": "县级示例办法",
        "responsible_unit": "经济开发区",
        "group": INDUSTRY,
        "rank": 3,
        "group_size": 3,
        "not_scored_reason": None,
        "score": "63.35",
        "formula": "(20%×70.00 + 30%×66.10 + 50%×58.20) ÷ 100% = 62.93",
        "quarters": [
            {
                "quarter": "Q3",
                "weight": "30",
                "effective_weight": "30.00",
                "score": "66.10",
                "sentence": "按通报数为66.10分",
                "months": [],
            },
            {
                "quarter": "Q4",
                "weight": "50",
                "effective_weight": "50.00",
                "score": "58.20",
                "sentence": "（58.20）÷1＝58.20分",
                "months": [october],
            },
        ],
        "alternative": {"missing_quarter": "zero", "score": "62.93"},
        "steps": ["10月投资完成：完成3100／应完成8333.33万元（10000×5／6），计22.32分"],
        "policy_sentences": [],
        "policy": {"version": "1", "missing_quarter": "renormalise", "missing_indicator": "zero"},
    }


def _team(team: str, number: int, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "team": team,
        "number": number,
        "projects": number,
        "mean": "88.10",
        "deviation": "7.30",
        "lowest": "61.00",
        "highest": "100.00",
        "near_full": 2,
        "full": 1,
        "near_full_pct": "20.0",
        "full_pct": "10.0",
        "followed": 10,
        "copied": 3,
        "copied_below_full": 2,
        "copied_pct": "30.0",
        "compared": 9,
        "difference": "-0.40",
        "relative_difference": "1.20",
        "rotated": 0,
        "own_difference": None,
    }
    return row | more


def teams() -> dict[str, Any]:
    few = dict.fromkeys(("mean", "deviation", "near_full_pct", "full_pct", "copied_pct", "difference"))
    means = (("督查一组", "2023-09", 9, "88.00"), ("督查一组", "2023-10", 10, "88.10"))
    more = (("督查二组", "2023-09", 8, "88.50"), ("督查二组", "2023-10", 3, None))
    return {
        "programme": "2023",
        "period": "2023-10",
        "period_label": "2023年10月",
        "months": ["2023-10"],
        "minimum": 8,
        "rows": [_team("督查一组", 10), _team("督查二组", 3, relative_difference=None, **few)],
        "total": 2,
        "trend": [
            {"team": team, "month": month, "number": number, "mean": mean}
            for team, month, number, mean in (*means, *more)
        ],
    }


def upload() -> dict[str, Any]:
    return {
        "id": 12,
        "state": "tried",
        "kind": "file",
        "actions": ["answer", "commit", "hand_over", "discard"],
        "part": None,
        "waiting_for": "待王主任答复3个问题",
        "file": "2023年11月重点项目进展情况表.xlsx",
        "spec": "monthly",
        "state_label": "待确认导入",
        "is_stale": False,
        "registered": [],
        "uploaded_by": "王主任",
        "uploaded_at": "2023-11-25T01:30:00+00:00",
        "decision": "ask",
        "message": None,
        "month": "2023-11",
        "unit": "万元",
        "filer": None,
        "sheets": [
            {"name": "工业", "used": True, "hidden": False, "reason": ""},
            {"name": "说明", "used": False, "hidden": False, "reason": "没有“项目名称”一列"},
        ],
        "rows": [
            {
                "sheet": "工业",
                "row": 12,
                "name": "梅亿电动车",
                "category": INDUSTRY,
                "annual_plan_wan": "10000.00",
                "invested_ytd_wan": "3600.00",
                "completion_pct": "36.00",
                "physical_progress": "主体封顶",
                "problems": "土地手续办理缓慢",
                "score": "60.00",
                "faults": [
                    {
                        "code": "formula_without_value",
                        "cell": "J12",
                        "heading": "完成率",
                        "raw": "=H12/G12",
                        "message": "工业!J12 公式未计算，请在 Excel 中打开并保存一次后重新上传。",
                        "severity": "notice",
                    }
                ],
            }
        ],
        "skipped": [{"sheet": "工业", "row": 30, "reason": "total"}],
        "questions": [
            {
                "id": "unit-14",
                "code": "unit_slip",
                "sheet": "工业",
                "row": 14,
                "cell": "H14",
                "message": "工业!H14 本年累计完成投资“0.85”与上月8,100万元相差万倍，像是亿元。",
                "choices": [
                    {"value": "wan", "label": "就是0.85万元"},
                    {"value": "yi", "label": "应为0.85亿元（8,500万元）"},
                ],
                "default": None,
            },
            {
                "id": "unit-15",
                "code": "unit_slip",
                "sheet": "工业",
                "row": 15,
                "cell": "H15",
                "message": "工业!H15 本年累计完成投资“0.62”与上月6,000万元相差万倍，像是亿元。",
                "choices": [
                    {"value": "wan", "label": "就是0.62万元"},
                    {"value": "yi", "label": "应为0.62亿元（6,200万元）"},
                ],
                "default": None,
            },
            {
                "id": "name-20",
                "code": "unknown_project",
                "sheet": "工业",
                "row": 20,
                "cell": "B20",
                "message": "工业!B20 “中宇黑硅电池扩建”不在项目库，最像“中宇黑硅电池片扩建”。",
                "choices": [
                    {"value": "P1", "label": "就是“中宇黑硅电池片扩建”"},
                    {"value": "skip", "label": "这一行不导入"},
                ],
                "default": None,
            },
        ],
        "faults": [],
        "diff": {"new": 40, "changed": 2, "same": 3, "missing": 1},
        "counts": {"new": 40, "changed": 2, "same": 3, "missing": 1},
        "changes": [
            {
                "code": "P3",
                "name": "梅亿电动车",
                "row": 12,
                "field": "verified_ytd_wan",
                "label": "本年累计完成投资（核实）",
                "old": "3100.00",
                "new": "3600.00",
            }
        ],
        "missing_projects": [{"code": "P6", "name": "汉源大道改造"}],
        "proposed_events": [{"project": "P1", "name": "中宇黑硅电池片扩建", "kind": "完工", "on": "2023-11-30"}],
        "answers": {},
    }


def history() -> list[dict[str, Any]]:
    return [
        {
            "id": 11,
            "kind": "file",
            "file": "2023年10月重点项目进展情况表.xlsx",
            "spec": "monthly",
            "month": "2023-10",
            "state": "committed",
            "state_label": "已导入",
            "uploaded_by": "王主任",
            "uploaded_at": "2023-11-03T01:30:00+00:00",
            "counts": {"new": 134, "changed": 0, "same": 0, "missing": 0},
            "committed_by": "王主任",
            "committed_at": "2023-11-03T01:40:00+00:00",
        },
        {
            "id": 9,
            "kind": "file",
            "file": "10月（旧）.xlsx",
            "spec": "monthly",
            "month": "2023-10",
            "state": "reverted",
            "state_label": "已撤销",
            "uploaded_by": "王主任",
            "uploaded_at": "2023-11-02T01:30:00+00:00",
            "counts": {"new": 130, "changed": 0, "same": 0, "missing": 4},
            "reverted_by": "王主任",
            "reverted_at": "2023-11-02T08:30:00+00:00",
            "revert_reason": "用错了文件",
        },
    ]


def submitted(state: str = "submitted", actions: tuple[str, ...] = ("accept", "return", "hand_over")) -> dict[str, Any]:
    """A township's own sheet without open questions."""
    filed = {
        "state": state,
        "state_label": "已报送，待办公室审核",
        "filer": "杨屯镇",
        "uploaded_by": "田小满",
        "questions": [],
        "decision": "accept",
        "waiting_for": "待办公室审核",
        "part": {"unit": "杨屯镇", "class": None, "team": None, "label": "本表只含杨屯镇"},
        "actions": list(actions),
    }
    return upload() | filed


def board() -> dict[str, Any]:
    def project(code: str, name: str, status: str, label: str, **more: Any) -> dict[str, Any]:
        row = {"project": code, "name": name, "class": INDUSTRY, "status": status, "status_label": label}
        return row | {"filed_at": None, "filed_by": None, "upload": None, "reason": None} | more

    return {
        "programme": "2023",
        "month": "2023-11",
        "rows": [
            {
                "unit": "经济开发区",
                "due": 2,
                "filed": 0,
                "submitted": 0,
                "returned": 0,
                "missing": 2,
                "last_filed_at": None,
                "last_filed_by": None,
                "projects": [
                    project("P1", "中宇黑硅电池片扩建", "missing", "未报"),
                    project("P2", "天安干熄焦及余热发电", "missing", "未报"),
                ],
            },
            {
                "unit": "杨屯镇",
                "due": 3,
                "filed": 1,
                "submitted": 1,
                "returned": 1,
                "missing": 0,
                "last_filed_at": "2023-11-24T01:30:00+00:00",
                "last_filed_by": "田小满",
                "projects": [
                    project("P3", "梅亿电动车", "filed", "已报", filed_by="田小满", upload=20),
                    project("P4", "华丰铝板带技改", "submitted", "待审核", filed_by="田小满", upload=21),
                    project("P7", "润达玻璃", "returned", "退回", upload=19, reason="累计数比上月少"),
                ],
            },
        ],
        "total": 2,
        "totals": {"units": 2, "due": 5, "filed": 1, "submitted": 1, "returned": 1, "missing": 2},
    }


FIELDS = [
    {"name": "reported_ytd_wan", "label": "本年累计完成投资（上报，万元）", "kind": "amount"},
    {"name": "physical_progress", "label": "形象进度", "kind": "progress"},
]


def form() -> dict[str, Any]:
    before = {"month": "2023-10", "reported_ytd_wan": "3100.00", "physical_progress": "主体封顶"}
    rows = [
        {
            "project": "P3",
            "name": "梅亿电动车",
            "class": INDUSTRY,
            "unit": "杨屯镇",
            "annual_plan_wan": "10000.00",
            "previous": before,
            "current": {"reported_ytd_wan": "3600.00", "physical_progress": None},
            "status": "returned",
            "status_label": "退回",
        },
        {
            "project": "P7",
            "name": "润达玻璃",
            "class": INDUSTRY,
            "unit": "杨屯镇",
            "annual_plan_wan": None,
            "previous": None,
            "current": None,
            "status": "missing",
            "status_label": "未报",
        },
    ]
    return {
        "programme": "2023",
        "month": "2023-11",
        "unit": "杨屯镇",
        "fields": FIELDS,
        "rows": rows,
        "total": len(rows),
    }


def _needed(verdict: str, month_score: str | None, sentence: str, **more: Any) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "verdict_label": {"reached": "已经确定", "needed": "还需努力", "impossible": "已不可能"}[verdict],
        "month_score": month_score,
        "sentence": sentence,
        "steps": [],
    } | more


def whatif() -> dict[str, Any]:
    """P2 in the year with November and December to come: Q2 80.00, Q3 90.00, October 80.00."""
    needs = "11—12月平均不低于85.98分（即四季度得分不低于83.99分），年度得分为85.00分；再低0.01分则为84.99分，达不到。"
    return {
        "programme": "2023",
        "period": "2023",
        "id": 2,
        "code": "P2",
        "name": "天安干熄焦及余热发电",
        "group": INDUSTRY,
        "state": "interim",
        "label": "中间值（四季度仅含10月）",
        "rulebook": "county-default",
        "rulebook_words": "县级示例办法第1版",
        "score": "83.00",
        "rank": 2,
        "group_size": 3,
        "tier": "良好",
        "not_scored_reason": None,
        "status": "open",
        "status_sentence": "",
        "what": "年度得分",
        "remaining": ["2023-11", "2023-12"],
        "open_months": ["2023-11", "2023-12"],
        "open_words": "11—12月",
        "range": {
            "low": "56.34",
            "high": "89.67",
            "low_tier": "较差",
            "high_tier": "良好",
            "is_settled": False,
            "sentence": "11—12月都得0.00分，年度得分为56.34分；都得100.00分，为89.67分。等次在较差至良好之间。",
        },
        "places": {
            "best": 1,
            "worst": 3,
            "size": 3,
            "is_settled": False,
            "sentence": "最好第1名、最差第3名（同类3项）。",
        },
        "tiers": [
            _needed("impossible", None, "已不可能：……差0.33分。", tier="优秀", from_score="90"),
            _needed("needed", "70.98", "11—12月平均不低于70.98分。", tier="良好", from_score="80"),
            _needed("reached", None, "已经确定：……", tier="一般", from_score="50"),
        ],
        "answers": [_needed("needed", "85.98", needs, kind="target", label="达到85.00分")],
        "neighbours": [
            {"side": "above", "id": 1, "code": "P1", "name": "中宇黑硅电池片扩建", "rank": 1, "score": "96.40"}
            | _needed("impossible", None, "已不可能：本项目最高89.67分，中宇黑硅电池片扩建最低也有90.00分。")
        ],
        "shows_others": True,
        "notes": ["按现有数据和考核办法推算；今后的增补、调出、更正会改变结果。"],
    }


def whatif_overview() -> dict[str, Any]:
    def row(code: str, name: str, group: str, **more: Any) -> dict[str, Any]:
        tier = {"verdict": "needed", "month_score": "70.98", "words": "70.98"}
        return {
            "id": int(code.removeprefix("P")),
            "code": code,
            "name": name,
            "group": group,
            "responsible_unit": "经济开发区",
            "lead_official": "李县长",
            "score": "83.00",
            "rank": 2,
            "status_sentence": "",
            "low": "56.34",
            "high": "89.67",
            "best": 1,
            "worst": 3,
            "tiers": {"优秀": {"verdict": "impossible", "month_score": None, "words": "已不可能"}, "良好": tier},
        } | more

    return {
        "programme": "2023",
        "period": "2023",
        "period_label": "2023年度",
        "state": "interim",
        "label": "中间值（四季度仅含10月）",
        "rulebook": "county-default",
        "rulebook_words": "县级示例办法第1版",
        "tiers": [{"tier": "优秀", "from_score": "90"}, {"tier": "良好", "from_score": "80"}],
        "remaining": ["2023-11", "2023-12"],
        "rows": [
            row("P1", "中宇黑硅电池片扩建", INDUSTRY, score="96.40", rank=1),
            row("P2", "天安干熄焦及余热发电", INDUSTRY),
            row("P6", "汉源大道改造", CITY, score=None, rank=None, best=None, worst=None, status_sentence="现为暂缓。"),
        ],
        "total": 3,
        "settled_scores": 0,
        "settled_places": 1,
        "notes": ["按现有数据和考核办法推算；今后的增补、调出、更正会改变结果。"],
    }


# ---- 单位考核 -------------------------------------------------------------------------------------------------------


def _assessee(
    name: str, group: str, rank: int | None, score: str | None, mean: str | None, **more: Any
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": name,
        "id": None,
        "name": name,
        "group": group,
        "rank": rank,
        "group_size": 2,
        "score": score,
        "judged_marks": "60",
        "formula": f"100×（{mean}）÷（60）＝{score}分",
        "not_scored_reason": None if score else "各项均无数据，不计分",
        "has_details": True,
        "is_own": False,
        "parts": [
            {
                "name": "项目均分",
                "points": mean,
                "full_marks": "60",
                "sentence": f"60×…＝{mean}分",
                "source": "示例",
                "record": "项目得分",
            },
            {
                "name": "跟踪服务",
                "points": None,
                "full_marks": "20",
                "sentence": "本期督查评分表没有跟踪服务评分，本项不计",
                "source": "示例",
                "record": "督查评分表",
            },
            {
                "name": "投资加扣",
                "points": "0.30",
                "full_marks": None,
                "sentence": "0.1×（3－0）＝0.30分",
                "source": "示例",
                "record": "月度进展表",
            },
        ],
    }
    return row | more


def _assessee_head() -> dict[str, Any]:
    return {
        "programme": "2023",
        "period": "2023-10",
        "period_label": "2023年10月",
        "kind": "responsible_unit",
        "kind_label": "责任单位",
        "rulebook": "county-default",
        "rulebook_words": "县级示例办法第1版",
        "state": "interim",
        "label": "参考",
        "as_of": None,
        "is_open_ended": False,
    }


def assessees() -> dict[str, Any]:
    """GET /api/assessees: two groups, one unit without score, one of which only the rank is known."""
    rows = [
        _assessee("县城管局", "3—5个项目", 1, "94.82", "56.89", is_own=True),
        _assessee(
            "县水利局", "3—5个项目", 2, "94.53", None, has_details=False, parts=[], formula="", judged_marks=None
        ),
        _assessee("县住建局", "6个项目及以上", None, None, None, group_size=1),
    ]
    return _assessee_head() | {
        "name": "责任单位",
        "note": "“跟踪服务”本期无人计分。",
        "kinds": [
            {"kind": "responsible_unit", "label": "责任单位", "name": "责任单位", "when": ["month"]},
            {"kind": "paired_department", "label": "挂钩部门", "name": "挂钩部门", "when": ["month"]},
        ],
        "columns": [
            {"name": "项目均分", "full_marks": "60", "measure": "项目均分", "record": "项目得分"},
            {"name": "跟踪服务", "full_marks": "20", "measure": "跟踪服务", "record": "督查评分表"},
            {"name": "投资加扣", "full_marks": None, "measure": "完成率高的项目数", "record": "月度进展表"},
        ],
        "rows": rows,
        "total": len(rows),
    }


def assessee() -> dict[str, Any]:
    """GET /api/assessees/receipt of one unit: a project, and a service score with its cell."""
    row = _assessee("县城管局", "3—5个项目", 1, "94.82", "56.89")
    project: dict[str, Any] = {"kind": "project", "code": "A1", "id": 7, "name": "智慧停车设施", "words": "91.50分"}
    cell = {
        "upload": 4,
        "file": "评分表.xlsx",
        "sha256": "ab",
        "sheet": "10月",
        "cell": "G4",
        "uploader": "统计员",
        "at": "2023-11-02T01:00:00+00:00",
    }
    refs = [
        [{**project, "evidence": None}],
        [{**project, "kind": "service", "words": "10月跟踪服务18分", "evidence": cell}],
        [],
    ]
    parts = [{**part, "refs": found} for part, found in zip(row["parts"], refs, strict=True)]
    return _assessee_head() | row | {"scheme": "责任单位", "parts": parts, "steps": []}


def _rule(label: str, **counts: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"rule": label, "label": label, "hits": 0, "misses": 0, "false_alarms": 0, "recovered": 0}
    row |= {
        "quiet": 1,
        "not_judged": 0,
        "caught": "0/0",
        "borne_out": "0/0",
        "lead_months": [],
        "median_lead_months": None,
    }
    return row | counts


def track_record() -> dict[str, Any]:
    lead = {"lead_months": [3, 6, 6], "median_lead_months": "6", "caught": "3/5", "borne_out": "3/4"}
    return {
        "month": "2023-10",
        "is_final": False,
        "basis": "本年尚未结束，暂以10月的年度完成预计为准。",
        "minimum_cases": 20,
        "outcomes": {"bad": 1, "good": 5},
        "records": [
            {
                "source": "published",
                "label": "按定稿时的灯和预计",
                "months": ["2023-04", "2023-05"],
                "months_label": "4—5月",
                "rules": [_rule("红灯", hits=3, misses=2, false_alarms=1, **lead), _rule("没有进展")],
            },
            {"source": "recomputed", "label": "重算", "months": [], "months_label": "", "rules": []},
        ],
        "projects": [
            {
                "id": 3,
                "code": "P3",
                "name": "梅亿电动车",
                "light": "red",
                "red_since": "2023-02",
                "red_lead_months": 8,
                "red_issued_months": 6,
                "warned_since": "2023-07",
                "warned_lead_months": 3,
                "warned_issued_months": 3,
                "outlook_since": None,
                "outlook_lead_months": None,
                "outlook_issued_months": 0,
            }
        ],
    }


BESIDE: dict[str, Any] = {
    "bases_sentence": "",
    "plans_sentence": "",
    "figures_sentence": "",
    "needed_monthly_wan": None,
    "is_feasible": None,
    "needed_sentence": "",
    "next_on": None,
    "next_what": "",
    "obstacles": [],
    "is_never_updated": False,
    "curve": [["100.00", "90.00"], ["200.00", None]],
}


def alerts_beside() -> dict[str, Any]:
    """P3 red for two months and re-planned, P2 and P5 with matters, P6 never updated, P1 in two bases."""
    made = alerts()
    rows = {row["code"]: row for row in made["rows"]}
    for row in made["rows"]:
        row |= BESIDE
    rows["P3"] |= {
        "since": "2023-09",
        "lights": {"2023-08": "yellow", "2023-09": "red", "2023-10": "red"},
        "plans_sentence": "调整后的计划应完成300万元；年初计划应完成600万元",
        "needed_sentence": "距年度计划差6900万元，余2个月，每月需3450.00万元",
        "needed_monthly_wan": "3450.00",
        "is_feasible": False,
    }
    rows["P1"] |= {
        "bases_sentence": "按项目工期应完成600万元；按全年十二个月应完成900万元",
        "lights": {"2023-08": "green", "2023-09": "green", "2023-10": "green"},
        "next_on": "2023-11-20",
        "next_what": "节点“封顶”",
    }
    rows["P2"] |= {
        "obstacles": [{"kind": "用地", "text": "手续"}, {"kind": "用地", "text": "交地"}],
        "lights": {"2023-08": "yellow", "2023-09": "yellow", "2023-10": "yellow"},
        "next_on": "2023-12-01",
        "next_what": "计划竣工",
    }
    rows["P5"] |= {"obstacles": [{"kind": "用地", "text": "青苗"}, {"kind": "", "text": "其他"}]}
    rows["P6"] |= {"is_never_updated": True}
    return made
