"""The rule books of real schemes score the demo's projects and units, every one with its reasons (真实办法试算)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import Session

from app.assessees import service
from app.audit.service import Actor
from app.database import Database
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.settings import ROOT
from scoring.assessees import Assessee, Measured, assess
from scoring.rulebook import RuleBook, parse
from tests.demo.test_loading import demo, loaded, programme, session

__all__ = ["demo", "loaded", "programme", "session"]  # fixtures: the loaded demo, for reading

ACTOR = Actor.command()
BOOKS = sorted(path.stem for path in (ROOT / "data" / "rulebooks").glob("*.toml"))
REAL = [name for name in BOOKS if name != "county-default"]
PERIOD = {"yanan-2017": "2023-10", "red-yellow-flags": "2023-10", "fuzhou-2016": "2023-10", "gaoyou-2012": "2023Q3"}


def text(name: str) -> str:
    return (ROOT / "data" / "rulebooks" / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture
def under(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Read the demo as if another book were in force; nothing is stored."""
    stored = programmes.rule_book_revision

    def read(name: str) -> None:
        def revision(session: Session, programme: Programme, month: str, known_at: Any = None) -> Any:
            found = stored(session, programme, month, known_at)
            session.expunge(found)
            found.name, found.text = name, text(name)
            return found

        monkeypatch.setattr(programmes, "rule_book_revision", revision)

    yield read


def board(session: Session, programme: Programme, book: str, **more: Any) -> dict[str, Any]:
    kind = parse(text(book)).assessees[0].kind.value
    return service.board(session, ACTOR, programme, kind, PERIOD[book], **more)


def row_of(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in made["rows"] if row["name"] == name)


def points(row: dict[str, Any]) -> dict[str, str | None]:
    return {part["name"]: part["points"] for part in row["parts"]}


# ---- the books ------------------------------------------------------------------------------------------------------


def test_there_are_at_least_three_books_of_real_schemes_beside_the_countys() -> None:
    assert {"yanan-2017", "red-yellow-flags", "fuzhou-2016"} <= set(REAL)


@pytest.mark.parametrize("name", REAL)
def test_a_book_is_complete_says_its_source_and_what_was_settled(name: str) -> None:
    head = text(name)[: text(name).index("[book]")]
    assert "# 出处：" in head
    assert "# 我们定的（推断，使用前请核对）：" in head or "我们这样定（推断，使用前请核对）：" in head
    assert "不是本县规定" in head
    assert parse(text(name)).code == name


@pytest.mark.parametrize("name", REAL)
def test_a_book_changes_nothing_but_the_others_assessed(name: str) -> None:
    """What the sources do not speak of (projects' daily scores, lights, outlook) is the county's own book."""

    def rest(book: RuleBook) -> list[Any]:
        keys = ("book.", "assessees")
        return [(one.key, one.value) for one in book.figures if not one.key.startswith(keys)]

    assert rest(parse(text(name))) == rest(parse(text("county-default")))


@pytest.mark.parametrize("name", REAL)
def test_a_programme_may_be_added_under_each_book(name: str, database: Database) -> None:
    with database.write() as opened:
        programmes.add(opened, ACTOR, "2024", "2024年度", 2024, rulebook=name)
    with database.read() as opened:
        assert programmes.rule_book(opened, programmes.get(opened, "2024"), "2024-01").code == name


# One of them in `make test`; that each scores one case as worked by hand stands below.
@pytest.mark.parametrize("name", [REAL[0], *(pytest.param(name, marks=pytest.mark.slow) for name in REAL[1:])])
def test_everybody_of_the_demo_gets_a_line_for_each_part_and_a_receipt(
    name: str, session: Session, programme: Programme, under: Any
) -> None:
    under(name)
    made = board(session, programme, name)
    scheme = parse(text(name)).assessees[0]
    assert len(made["rows"]) == (134 if name == "yanan-2017" else 18)
    for row in made["rows"]:
        assert [part["name"] for part in row["parts"]] == [part.name for part in scheme.parts]
        assert all(part["sentence"] for part in row["parts"])
        assert all(part["sentence"].endswith("本项不计") for part in row["parts"] if part["points"] is None)
        assert row["score"] is not None and row["rank"] is not None
    first = made["rows"][0]
    receipt = service.receipt(session, ACTOR, programme, made["kind"], PERIOD[name], first["key"])
    assert receipt["score"] == first["score"]
    assert receipt["steps"][-1] == f"得分：{first['formula']}"
    assert all(ref["id"] for part in receipt["parts"] for ref in part["refs"])


# ---- one case of each source, worked by hand ------------------------------------------------------------------------


def scored(name: str, measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Rows by name of assessees whose parts measure so; a part not named is not judged."""
    scheme = parse(text(name)).assessees[0]

    def value(found: Any) -> Measured:
        return Measured(None, "没有数据") if found is None else Measured(Fraction(found), "所量的数")

    people = [
        Assessee(key, key, 1, {part.name: value(values.get(part.name)) for part in scheme.parts})
        for key, values in measured.items()
    ]
    return {row.name: row for row in assess(scheme, people)}


def test_yanan_adds_up_without_a_cap() -> None:
    """延安: a new industrial project of 12亿 a year, 9亿 done, provincial, one month above 10亿, one joint start,
    one municipal criticism: 5 + 0 + 20 + 15 + 60×9/12 + 20 + 30 + 30 − 5 = 160.00."""
    project = {
        "新开工": 1,
        "续建": 0,
        "规模": 120000,
        "产业类": 1,
        "民生类": 0,
        "功能类": 0,
        "进度": Fraction(9, 12),
        "省考核项目": 1,
        "投产": 0,
        "单月固投超10亿元": 1,
        "集中开工": 1,
        "市级通报批评": 1,
    }
    row = scored("yanan-2017", {"甲": project})["甲"]
    assert row.score == Decimal("160.00")
    ahead = scored("yanan-2017", {"甲": {**project, "进度": Fraction(15, 12)}})["甲"]
    assert ahead.score == Decimal("190.00")  # 60 × 15/12 = 75: no cap is stated


@pytest.mark.parametrize(
    ("wan", "size"),
    [(100000, "20.00"), (99999, "10.00"), (50000, "10.00"), (49999, "6.00"), (10000, "6.00"), (9999, "3.00")],
)
def test_yanans_sizes_include_the_amount_they_begin_with(wan: int, size: str) -> None:
    row = scored("yanan-2017", {"甲": {"规模": wan}})["甲"]
    assert next(part.points for part in row.parts if part.name == "规模") == Decimal(size)


def test_the_flags_work_out_as_in_the_workbook() -> None:
    """一类镇街: 杨屯镇 42 done of 60 due, starts 3 of 4, registers 2 of 5, closes 1 of 2; 龙固镇 has the most of all
    and 朱寨镇 the least.

    投资 50 × 42/60 = 35.00, +2 projects × 0.1 = 0.20
    开工完成数 (2, 3, 6): 10 × [70 + (3−2)/(6−2) × 30]/100 = 7.75; 开工率 (0.5, 0.75, 1): 8.50; −1 × 0.1
    入库完成数 (0, 2, 4): 8.50; 入库率 (0, 0.4, 1): 8.20
    销号数 (1, 1, 1): all equal, full marks 5.00; 销号率 (0.25, 0.5, 1): 5 × [70 + 1/3 × 30]/100 = 4.00
    100 × (35 + 7.75 + 8.5 + 8.5 + 8.2 + 5 + 4) ÷ 100 = 76.95; + 0.20 − 0.10 = 77.05
    """
    names = ("开工完成数", "开工率", "入库完成数", "入库率", "难题销号数", "难题销号率")
    half, tenths = Fraction(1, 2), Fraction(4, 10)
    found = scored(
        "red-yellow-flags",
        {
            "龙固镇": {"投资完成率": 1} | dict(zip(names, (6, 1, 4, 1, 1, 1), strict=True)),
            "杨屯镇": {"投资完成率": Fraction(42, 60), "投资加扣": 2, "开工加扣": -1}
            | dict(zip(names, (3, Fraction(3, 4), 2, tenths, 1, half), strict=True)),
            "朱寨镇": {"投资完成率": half} | dict(zip(names, (2, half, 0, 0, 1, Fraction(1, 4)), strict=True)),
        },
    )
    row = found["杨屯镇"]
    worked = ["35.00", "0.20", "7.75", "8.50", "-0.10", "8.50", "8.20", None, "5.00", "4.00", None]
    assert [None if part.points is None else str(part.points) for part in row.parts] == worked
    assert (row.score, row.group, row.rank) == (Decimal("77.05"), "一类镇街", 2)
    assert found["龙固镇"].score == Decimal("100.00")
    # 朱寨镇: 25 + 7 + 7 + 7 + 7 + 5 + 3.5
    assert found["朱寨镇"].score == Decimal("61.50")


def test_a_group_of_one_has_the_full_marks_of_every_count() -> None:
    row = scored("red-yellow-flags", {"县供电公司": {"投资完成率": 1, "开工完成数": 0, "开工率": 0}})["县供电公司"]
    assert (row.group, row.score) == ("国企", Decimal("100.00"))


def test_fuzhou_gives_30_for_the_largest_plan_and_70_for_what_is_done() -> None:
    """8亿 of the largest 10亿: 30 × 0.8 = 24.00; 90 % done: 63.00. The largest with 100 %: 100.00."""
    found = scored(
        "fuzhou-2016",
        {
            "甲局": {"投资计划贡献率": 80000, "实际投资完成率": Fraction(9, 10)},
            "乙局": {"投资计划贡献率": 100000, "实际投资完成率": Fraction(11, 10)},
        },
    )
    assert [(row.score, row.rank) for row in found.values()] == [(Decimal("100.00"), 1), (Decimal("87.00"), 2)]


def test_gaoyou_has_30_for_starts_40_for_finishes_and_30_for_investment() -> None:
    """30 × 3/4 + 40 × 1/2 + 30 × 0.9 = 22.50 + 20.00 + 27.00; 3 points granted on top."""
    values = {"当年新开工": Fraction(3, 4), "当年竣工": Fraction(1, 2), "当年实际投资额": Fraction(9, 10)}
    assert scored("gaoyou-2012", {"甲镇": values})["甲镇"].score == Decimal("69.50")
    granted = {**values, "特重大、飞地、超额加分": 3}
    assert scored("gaoyou-2012", {"甲镇": granted})["甲镇"].score == Decimal("72.50")


# ---- one of the demo's projects, from its sheets ---------------------------------------------------------------------


def test_a_project_of_the_demo_by_yanans_book(session: Session, programme: Programme, under: Any) -> None:
    """立澜光伏发电: new, industrial, finished, 8600万元 a year: 5 + 3 + 15 + 20 and 60 × done ÷ 8600."""
    under("yanan-2017")
    row = row_of(board(session, programme, "yanan-2017"), "立澜光伏发电")
    found = points(row)
    assert [found[name] for name in ("新开工", "续建", "规模", "产业类", "投产")] == [
        "5.00",
        "0.00",
        "3.00",
        "15.00",
        "20.00",
    ]
    assert found["投运"] is None
    total = sum((Decimal(value) for value in found.values() if value is not None), Decimal(0))
    assert row["score"] == str(total)


def test_the_demos_units_stand_in_the_groups_of_the_flags(session: Session, programme: Programme, under: Any) -> None:
    under("red-yellow-flags")
    made = board(session, programme, "red-yellow-flags")
    groups = {row["name"]: row["group"] for row in made["rows"]}
    assert (groups["经济开发区"], groups["杨屯镇"], groups["鹿楼镇"]) == ("两区", "一类镇街", "二类镇街")
    assert list(dict.fromkeys(groups.values())) == ["两区", "一类镇街", "二类镇街", "国企", "县直部门"]
    assert "入库完成数" in made["note"]  # no statistical figures in the demo: 本项不计


def test_a_scheme_says_for_which_periods_it_is(session: Session, programme: Programme, under: Any) -> None:
    under("red-yellow-flags")
    made = service.board(session, ACTOR, programme, "responsible_unit", "2023")
    assert (made["rows"], made["note"]) == ([], "红黄旗评分只按月度考核，请另选期间。")
    other = service.board(session, ACTOR, programme, "paired_department", "2023-10")
    assert other["note"] == "本期的考核办法没有对挂钩部门的考核。"


def test_the_countys_own_book_scores_every_unit_that_holds_projects(session: Session, programme: Programme) -> None:
    """县农委 in Q3, published and corrected: (its two projects' quarter scores) ÷ 2, worked from its receipt."""
    made = service.receipt(session, ACTOR, programme, "responsible_unit", "2023Q3", "县农委")
    scores = [Decimal(ref["words"].removesuffix("分")) for ref in made["parts"][0]["refs"]]
    assert len(scores) == 2
    sixty = (60 * sum(scores) / 200).quantize(Decimal("0.01"))
    assert made["parts"][0]["points"] == str(sixty)
    assert made["state"] == "corrected"
