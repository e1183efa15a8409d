"""The commands standings, receipt, alerts, publish and reopen (分级排名、得分明细、风险预警、定稿、更正单)."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from app.accounts import service as accounts
from app.appeals.service import Terms
from app.audit.service import Actor
from app.console import installation, say, show, show_json
from app.errors import Unanswered
from app.programmes import service as programmes
from app.projects import service as projects
from app.publications import beside_alerts, receipts, service, track_records
from app.publications.ranking_workbook import coverage_words
from scoring import periods

ProgrammeOption = Annotated[str, typer.Option("--programme", help="年度计划代码")]
PeriodOption = Annotated[str, typer.Option(help="考核期：2023-10、2023Q3或2023")]
AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="D", help="历史查询：当日24:00所见")
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]
ByOption = Annotated[str, typer.Option(metavar="NAME", help="经办人的账号")]


def standings(
    programme: ProgrammeOption, period: PeriodOption, as_of: AsOfOption = None, as_json: JsonOption = False
) -> None:
    """分级排名。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        board = service.standings(session, Actor.command(), found, period, _day(as_of))
    if as_json:
        show_json(board)
        return
    show(f"{found.name} {board['period_label']} {board['label']}".rstrip())
    show(coverage_words(board))
    for row in board["rows"]:
        place = "—" if row["rank"] is None else str(row["rank"])
        score = row["score"] or row["not_scored_reason"]
        published = f"（通报数{row['published_score']}，第{row['published_rank']}名）" if row["published_score"] else ""
        show(f"{row['group']}\t{place}\t{row['code']}\t{row['name']}\t{score}{published}")


def receipt(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="项目编号或全称")],
    programme: ProgrammeOption,
    period: PeriodOption,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """得分明细：一个项目的得分怎么来的。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        made = receipts.receipt(
            session, Actor.command(), found, projects.find(session, found, project), period, _day(as_of)
        )
    if as_json:
        show_json(made)
        return
    show(f"{made['code']} {made['name']} {made['period_label']}：{made['score'] or made['not_scored_reason']}")
    for step in made["steps"]:
        show(f"  {step}")
    for one in made["appeals"]:
        reason = f"：{one['decision_reason']}" if one["decision_reason"] else ""
        show(f"  {one['label']} {one['unit']}：{one['grounds']}（{one['state']}{reason}）")


def alerts(
    programme: ProgrammeOption,
    month: Annotated[str, typer.Option(help="年月，如2023-10")],
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    record: Annotated[bool, typer.Option("--record", help="预警准确情况：此前各月的灯和预计后来对不对")] = False,
    changes: Annotated[bool, typer.Option("--changes", help="本月变化：每项一句话，可直接引用到简报")] = False,
) -> None:
    """风险预警：一个月的亮灯和年度完成预计。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        if record:
            kept = track_records.track_record(session, Actor.command(), found, month)
            show_json(kept) if as_json else _show_record(kept)
            return
        if changes:
            told = beside_alerts.month_changes(session, Actor.command(), found, month, _day(as_of))
            show_json(told) if as_json else show(told["text"])
            return
        made = service.alerts(session, Actor.command(), found, month, _day(as_of))
    if as_json:
        show_json(made)
        return
    for row in made["rows"]:
        show(f"{row['light_word']}\t{row['code']}\t{row['name']}\t{row['outlook_label']}\t{_first_reason(row)}")
        for name in ("needed_sentence", "bases_sentence", "plans_sentence", "figures_sentence"):
            if row.get(name):
                show(f"\t{row[name]}")


def _show_record(kept: dict[str, Any]) -> None:
    show(kept["basis"])
    for part in kept["records"]:
        show(f"{part['label']}：{part['months_label'] or '还没有可以判断的月份'}")
        for rule in part["rules"]:
            lead = f"\t提前{rule['median_lead_months']}个月" if rule["median_lead_months"] else ""
            counts = f"报准{rule['hits']}\t漏报{rule['misses']}\t误报{rule['false_alarms']}"
            show(f"{rule['label']}\t{counts}\t预警后赶上{rule['recovered']}{lead}")
    for one in kept["projects"]:
        lead = one["red_lead_months"]
        show(f"难完成\t{one['code']}\t{one['name']}\t{f'红灯提前{lead}个月' if lead else '此前没有红灯'}")


def publish(programme: ProgrammeOption, period: PeriodOption, by: ByOption) -> None:
    """定稿：办公室账号拟稿，办公室主任账号签发。"""
    with installation() as (settings, database), database.write() as session:
        actor = accounts.actor_named(session, by)
        change = programmes.begin_change(session, programmes.get(session, programme, actor), actor)
        terms = Terms(settings.appeal_days, settings.publicity_days)
        issue = service.publish(change, period, two_person=settings.two_person_publication, terms=terms)
    words = periods.parse(issue.period).words
    if issue.signed_at is None:
        raise Unanswered(f"{words}已拟稿（第{issue.number}次），还须办公室主任签发后才算定稿。")
    say(f"{words}已签发定稿（第{issue.number}次），数据校验码{issue.fingerprint}。")
    say(f"考核办法文本校验码{issue.rulebook_sha256}。")


def reopen(
    programme: ProgrammeOption,
    period: Annotated[list[str], typer.Option(help="考核期：2023-10、2023Q3或2023；一张更正单可以写几个")],
    by: ByOption,
    reason: Annotated[str, typer.Option(help="更正原因")],
) -> None:
    """更正单：办公室账号拟写，办公室主任账号签发后可以更正。"""
    with installation() as (settings, database), database.write() as session:
        actor = accounts.actor_named(session, by)
        change = programmes.begin_change(session, programmes.get(session, programme, actor), actor, reason=reason)
        slip = service.reopen(change, period, reason, two_person=settings.two_person_publication)
        words = "、".join(periods.parse(one).words for one in service.periods_of(session, slip))
    if slip.signed_at is None:
        raise Unanswered(f"{words}的更正单（第{slip.number}号）已拟好，还须办公室主任签发后才能更正。")
    say(f"{words}的更正单（第{slip.number}号）已签发，可以更正；更正后请重新定稿。")


def register(commands: typer.Typer) -> None:
    for command in (standings, receipt, alerts, publish, reopen):
        commands.command()(command)


def _day(as_of: datetime | None) -> date | None:
    return None if as_of is None else as_of.date()


def _first_reason(row: dict[str, Any]) -> str:
    worst = [reason["sentence"] for reason in row["reasons"] if reason["light"] == row["light"]]
    return worst[0] if worst else ""
