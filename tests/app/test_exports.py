"""导出: who takes a board away is on the trail, and takes no more than they may see."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.database import Database
from tests.app.county import County
from tests.conftest import ClientAs

BOARD = "/api/standings/export?programme=2023&period=2023-06"
ALERTS = "/api/alerts/export?programme=2023&month=2023-06"


def begin(county: County) -> None:
    county.project("甲", unit="杨屯镇", leader="张县长")
    county.project("乙", unit="龙固镇", leader="李县长")
    county.record("2023-06", {"甲": 600, "乙": 300})


def names(client: TestClient, path: str) -> set[Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    return {sheet.cell(line, 2).value for line in range(4, sheet.max_row + 1)}


@pytest.mark.database
def test_each_export_is_put_on_the_trail_with_who_what_and_how_many_rows(
    county: County, client_as: ClientAs, database: Database
) -> None:
    client = client_as("office", "王主任")
    assert names(client, BOARD) == {"甲", "乙"}
    assert names(client, f"{ALERTS}&unit=龙固镇") == {"乙"}
    with database.read() as session:
        found = session.exec(
            select(AuditEntry).where(col(AuditEntry.action).like("%.export")).order_by(col(AuditEntry.number))
        ).all()
        said = [(one.action, one.actor_name, one.programme, one.detail["rows"]) for one in found]
    assert said == [("standings.export", "王主任", "2023", 2), ("alerts.export", "王主任", "2023", 1)]


def test_a_unit_exports_only_what_it_may_see(county: County, client_as: ClientAs) -> None:
    client = client_as("unit", unit="杨屯镇")
    assert names(client, BOARD) == {"甲"}
    assert names(client, ALERTS) == {"甲"}


def test_who_may_not_see_boards_takes_none_away(county: County, client_as: ClientAs) -> None:
    assert client_as("admin").get(BOARD).status_code == 403


def test_the_file_is_named_for_board_and_period(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get(ALERTS)
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    assert (
        "filename*=UTF-8''%E9%A3%8E%E9%99%A9%E9%A2%84%E8%AD%A6%202023%E5%B9%B46%E6%9C%88.xlsx"
        in (answer.headers["content-disposition"])
    )
