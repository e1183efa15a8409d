"""预警准确情况: the lights and outlooks of earlier months, judged by what came, rule by rule.

Source: RULES §6. What was frozen with the first issue of a month is what people were told; months nobody has issued are
recomputed from the facts known now and kept apart. A project counts once for each rule (scoring.track_record).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import boards, service
from app.publications.memory import Memory, Nothing, state_of
from app.publications.models import Publication
from app.publications.scope import scope_of, viewer_of
from app.standings import service as standings
from scoring.assessment import Assessed
from scoring.facts import Light, OutlookVerdict
from scoring.lights import COLOURED, Rule, month_lights
from scoring.outlook import outlook
from scoring.periods import last_day, month_range, month_text
from scoring.proportions import MINIMUM_CASES
from scoring.track_record import Came, Case, RuleRecord, Said, Verdict, by_rule, judge

WARNED, RED, OUTLOOK, JUDGED = "warned", "red", "outlook", "judgement"
RULES = {
    RED: "红灯",
    WARNED: "黄灯或红灯",
    OUTLOOK: "系统推算难完成",
    JUDGED: "办公室认定难完成",
    Rule.INVESTMENT: "投资进度",
    Rule.PHYSICAL: "形象进度",
    Rule.START: "未按期开工",
    Rule.FINISH: "未按期完工",
    Rule.MILESTONE: "节点逾期",
    Rule.STALL: "没有进展",
    Rule.OBSTACLE: "问题逾期",
    Rule.MEMORY: "红灯记忆",
    Rule.MANUAL: "人工认定的灯",
}
SOURCES = {"published": "按定稿时的灯和预计", "recomputed": "按现有数据重算（未定稿的月份，只看这几个月）"}
YEAR_END = 12


@dataclass(frozen=True, slots=True)
class _Record:
    """The programme's record whole, before it is narrowed to what a viewer may see. Codes throughout."""

    month: int
    came: tuple[Came, ...]
    said: Mapping[str, tuple[Said, ...]]  # by source
    ids: Mapping[str, int]
    names: Mapping[str, str]
    lights: Mapping[str, str]  # of the month that settles


def track_record(
    session: Session, actor: Actor, programme: Programme, month: str | None, *, memory: Memory | None = None
) -> dict[str, Any]:
    """The record of the months before `month` (the newest committed one), of the projects the actor may see.

    December's outlook is what came of the year; an earlier month's is the best that is known, and said to be so.
    """
    viewer, kept = viewer_of(session, actor), memory or Nothing()
    committed = standings.committed_months(session, programme)
    of = service.period_of(programme, month or (committed[-1] if committed else month_text(programme.year, YEAR_END)))
    at = month_text(programme.year, of.months[-1])
    scope = scope_of(session, programme, viewer, last_day(programme.year, of.months[-1]))
    whole: _Record = kept.keep(
        state_of(session, programme), ("track record", at), lambda: _read(session, programme, at, kept)
    )
    seen = {code for code, project_id in whole.ids.items() if scope.sees(project_id)}
    came = [one for one in whole.came if one.code in seen]
    records = []
    for source, words in SOURCES.items():
        said = [one for one in whole.said[source] if one.code in seen]
        months = sorted({one.month for one in said})
        rules = by_rule(judge(said, came))
        found = {record.rule: record for record in rules}
        records.append(
            {
                "source": source,
                "label": words,
                "months": [month_text(programme.year, one) for one in months],
                "months_label": month_range(tuple(months)) if months else "",
                "rules": [_rule(name, found[name]) for name in RULES if name in found and _has_cases(found[name])],
            }
        )
    return {
        "programme": programme.code,
        "month": at,
        "is_final": whole.month == YEAR_END,
        "basis": _basis(whole.month),
        "minimum_cases": MINIMUM_CASES,
        "outcomes": {"bad": sum(one.is_bad for one in came), "good": sum(not one.is_bad for one in came)},
        "records": records,
        "projects": _projects(whole, came, programme.year),
    }


def _basis(month: int) -> str:
    once = "同一项目对一条规则只算一次，看结果之前最后一个月是否仍在预警。"
    if month == YEAR_END:
        return f"以12月的年度完成情况为准：难完成的为“没有完成”。{once}"
    return (
        f"本年尚未结束，暂以{month}月的年度完成预计为准（完工、可完成或难完成），12月数据确认后按实际完成重新判断；"
        f"其中“系统推算”一行看的是推算前后是否一致。{once}"
    )


def _read(session: Session, programme: Programme, at: str, kept: Memory) -> _Record:
    made_from = boards.basis(session, programme, at, None, kept)
    assessed, last = made_from.assessed, int(at[5:7])
    alerts = boards.make_alerts(made_from, last)["rows"]
    issued = {month: rows for month, rows in _issued(session, programme).items() if month < last}
    published = [said for month, rows in issued.items() for row in rows if (said := _frozen(row, month)) is not None]
    months = [one for one in assessed.committed_months if one < last and one not in issued]
    return _Record(
        month=last,
        came=tuple(
            Came(row["code"], last, row["outlook"] == OutlookVerdict.UNLIKELY)
            for row in alerts
            if row["outlook"] is not None
        ),
        said={"published": tuple(published), "recomputed": tuple(_recomputed(assessed, months, last))},
        ids=made_from.ids,
        names={row["code"]: row["name"] for row in alerts},
        lights={row["code"]: row["light"] for row in alerts},
    )


def _issued(session: Session, programme: Programme) -> dict[int, list[dict[str, Any]]]:
    """The rows of each month's alerts as they were frozen first: a correction knows more than the warning did."""
    query = select(Publication).where(Publication.programme_id == programme.id, col(Publication.signed_at).is_not(None))
    found: dict[int, list[dict[str, Any]]] = {}
    for issue in session.exec(query.order_by(col(Publication.signed_at), col(Publication.id))):
        for month, alerts in json.loads(issue.alerts or "{}").items():
            found.setdefault(int(month[5:7]), alerts["rows"])
    return found


def _frozen(row: Mapping[str, Any], month: int) -> Said | None:
    judgement = row["outlook_judgement"]
    return _said(
        row["code"],
        month,
        row["light"],
        [(reason["rule"], reason["light"]) for reason in row["reasons"]],
        row["outlook"],
        None if judgement is None else judgement["outlook"],
    )


def _recomputed(assessed: Assessed, months: Iterable[int], last: int) -> Iterable[Said]:
    wanted = frozenset(months)
    for assessment in assessed.members(last):
        for one in month_lights(assessment, last):
            if one.month not in wanted:
                continue
            seen = outlook(assessment, one.month)
            said = _said(
                assessment.project.code,
                one.month,
                one.light,
                [(found.rule, found.light) for found in one.findings] if one.light is not Light.NONE else [],
                seen.verdict,
                None if seen.judgement is None else seen.judgement.verdict,
            )
            if said is not None:
                yield said


def _said(
    code: str,
    month: int,
    light: str,
    reasons: Iterable[tuple[str, str]],
    outlook_verdict: str | None,
    judgement: str | None,
) -> Said | None:
    """What one month said of a project by each rule; a grey light and an unknown outlook say nothing."""
    warned = {
        str(rule): shade in (Light.RED, Light.YELLOW)
        for rule, shade in reasons
        if shade in COLOURED and str(rule) in RULES
    }
    if light in COLOURED:
        warned |= {WARNED: light != Light.GREEN, RED: light == Light.RED}
    if outlook_verdict is not None:
        warned[OUTLOOK] = outlook_verdict == OutlookVerdict.UNLIKELY
    if judgement is not None:
        warned[JUDGED] = judgement == OutlookVerdict.UNLIKELY
    return Said(code, month, warned) if warned else None


def _has_cases(record: RuleRecord) -> bool:
    return any(count for verdict, count in record.counts.items() if verdict is not Verdict.NOT_JUDGED)


def _rule(name: str, record: RuleRecord) -> dict[str, Any]:
    counts, middle = record.counts, record.median_lead_months
    return {
        "rule": str(name),
        "label": RULES[name],
        "hits": counts[Verdict.HIT],
        "misses": counts[Verdict.MISS],
        "false_alarms": counts[Verdict.FALSE_ALARM],
        "recovered": counts[Verdict.RECOVERED],
        "quiet": counts[Verdict.QUIET],
        "not_judged": counts[Verdict.NOT_JUDGED],
        "caught": record.caught.words,
        "borne_out": record.borne_out.words,
        "lead_months": list(record.lead_months),
        "median_lead_months": None if middle is None else f"{float(middle):g}",
    }


def _projects(whole: _Record, came: Iterable[Came], year: int) -> list[dict[str, Any]]:
    """Those that came to nothing: since when red, since when warned, and in how many issued months it was so."""
    bad = [one for one in came if one.is_bad]
    said = [one for part in whole.said.values() for one in part]
    cases = {(case.code, case.rule): case for case in judge(said, bad)}
    issued = {(one.code, one.month) for one in whole.said["published"]}

    def lead(code: str, rule: str) -> dict[str, Any]:
        case: Case | None = cases.get((code, rule))
        months = None if case is None else case.lead_months
        since = None if months is None else whole.month - months
        return {
            f"{rule}_since": None if since is None else month_text(year, since),
            f"{rule}_lead_months": months,
            f"{rule}_issued_months": 0
            if since is None
            else sum((code, month) in issued for month in range(since, whole.month)),
        }

    return [
        {
            "id": whole.ids[one.code],
            "code": one.code,
            "name": whole.names[one.code],
            "light": whole.lights[one.code],
            **lead(one.code, RED),
            **lead(one.code, WARNED),
            **lead(one.code, OUTLOOK),
        }
        for one in bad
    ]
