"""The generator draws the committed workbooks, and its tables hold what DEMO fixes (演示数据的数目)."""

import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from data.demo import portfolio, series
from data.demo.__main__ import SAMPLES, files
from data.demo.portfolio import FOLDER
from tests.demo.client_text import CITY, FARM, INDUSTRY, NAMED, OUTSIDE, PEOPLE, names

PROJECTS = portfolio.projects()
MEMBERS = [project for project in PROJECTS if project.name not in names(OUTSIDE)]


@pytest.fixture(scope="module")
def drawn() -> dict[Path, bytes]:
    return dict(files())


def members_of(content: bytes) -> dict[str, bytes]:
    """A workbook's parts, unpacked: another build of zlib may pack the same parts otherwise."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name: archive.read(name) for name in archive.namelist()}


def test_drawing_again_gives_the_committed_workbooks(drawn: dict[Path, bytes]) -> None:
    committed = {*FOLDER.glob("*.xlsx"), *SAMPLES.glob("*三重一大*.xlsx")}
    assert set(drawn) == committed
    for path, content in drawn.items():
        assert members_of(content) == members_of(path.read_bytes()), path.name


def test_the_140_are_52_of_the_text_and_88_marked_as_examples() -> None:
    assert len(PROJECTS) == 140
    assert len({project.code for project in PROJECTS}) == len({project.name for project in PROJECTS}) == 140
    assert {project.name: project.class_name for project in PROJECTS if project.origin == "原文"} == NAMED
    assert len(NAMED) == 52
    assert Counter(project.remarks for project in PROJECTS)["示例"] == 88


def test_the_134_are_82_26_16_and_10() -> None:
    assert Counter(project.class_name for project in MEMBERS) == {INDUSTRY: 82, CITY: 26, FARM: 16, PEOPLE: 10}


def test_70_industrial_projects_below_5_are_paired_as_4_by_7_and_7_by_6_and_12_with_the_office() -> None:
    industrial = [project for project in MEMBERS if project.class_name == INDUSTRY]
    small = Counter(p.department for p in industrial if p.total_wan is not None and p.total_wan < 50_000)
    large = Counter(p.department for p in industrial if p.total_wan is not None and p.total_wan >= 50_000)
    assert sorted(small.values()) == [6] * 7 + [7] * 4
    assert "三重一大办公室" not in small
    assert large == {"三重一大办公室": 12}


def test_exactly_5_亿元_belongs_to_the_office() -> None:
    [exact] = [project for project in PROJECTS if project.total_wan == 50_000]
    assert exact.department == "三重一大办公室"


def test_everybody_named_is_registered() -> None:
    programme = portfolio.programme()
    units = {unit for listed in programme["units"].values() for unit in listed}
    assert {project.unit for project in PROJECTS} | {project.department for project in PROJECTS} - {""} <= units
    assert {project.lead for project in PROJECTS} <= set(programme["officials"])
    known = {project.name for project in PROJECTS}
    for table in ("obstacle", "milestone", "event", "correction"):
        assert {entry["project"] for entry in programme[table]} <= known


def test_who_joins_during_the_year_has_the_event_of_that_month() -> None:
    joined = {project.name: project.entered for project in PROJECTS if project.entered > 1}
    events = portfolio.programme()["event"]
    assert {event["project"]: event["on"].month for event in events if "增补" in event["kind"]} == joined
    assert len(joined) == 1


def test_figures_never_fall_within_the_year() -> None:
    for project in PROJECTS:
        amounts = [series.invested_wan(project, month) for month in range(1, 12)]
        percents = [series.physical_pct(project, month) for month in range(1, 12)]
        assert percents == sorted(percents), project.name
        if project.annual_wan is None:
            assert amounts == [None] * 11
        else:
            assert amounts == sorted(amount for amount in amounts if amount is not None), project.name


def test_a_course_is_straight_between_its_points_and_rests_after_the_last() -> None:
    course = portfolio.course("3:30 6:60 8:80")
    # 0 at the turn of the year: month 1 is a third of 30; month 7 is half way from 60 to 80
    assert [portfolio.value_at(course, month) for month in (1, 3, 7, 8, 12)] == [10, 30, 70, 80, 80]


def test_nothing_but_the_rules_tells_lights_and_outlooks() -> None:
    told = ("unlikely", "expected", "红灯", "黄灯", "无法完成")
    for path in (*FOLDER.glob("*.csv"), *FOLDER.glob("*.toml"), *FOLDER.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in told if word in text], path.name
