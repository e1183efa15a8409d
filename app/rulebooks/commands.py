"""The commands rulebook check / keys / show / trial / adopt (考核办法：核对、条目说明、查看、试算、启用)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.service import Actor
from app.console import installation, say, show, show_json
from app.errors import Refused, Unanswered
from app.programmes import service as programmes
from app.programmes.service import period_label
from app.rulebooks import listing, service, trials
from app.rulebooks.texts import FaultyRuleBook, Wanted, book_line, clean, is_draft, month_of, parsed, sha256_of

rulebooks = typer.Typer(help="考核办法：核对、查看、试算、启用", no_args_is_help=True)
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="考核办法的TOML文件", exists=True, dir_okay=False, readable=True)
]
ProgrammeOption = Annotated[str, typer.Option("--programme", metavar="CODE", help="年度计划代码")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@rulebooks.command("check")
def check(file: FileArgument, as_json: JsonOption = False) -> int:
    """核对一份考核办法，不启用，也不需要数据库。"""
    try:
        text = _text(file)
        book = parsed(text)
    except FaultyRuleBook as faulty:
        if not as_json:
            raise
        show_json({"decision": "refuse", "message": faulty.message, **faulty.detail})
        return FaultyRuleBook.exit_code
    if as_json:
        show_json({"decision": "accept", "message": None, **book_line(book, sha256_of(text))})
    else:
        show(f"{book.name}（代号 {book.code}，第{book.version}版）可以使用，共{len(book.figures)}项。")
    return 0


@rulebooks.command("keys")
def keys(as_json: JsonOption = False) -> None:
    """列出考核办法的全部条目：含义、单位、可填什么。"""
    rows = listing.keys()
    if as_json:
        show_json({"rows": rows, "total": len(rows)})
        return
    for row in rows:
        show(f"{row['key']}\t{row['meaning']}\t{row['form']}")


@rulebooks.command("show")
def show_book(
    programme: ProgrammeOption,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="看这个月的办法，缺省为最近有数据的月份")] = None,
) -> None:
    """输出施行中的考核办法的文本。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        show(programmes.rule_book_revision(session, found, month or listing.current_month(session, found)).text)


@rulebooks.command("trial")
def trial(
    file: FileArgument,
    programme: ProgrammeOption,
    period: Annotated[str, typer.Option(help="考核期：2023-10、2023Q3或2023")],
    as_json: JsonOption = False,
) -> None:
    """试算：按这份办法谁会变动。不保存任何数字。"""
    actor = Actor.command()
    with installation() as (_, database):
        with database.read() as session:
            found = programmes.get(session, programme)
            made = trials.trial(session, actor, found, period, Wanted(text=_text(file)))
        with database.write() as session:
            audit.append(
                session, actor, "rulebook.trial", target=file.name, programme=programme, detail=trials.trail(made)
            )
    if as_json:
        show_json(made)
        return
    for row in made["rows"][: made["moved"]]:
        show(f"{row['code']}\t{row['name']}\t{_standing(row['old'])} → {_standing(row['new'])}")
    say(f"{made['period_label']}：{made['total']}项中{made['moved']}项会有变动。{made['basis']}")


@rulebooks.command("adopt")
def adopt(
    file: FileArgument,
    programme: ProgrammeOption,
    from_month: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="从这个月起施行")],
    reason: Annotated[str, typer.Option(help="理由和依据")],
    by: Annotated[str, typer.Option(metavar="NAME", help="经办人的账号")],
) -> None:
    """启用：办公室账号拟稿，办公室主任账号启用。"""
    with installation() as (settings, database), database.write() as session:
        actor = accounts.actor_named(session, by)
        change = programmes.begin_change(session, programmes.get(session, programme, actor), actor, reason=reason)
        made = service.adopt(
            change, Wanted(text=_text(file)), from_month, reason, two_person=settings.two_person_publication
        )
    if is_draft(made):
        raise Unanswered(f"{made.name}已拟稿，自{period_label(month_of(made))}起，还须办公室主任启用才生效。")
    say(f"{made.name}已启用，自{period_label(made.from_month)}起施行，校验码{made.sha256[:16]}。")


def _text(file: Path) -> str:
    try:
        return clean(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name}不是UTF-8编码的文本，请另存为UTF-8后再试。") from error


def _standing(one: dict[str, Any]) -> str:
    place = "不排名" if one["rank"] is None else f"第{one['rank']}名"
    return f"{one['score'] or one['not_scored_reason']} {place} {one['tier'] or ''} {one['light']}".strip()


def register(commands: typer.Typer) -> None:
    commands.add_typer(rulebooks, name="rulebook")
