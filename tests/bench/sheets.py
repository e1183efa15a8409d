"""Reading sheets against pandas and the bare reader it could use (读表)."""

import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import python_calamine

import importers
from tests.bench.demo import PORT, PROGRAMME, ask, demo_home, running, signed_in
from tests.bench.lines import Line, in_turn, line, milliseconds

ROOT = Path(__file__).resolve().parent.parent.parent
NOVEMBER = ROOT / "data" / "samples" / "2023年11月三重一大项目进展情况表.xlsx"

HEADINGS = (
    "序号 项目编码 项目名称 项目类别 建设性质 建设内容及规模 总投资（万元） 年度计划投资（万元） 本月完成投资（万元） "
    "1-10月累计完成投资（万元） 完成率（%） 形象进度 存在问题 下步措施 责任单位 责任人 联系电话 包挂领导 挂钩部门 "
    "计划开工时间 计划竣工时间 督查组 督查日期 得分 备注"
).split()
LINES_OF_SHEET = 10_000


def county_lines() -> Iterator[list[Any]]:
    """10,000 projects in 25 columns, as a sheet of a county has them: half of it text, some cells empty."""
    chance = random.Random(2023)
    for number in range(1, LINES_OF_SHEET + 1):
        plan = chance.randint(10, 900) * 100
        month, done = plan * chance.randint(0, 10) // 100, plan * chance.randint(20, 100) // 100
        yield [
            number,
            f"XM-{number:05d}",
            f"示例{number}号厂房及配套设施",
            "重大工业和服务业项目",
            chance.choice(("新建", "续建")),
            f"新建厂房{number % 97 + 1}万平方米，购置设备{number % 53 + 3}台（套）",
            plan * 3,
            plan,
            month,
            done,
            round(100 * done / plan, 2),
            chance.choice(("主体施工", "基础施工完成", "设备安装调试", f"完成{number % 100}%")),
            chance.choice((None, None, "资金未到位", "征地拆迁滞后")),
            "加快推进",
            f"示例{number % 30}镇",
            f"责任人{number % 500}",
            None,
            "李县长",
            "县发改委",
            "2023-03",
            "2024年12月",
            f"督查{'一二三'[number % 3]}组",
            "2023-10-25",
            chance.randint(60, 100),
            None,
        ]


def county_sheet(path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("月度进展表")
    for heading in (["2023年10月重点项目进展情况表"], ["单位：万元"], HEADINGS):
        sheet.append(heading)
    for values in county_lines():
        assert len(values) == len(HEADINGS)
        sheet.append(values)
    book.save(path)


@line
def large_sheet() -> Iterator[Line]:
    """The whole check, in its warm child, against values alone: pandas as it is called by default, and bare calamine.

    What the check does beside: hidden rows and merges, the table found, 250,000 cells understood, sums, and the way
    out of the child.
    """
    with tempfile.TemporaryDirectory(prefix="sanzhong-bench-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas announces another default engine for a future version
        path = Path(folder) / "表.xlsx"
        county_sheet(path)
        content = path.read_bytes()
        found = importers.check(content, path.name)
        assert (found.decision, len(found.rows)) == ("accept", LINES_OF_SHEET), found.message
        ours, default, least = in_turn(
            lambda: importers.check(content, path.name),
            lambda: pandas.read_excel(path),
            lambda: python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(),
            rounds=3,
            clock=time.perf_counter,
        )
    what = f"{LINES_OF_SHEET:,}行×{len(HEADINGS)}列的表预检"
    yield Line(
        f"{what}／pandas.read_excel（默认引擎）", milliseconds(ours), milliseconds(default), ours / default, "≤ 1"
    )
    yield Line(f"{what}／calamine只读出格子", milliseconds(ours), milliseconds(least), ours / least)


# ---- the month's sheet, end to end ----------------------------------------------------------------------------------


def post(connection: http.client.HTTPConnection, path: str, cookie: dict[str, str], body: bytes, kind: str) -> Any:
    connection.request("POST", f"/api/{path}", body, {**cookie, "Content-Type": kind})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status in (200, 201), f"{path}: {answer.status} {content[:300]!r}"
    return json.loads(content)


def send(connection: http.client.HTTPConnection, path: str, cookie: dict[str, str], body: Any = None) -> Any:
    return post(connection, path, cookie, json.dumps(body or {}).encode(), "application/json")


def hand_in(connection: http.client.HTTPConnection, cookie: dict[str, str], sheet: Path) -> Any:
    """POST /api/uploads as a browser's form does it."""
    frame = uuid.uuid4().hex
    parts = [
        f'--{frame}\r\nContent-Disposition: form-data; name="programme"\r\n\r\n{PROGRAMME}\r\n'.encode(),
        f'--{frame}\r\nContent-Disposition: form-data; name="file"; filename="{sheet.name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode(),
        sheet.read_bytes(),
        f"\r\n--{frame}--\r\n".encode(),
    ]
    return post(connection, "uploads", cookie, b"".join(parts), f"multipart/form-data; boundary={frame}")


def post_and_commit(connection: http.client.HTTPConnection, cookie: dict[str, str], sheet: Path) -> int:
    """The id of an upload tried, previewed, answered (the first choice of each question) and committed."""
    tried = hand_in(connection, cookie, sheet)
    number: int = tried["id"]
    while tried["questions"]:
        answers = {question["id"]: question["choices"][0]["value"] for question in tried["questions"]}
        tried = send(connection, f"uploads/{number}/answers", cookie, {"answers": answers})
    assert send(connection, f"uploads/{number}/commit", cookie)["state"] == "committed"
    return number


def with_nothing_to_ask(path: Path) -> None:
    """November's sheet as its sender puts it right: a figure in 万元, a project by the name it is registered under."""
    book = openpyxl.load_workbook(NOVEMBER)
    sheet = book["11月"]
    assert (sheet["I53"].value, sheet["B87"].value) == (1.48, "绿循建筑垃圾资源化利用")
    sheet["I53"], sheet["B87"] = 14_800, "绿循建筑垃圾再生利用"
    book.save(path)


@line
def monthly_sheet() -> Iterator[Line]:
    """A month's sheet of 134 projects through a running server, against Python started to call `read_excel` on it.

    Once as it is posted, previewed and committed; once with a round of answers between, which is a preview more.
    """
    from tests.bench.api import serve_api

    home = demo_home()
    cookie = signed_in(home)
    script = [sys.executable, "-W", "ignore", "-c", "import sys, pandas; pandas.read_excel(sys.argv[1])", str(NOVEMBER)]
    with (
        tempfile.TemporaryDirectory(prefix="sanzhong-bench-") as folder,
        running(serve_api, home, PORT, b"{}") as connection,
    ):
        plain = Path(folder) / NOVEMBER.name
        with_nothing_to_ask(plain)
        ask(connection, f"/api/uploads?programme={PROGRAMME}", cookie)

        committed: list[int] = []

        def undo() -> None:
            connection.close()  # the server ends a connection that was idle as long as the script took; opened anew
            while committed:
                send(connection, f"uploads/{committed.pop()}/revert", cookie, {"reason": "量时"})
            connection.close()

        def end_to_end(sheet: Path) -> Callable[[], None]:
            return lambda: committed.append(post_and_commit(connection, cookie, sheet))

        cold = partial(subprocess.run, script, check=True)
        measured = [
            in_turn(end_to_end(sheet), cold, rounds=7, clock=time.perf_counter, between=undo)
            for sheet in (plain, NOVEMBER)
        ]
    what = "月报表上传、预览、确认导入"
    for asked, (ours, cold_start) in zip(("", "，中间答复一次"), measured, strict=True):
        yield Line(
            f"{what}{asked}／冷启动的pandas.read_excel脚本",
            milliseconds(ours),
            milliseconds(cold_start),
            ours / cold_start,
            "" if asked else "≤ 0.5",
        )
