"""Where the two engines could answer differently (两种数据库一致): order of text, IN lists, LIKE, JSON, decimals."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import String
from sqlmodel import AutoString, SQLModel, col, select

from app import migrations
from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.inspections.models import InspectionRevision
from app.organisation import service as organisations
from app.organisation.models import Organisation, Unit
from app.programmes import service as programmes
from app.settings import ROOT, Settings
from tests.app.county import County

# Written in code point order, which no dictionary follows: 一 4E00, 乙 4E59, 张 5F20, 阿 963F; A before a.
NAMES = ["A镇", "a镇", "一镇", "乙镇", "张镇", "阿镇"]
DICTIONARY = ["阿镇", "A镇", "张镇", "一镇", "a镇", "乙镇"]


def orderings() -> Iterator[tuple[str, str, str]]:
    """Every `Model.column` that a query of ours orders by: (file and line, model, column)."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "order_by":
                for named in (one for argument in node.args for one in ast.walk(argument)):
                    if isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", named.value.id, named.attr


def models() -> dict[str, type[SQLModel]]:
    migrations.all_tables()
    found: dict[str, type[SQLModel]] = {}
    waiting: list[type[SQLModel]] = [SQLModel]
    while waiting:
        for model in waiting.pop().__subclasses__():
            found[model.__name__] = model
            waiting.append(model)
    return found


def test_no_query_leaves_the_order_of_text_to_the_database() -> None:
    known = models()
    looked_at = [(place, model, name) for place, model, name in orderings() if hasattr(known.get(model), "__table__")]
    assert len(looked_at) > 10
    of_text = [
        (place, f"{model}.{name}")
        for place, model, name in looked_at
        if isinstance(known[model].__table__.c[name].type, String | AutoString)  # type: ignore[attr-defined]
    ]
    assert of_text == []


@pytest.mark.database
def test_names_come_in_the_order_of_their_code_points(database: Database, settings: Settings, county_id: int) -> None:
    with database.write() as session:
        for name in DICTIONARY:
            accounts.add(session, settings, Actor.command(), name, "office", password=None)
        unit = organisations.ensure_unit(session, county_id, "沛城镇")
        for name in DICTIONARY:
            organisations.add_alias(session, unit, name)
        for code in ("b_2", "B-1", "a-1", "10", "9"):
            programmes.add(session, Actor.command(), code, code, 2024)
    with database.read() as session:
        assert [account.name for account in accounts.enabled(session, "office")] == NAMES
        unit = session.exec(select(Unit)).one()
        assert organisations.unit_names(session, unit) == ("沛城镇", *NAMES)
        assert [programme.code for programme in programmes.listing(session)] == ["10", "9", "B-1", "a-1", "b_2"]


@pytest.mark.database
def test_capitals_wildcards_and_quotes_in_names_mean_themselves(database: Database, county_id: int) -> None:
    names = ["100%镇", "1002镇", "a_b", "axb", "A_B", "O'Neil\\", "“引”"]
    with database.write() as session:
        for name in names:
            organisations.ensure_unit(session, county_id, name)
    with database.read() as session:
        assert [unit.name for unit in organisations.units(session, county_id)] == names
        found = [organisations.find_unit(session, name, county_id) for name in names]
        assert [unit.name if unit else None for unit in found] == names
        assert organisations.find_unit(session, "100_镇", county_id) is None


@pytest.mark.database
def test_twenty_thousand_ids_fit_into_one_question(database: Database, county_id: int) -> None:
    """As many as a sheet may have rows."""
    with database.read() as session:
        wanted = [*range(1_000_000, 1_019_999), county_id]
        assert len(session.exec(select(Organisation).where(col(Organisation.id).in_(wanted))).all()) == 1


@pytest.mark.database
def test_decimals_dates_and_json_come_back_as_they_went_in(database: Database) -> None:
    made = County(database)
    made.project("甲")
    largest = Decimal("999999999999.99")
    with made.change("2023-06-28") as change:
        made.enter(change, "甲", "2023-06", {"reported_ytd_wan": largest, "problems": "征地\t慢\n“三通”"})
        made.enter(change, "甲", "2023-07", {"reported_ytd_wan": Decimal("0.005")})  # half-up to the column's scale
    detail = {"日": "2023-06-30", "零": 0, "空": None, "列": [1, "二", {"三": Decimal("3.10")}], "b": 1, "a": 2}
    with database.write() as session:
        audit.append(session, Actor.command(), "test.json", detail=detail, at=datetime(2023, 6, 30, 16, tzinfo=UTC))
    with database.read() as session:
        june, july = session.exec(select(InspectionRevision).order_by(col(InspectionRevision.id))).all()
        assert (june.reported_ytd_wan, july.reported_ytd_wan) == (largest, Decimal("0.01"))
        assert june.problems == "征地\t慢\n“三通”"
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "test.json")).one()
        assert entry.detail == {**detail, "列": [1, "二", {"三": "3.10"}]}
        assert list(entry.detail) == list(detail)  # in the order given
        assert audit.verify(session) == []
