"""The commands check, import, revert (核对表格、导入、撤销)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import installation, say, show, show_json
from app.errors import Refused

EXIT_CODES = {"accept": 0, "refuse": 1, "ask": 3}
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="工作簿", exists=True, dir_okay=False, readable=True)
]


def month(text: str | None) -> str | None:
    """A month as YYYY-MM. Bad usage otherwise."""
    if text is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"月份“{text}”写法不对，应如 2023-10")
    return text


MonthOption = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", callback=month, help="表的月份")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON")]


AnnotateOption = Annotated[
    Path | None,
    typer.Option("--annotate", metavar="OUT.xlsx", dir_okay=False, help="另存一份在出错的格子上作了标注的工作簿"),
]


def check(
    file: FileArgument, month: MonthOption = None, as_json: JsonOption = False, annotate: AnnotateOption = None
) -> int:
    """核对一张表，不导入，也不需要数据库。"""
    import importers

    if annotate is not None and annotate.resolve() == file.resolve():
        raise typer.BadParameter("标注要另存为别的文件，请换一个文件名")
    content = file.read_bytes()
    reading = importers.check(content, file.name, month=month)
    found = importers.to_json(reading)
    if as_json:
        show_json(found)
    else:
        report(found)
    if reading.message:
        say(reading.message)
    if annotate is not None:
        save_annotated(annotate, content, file.name, found)
    return EXIT_CODES[reading.decision]


def save_annotated(path: Path, content: bytes, filename: str, found: dict[str, Any]) -> None:
    """Refused in one sentence where the workbook cannot be marked, or the file not written."""
    import importers
    from importers.grid import Unreadable

    try:
        path.write_bytes(importers.annotated(content, filename, found))
    except Unreadable as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{path}写不了（{error.strerror}），请换一个位置。") from error
    say(f"已标注：{path}")


def report(found: dict[str, Any]) -> None:
    """What was read, for a person: sheets, counts, then every fault and question."""
    for sheet in found["sheets"]:
        show(f"工作表“{sheet['name']}”：{sheet['reason']}")
    show(f"月份 {found['month'] or '未定'}，单位 {found['unit'] or '未定'}，项目{len(found['rows'])}个")
    words = {"notice": "提示", "question": "待确认", "error": "错误"}
    for fault in (fault for row in found["rows"] for fault in row["faults"]):
        show(f"{words[fault['severity']]}：{fault['message']}")
    for fault in found["faults"]:
        show(f"{words[fault['severity']]}：{fault['message']}")
    for question in found["questions"]:
        show(f"待确认 {question['id']}：{question['message']}")
        for choice in question["choices"]:
            show(f"    {choice['value']}  {choice['label']}")


def import_(
    file: FileArgument,
    programme: Annotated[str, typer.Option(metavar="CODE", help="年度项目计划的代码")],
    month: MonthOption = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="A.json", exists=True, dir_okay=False, help="待确认问题的回答")
    ] = None,
    register: Annotated[bool, typer.Option("--register", help="表中未登记的项目登记为新项目")] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="经办人的账号")] = None,
    as_json: JsonOption = False,
) -> int:
    """导入一张表：没有待确认的问题就一次导入，有则列出，什么也不存。"""
    from app.accounts import service as accounts
    from app.audit.service import Actor
    from app.uploads import service

    given = answers_in(answers)
    with installation() as (settings, database):
        actor = Actor.command()
        if by is not None:
            with database.read() as session:
                actor = accounts.actor_named(session, by)
        done = service.import_workbook(
            database,
            actor,
            programme,
            file.name,
            file.read_bytes(),
            month=month,
            answers=given,
            register=register,
            limit_bytes=settings.upload_limit_bytes,
        )
    message = done.pop("message")
    if as_json:
        show_json(done)
    if message:
        say(message)
    say(OUTCOMES[done["state"]](done))
    if not as_json:
        for question in done["questions"]:
            show(f"{question['id']}\t{question['message']}")
    return {"refused": 1, "ask": 3}.get(done["state"], 0)


OUTCOMES: dict[str, Callable[[dict[str, Any]], str]] = {
    "committed": lambda done: (
        f"已导入（编号{done['upload']}）：新增{done['new']}行，变动{done['changed']}行，相同{done['same']}行，"
        f"登记新项目{done['registered']}个，表中缺{len(done['missing'])}个项目。"
    ),
    "unchanged": lambda done: f"内容与已有数据相同，没有改动（编号{done['upload']}）。",
    "ask": lambda done: f"有{len(done['questions'])}个问题待确认，没有导入。请写好回答，用 --answers 给出后再导入。",
    "refused": lambda done: "没有导入。",
}


def answers_in(path: Path | None) -> dict[str, str]:
    """The answers of A.json: {"<id>": "<value>"}. Bad usage when it is something else."""
    if path is None:
        return {}
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise typer.BadParameter(f"{path.name}不是 JSON 文件：{error}") from error
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise typer.BadParameter(f'{path.name}应写成 {{"问题编号": "选项"}} 的形式')
    return given


def revert(
    upload: Annotated[int, typer.Argument(metavar="UPLOAD", help="导入编号")],
    by: Annotated[str, typer.Option(metavar="NAME", help="经办人的账号")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="撤销原因")],
) -> None:
    """撤销一次导入：恢复导入前的数值，此后另有改动的保留并列出。"""
    from app.accounts import service as accounts
    from app.uploads import service

    with installation() as (_, database):
        with database.read() as session:
            actor = accounts.actor_named(session, by)
        done = service.revert(database, actor, upload, reason)
    outcome = done["revert_outcome"]
    say(
        f"已撤销导入{upload}：恢复{outcome['restored']}处，撤去{outcome['withdrawn']}处，保留{len(outcome['kept'])}处。"
    )
    for kept in outcome["kept"]:
        month = f"{kept['month']} " if kept["month"] else ""
        show(
            f"保留\t{kept['code']} {kept['name']} {month}{kept['label']}：{kept['value']}（{kept['by']}，{kept['at']}）"
        )


def register(commands: typer.Typer) -> None:
    commands.command("check")(check)
    commands.command("import")(import_)
    commands.command("revert")(revert)
