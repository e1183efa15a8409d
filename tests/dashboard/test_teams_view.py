"""督查组一致性: small numbers stay counts, and each column says how far it carries."""

from typing import Any

from dashboard.address import Place
from dashboard.views import teams
from tests.dashboard import payloads
from tests.dashboard.trees import found, words

PLACE = Place(payloads.programmes()[0])


def page(place: Place = PLACE, **more: Any) -> Any:
    return teams.page(place, payloads.teams() | more)


def test_what_is_too_few_to_average_is_a_dash_and_said() -> None:
    rows = {row["team"]: row for row in found(page(), "teams-table").rowData}
    assert (rows["督查二组"]["number"], rows["督查二组"]["mean"]) == (3, None)
    assert "督查二组不足 8 个评分，只列个数和最低最高，不算平均。" in words(page())


def test_lenient_and_strict_carry_their_sign() -> None:
    [one, _] = found(page(), "teams-table").rowData
    assert (one["relative_difference"], one["difference"], one["range"]) == ("+1.20", "-0.40", "61.00—100.00")


def test_without_rotation_the_page_says_what_cannot_be_compared() -> None:
    assert "各组督查的项目全年没有轮换" in words(page())
    rotated = [payloads.teams()["rows"][0] | {"rotated": 9, "own_difference": "0.80"}]
    assert "只算全年换过组的项目" in words(page(rows=rotated))


def test_the_chart_draws_each_team_and_leaves_small_months_open() -> None:
    [graph] = [part for part in teams.trend(payloads.teams()).children.figure.data if part.name == "督查二组"]
    assert list(graph.y) == [88.5, None]


def test_a_period_without_scores_says_what_brings_them() -> None:
    assert "表中要有「督查组」一栏" in words(page(rows=[]))


def test_on_a_phone_four_columns_remain() -> None:
    table = found(page(Place(PLACE.programme, is_phone=True)), "teams-table")
    assert [column["field"] for column in table.columnDefs] == ["team", "number", "mean", "relative_difference"]
