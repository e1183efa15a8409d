"""Answers of the API about issues, corrections and appeals, small enough to be checked by eye. All is invented."""

from typing import Any

from tests.dashboard.payloads import INDUSTRY


def issue(period: str = "2023Q3", number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "period": period,
        "period_label": "2023年三季度",
        "number": number,
        "state": "signed",
        "known_at": "2023-10-08T01:30:00Z",
        "drafted_by": "张三",
        "drafted_at": "2023-10-08T01:30:00Z",
        "signed_by": "王主任",
        "signed_at": "2023-10-09T08:00:00Z",
        "fingerprint": "ab" * 32,
        "rulebook": "county-default",
        "rulebook_words": "县级示例办法第1版",
        "rulebook_from": "2023-01",
        "rulebook_sha256": "cd" * 32,
    } | more


def draft(**more: Any) -> dict[str, Any]:
    return issue(state="drafted", signed_by="", signed_at=None, fingerprint="ef" * 32) | more


def slip(**more: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "number": 1,
        "label": "更正单（第1号）",
        "period": "2023-08",
        "periods": ["2023-08", "2023-09"],
        "period_label": "2023年8月、2023年9月",
        "reason": "两个月漏记同一张凭证",
        "state": "signed",
        "drafted_by": "张三",
        "drafted_at": "2023-10-17T02:00:00Z",
        "signed_by": "王主任",
        "signed_at": "2023-10-17T07:30:00Z",
    } | more


def line(period: str, label: str, kind: str, state: str, state_label: str, **more: Any) -> dict[str, Any]:
    return {
        "period": period,
        "period_label": label,
        "kind": kind,
        "state": state,
        "state_label": state_label,
        "issue": None,
        "draft": None,
        "slip": None,
        "contest_until": None,
    } | more


def chosen(**more: Any) -> dict[str, Any]:
    return {
        **line("2023Q3", "2023年三季度", "quarter", "drafted", "已拟稿·公示至10月11日", draft=draft()),
        "months": ["2023-07", "2023-08", "2023-09"],
        "actions": ["sign"],
        "reopenable": ["2023Q2"],
        "refusal": None,
        "hindrances": [],
        "coverage": {"due": 5, "inspected": 3, "not_inspected": 1, "not_reported": 1, "not_scored": 2},
        "not_scored": [
            {"id": 5, "code": "P5", "name": "城北管网", "reason": "未督查"},
            {"id": 6, "code": "P6", "name": "汽车轮毂", "reason": "未报"},
        ],
        "ranked": 3,
    } | more


def desk(**more: Any) -> dict[str, Any]:
    return {
        "programme": "2023",
        "two_person": True,
        "appeal_days": 3,
        "publicity_days": 0,
        "periods": [
            line("2023-10", "2023年10月", "month", "none", "未拟稿"),
            line("2023Q3", "2023年三季度", "quarter", "drafted", "已拟稿·公示至10月11日", draft=draft()),
            line("2023Q2", "2023年二季度", "quarter", "corrected", "已更正（第1号）", issue=issue("2023Q2", 2)),
        ],
        "chosen": chosen(),
        "reopenings": [slip()],
        "issues": [draft(), issue("2023Q2", 2, period_label="2023年二季度")],
        "appeals": appeals(),
    } | more


def appeal(**more: Any) -> dict[str, Any]:
    return {
        "id": 12,
        "number": 4,
        "label": "申诉（第4号）",
        "state": "待答复",
        "is_undecided": True,
        "period": "2023Q3",
        "period_label": "2023年三季度",
        "project_id": 3,
        "code": "P3",
        "name": "梅亿电动车",
        "unit": "杨屯镇",
        "contested_score": "71.20",
        "contested_rank": 3,
        "contested_reason": None,
        "laid_open_score": "71.20",
        "grounds": "9月漏记设备款",
        "file": "发票.pdf",
        "file_sha256": "12" * 32,
        "filed_by": "田小满",
        "filed_at": "2023-10-09T01:00:00Z",
        "answer": "",
        "answered_by": "",
        "answered_at": None,
        "decision": "",
        "decision_reason": "",
        "decided_by": "",
        "decided_at": None,
        "withdrawn_by": "",
        "withdrawn_at": None,
    } | more


def contestable(**more: Any) -> dict[str, Any]:
    return {
        "project_id": 8,
        "code": "P8",
        "name": "汉源大道",
        "group": INDUSTRY,
        "rank": 2,
        "group_size": 3,
        "score": "80.00",
        "not_scored_reason": None,
        "can_contest": True,
        "appeal": None,
    } | more


def appeals(**more: Any) -> dict[str, Any]:
    return {
        "programme": "2023",
        "rows": [appeal()],
        "total": 1,
        "undecided": 1,
        "disclosures": [
            {
                "period": "2023Q3",
                "period_label": "2023年三季度",
                "month": "2023-09",
                "opened_at": "2023-10-08T01:30:00Z",
                "contest_until": "2023-10-11",
                "open_until": None,
                "is_open": True,
                "sentence": "2023年10月8日拟稿公示，申诉期3个工作日，至2023年10月11日。",
                "calendar": [],
                "rows": [
                    contestable(),
                    contestable(project_id=3, code="P3", name="梅亿电动车", can_contest=False, appeal=appeal()),
                ],
            }
        ],
    } | more


def fact(**more: Any) -> dict[str, Any]:
    return {
        "fact": "督查记录",
        "key": "9月",
        "month": "2023-09",
        "field": "verified_ytd_wan",
        "label": "本年累计完成投资（督查核实，万元）",
        "old": "8970",
        "new": "8350",
        "reason": "",
        "is_undone": False,
        "origin": {
            "upload": 14,
            "file": "9月更正表.xlsx",
            "sha256": "34" * 32,
            "sheet": "9月",
            "cell": "I8",
            "uploader": "张三",
            "at": "2023-10-18T01:30:00Z",
        },
        "recorded_by": "张三",
        "recorded_at": "2023-10-18T01:30:00Z",
    } | more


def moved(**more: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "code": "P3",
        "name": "梅亿电动车",
        "group": INDUSTRY,
        "old_group": None,
        "old_score": "96.50",
        "new_score": "94.83",
        "score_change": "-1.67",
        "old_rank": 1,
        "new_rank": 2,
        "rank_change": -1,
        "old_reason": None,
        "new_reason": None,
        "presence": "",
        "months": [{"name": "2023-09", "old": "95.50", "new": "90.50"}],
        "quarters": [],
        "is_own": True,
        "facts": [fact()],
        "why": "9月本年累计完成投资（督查核实，万元）由8970改为8350",
    } | more


def changes(**more: Any) -> dict[str, Any]:
    words = fact(field="problems", label="存在问题", old=None, new="杆线未迁")
    return {
        "programme": "2023",
        "period": "2023Q3",
        "period_label": "2023年三季度",
        "before": issue(),
        "after": None,
        "reopenings": [slip()],
        "is_book_changed": False,
        "rows": [
            moved(),
            moved(
                id=8,
                code="P8",
                name="汉源大道",
                old_score="95.00",
                new_score="95.00",
                score_change="0.00",
                old_rank=2,
                new_rank=1,
                rank_change=1,
                months=[],
                is_own=False,
                facts=[],
                why="本项目数据没有变动，因梅亿电动车的更正，名次随之变动",
            ),
        ],
        "unmoved": [{"id": 9, "code": "P9", "name": "城北管网", "facts": [words]}],
        "counts": {"own": 1, "others": 1, "unmoved": 1},
    } | more
