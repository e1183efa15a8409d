"""Who sees what (DESIGN §1): published boards are for all, what is interim and every detail only for one's own."""

from collections.abc import Callable
from datetime import date

import pytest
from starlette.testclient import TestClient

from tests.app.county import County
from tests.conftest import ClientAs


def begin(county: County) -> None:
    """甲 is 杨屯镇's and 张县长's, 乙 is 龙固镇's with 杨屯镇 supporting from June, 丙 is paired with 供电公司."""
    county.project("甲", unit="杨屯镇", leader="张县长")
    county.project("乙", unit="龙固镇", leader="李县长")
    county.project("丙", unit="龙固镇", leader="李县长")
    with county.change("2023-01-03") as change:
        county.hold(change, "乙", "supporting_unit", ["杨屯镇"], date(2023, 6, 1))
        county.hold(change, "丙", "paired_department", ["供电公司"], date(2023, 1, 1))
    for month in ("2023-04", "2023-05", "2023-06"):
        due = 100 * int(month[5:])
        county.record(month, {"甲": due, "乙": due * 3 // 4, "丙": due // 2})


def names(client: TestClient, path: str) -> set[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return {row["name"] for row in answer.json()["rows"]}


PATHS: dict[str, str] = {
    "board": "/api/standings?programme=2023&period=2023-06",
    "alerts": "/api/alerts?programme=2023&month=2023-06",
    "projects": "/api/projects?programme=2023",
}


@pytest.mark.database
@pytest.mark.parametrize(
    ("role", "words", "seen"),
    [
        ("office", {}, "甲乙丙"),
        ("office_head", {}, "甲乙丙"),
        ("inspector", {}, "甲乙丙"),
        ("auditor", {}, "甲乙丙"),
        ("leader", {"scope": "county"}, "甲乙丙"),
        ("leader", {"name": "李县长", "scope": "sponsored"}, "乙丙"),
        ("leader", {"name": "王县长", "scope": "sponsored"}, ""),
        ("unit", {"unit": "杨屯镇"}, "甲乙"),
        ("unit", {"unit": "龙固镇"}, "乙丙"),
        ("unit", {"unit": "供电公司"}, "丙"),
        ("unit", {"unit": "文化馆"}, ""),
    ],
)
def test_interim_boards_alerts_lists_and_details_show_ones_own_projects(
    county: County, client_as: ClientAs, role: str, words: dict[str, str], seen: str
) -> None:
    client = client_as(role, **words)
    assert {what: names(client, path) for what, path in PATHS.items()} == {what: set(seen) for what in PATHS}
    for name, project_id in county.ids.items():
        status = 200 if name in seen else 404
        assert client.get(f"/api/projects/{project_id}").status_code == status
        assert client.get(f"/api/projects/{project_id}/receipt?period=2023-06").status_code == status


def test_a_foreign_project_and_none_are_the_same_404(county: County, client_as: ClientAs) -> None:
    client = client_as("unit", unit="供电公司")
    foreign = client.get(f"/api/projects/{county.ids['甲']}")
    nothing = client.get("/api/projects/999999")
    assert foreign.status_code == nothing.status_code == 404
    assert foreign.json() == nothing.json()


def test_a_month_is_seen_by_who_held_the_project_on_its_last_day(county: County, client_as: ClientAs) -> None:
    client = client_as("unit", unit="杨屯镇")
    may, june = (names(client, f"/api/standings?programme=2023&period=2023-{month}") for month in ("05", "06"))
    assert (may, june) == ({"甲"}, {"甲", "乙"})


@pytest.mark.database
def test_a_published_board_is_whole_for_all_and_a_correction_only_once_signed(
    county: County, client_as: ClientAs
) -> None:
    client = client_as("unit", unit="供电公司")
    board = "/api/standings?programme=2023&period=2023Q2"
    assert names(client, board) == {"丙"}
    county.publish("2023Q2", "2023-07-05")
    assert names(client, board) == {"甲", "乙", "丙"}
    assert names(client, "/api/alerts?programme=2023&month=2023-06") == {"丙"}  # lights stay one's own
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 0}, "2023-08-02")
    own, office = client.get(board).json(), client_as("office").get(board).json()
    assert (own["state"], office["state"]) == ("published", "corrected")
    assert {row["name"]: row["score"] for row in own["rows"]}["甲"] == "100.00"
    county.publish("2023Q2", "2023-08-10")
    again = client.get(board).json()
    # 100, 100, 0 → 66.67
    assert again["state"] == "corrected"
    assert {row["name"]: (row["score"], row["published_score"]) for row in again["rows"]}["甲"] == ("66.67", "100.00")


def test_a_receipt_shows_a_unit_no_correction_before_it_is_signed(county: County, client_as: ClientAs) -> None:
    """甲's receipt of the quarter says what its unit's own board says."""
    client, office = client_as("unit", unit="杨屯镇"), client_as("office")
    board = client.get("/api/standings?programme=2023&period=2023Q2").json()
    row = next(row for row in board["rows"] if row["name"] == "甲")
    receipt = f"/api/projects/{row['id']}/receipt?period=2023Q2"
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 0}, "2023-08-02")
    assert (client.get(receipt).json()["score"], client.get(receipt).json()["state"]) == ("100.00", "published")
    # 100, 100, 0 → 66.67
    assert (office.get(receipt).json()["score"], office.get(receipt).json()["state"]) == ("66.67", "corrected")
    county.publish("2023Q2", "2023-08-10")
    assert client.get(receipt).json()["score"] == "66.67"


def test_the_rank_over_all_classes_is_for_the_office_and_county_leaders(county: County, client_as: ClientAs) -> None:
    def overall(client: TestClient) -> list[int | None]:
        return [row["overall_rank"] for row in client.get(PATHS["board"]).json()["rows"]]

    assert overall(client_as("office")) == overall(client_as("leader", scope="county")) == [1, 2, 3]
    assert overall(client_as("inspector")) == overall(client_as("auditor")) == [None, None, None]
    assert overall(client_as("unit", unit="龙固镇")) == [None, None]


def test_what_a_unit_sees_adds_up_to_its_own_projects(county: County, client_as: ClientAs) -> None:
    client = client_as("unit", unit="供电公司")
    alerts = client.get(PATHS["alerts"]).json()
    # 300/600 = 0.50: red
    assert (alerts["totals"], alerts["counts"]["red"], alerts["counts"]["green"]) == ({"projects": 1}, 1, 0)
    board = client.get(PATHS["board"]).json()
    assert [(row["name"], row["rank"], row["group_size"]) for row in board["rows"]] == [("丙", 3, 3)]
    assert board["lists"] == {"red": [], "black": [], "edge": []}
    assert board["full_marks"] == 0  # 甲's 100.00 is not theirs to see


def test_the_administrator_sees_no_scores(county: County, client_as: ClientAs) -> None:
    client = client_as("admin")
    paths = [
        *PATHS.values(),
        "/api/publications?programme=2023",
        f"/api/projects/{county.ids['甲']}",
        f"/api/projects/{county.ids['甲']}/receipt?period=2023-06",
    ]
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["message"]) == (
            403,
            "系统管理员只管理账号，不查看考评数据；如需查看，请由办公室另开账号。",
        )


def test_nobody_signed_in_sees_nothing(county: County, client: TestClient) -> None:
    for path in PATHS.values():
        assert client.get(path).status_code == 401


@pytest.mark.parametrize("role", ["unit", "leader", "inspector", "auditor", "admin"])
def test_only_the_office_records_events(county: County, client_as: ClientAs, role: str) -> None:
    body = {"kind": "暂缓", "on": "2023-06-20", "reason": "资金不到位"}
    path = f"/api/projects/{county.ids['甲']}/events"
    assert client_as(role).post(path, json=body).status_code == 403
    recorded = client_as("office").post(path, json=body)
    assert (recorded.status_code, recorded.json()["is_new"]) == (201, True)
    assert client_as("office").post(path, json={**body, "kind": "停建"}).status_code == 422
    assert client_as("office").post("/api/projects/999/events", json=body).status_code == 404


def test_an_answer_kept_for_one_scope_is_not_given_to_another_and_follows_every_change(
    county: County, client_as: ClientAs
) -> None:
    office, unit = client_as("office"), client_as("unit", unit="供电公司")
    ask: Callable[[TestClient], set[str]] = lambda client: names(client, PATHS["board"])  # noqa: E731
    assert (ask(office), ask(unit), ask(office)) == ({"甲", "乙", "丙"}, {"丙"}, {"甲", "乙", "丙"})
    before = office.get(PATHS["board"]).content
    assert office.get(PATHS["board"]).content == before
    county.record("2023-06", {"甲": 300}, "2023-07-01")
    assert office.get(PATHS["board"]).content != before


def test_as_of_and_known_at_together_are_422_and_so_is_a_period_of_no_sense(
    county: County, client_as: ClientAs
) -> None:
    client = client_as("office")
    for query in (
        "period=2023-06&as_of=2023-07-01&known_at=2023-07-01T00:00:00Z",
        "period=2023-13",
        "period=2022-06",
        "period=2023-06&as_of=昨天",
        "period=2023-06&known_at=2023-07-01T00:00:00",
    ):
        answer = client.get(f"/api/standings?programme=2023&{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), query
    assert client.get("/api/standings?programme=2024&period=2024-06").status_code == 404
