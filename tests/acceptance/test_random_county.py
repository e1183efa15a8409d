"""What is printed for a county's sheets is what the rules give for what was written into them.

Sheets → command → API on one side; on the other the second reading of the rules over the facts as they were written.
"""

import io
import os
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest

from tests import ranking_checker
from tests.acceptance.office import Office
from tests.acceptance.random_county import YEAR, County, county
from tests.receipt_checker import problems
from tests.scoring.reference import Period, Reference, half_up


def hand_in(office: Office, made: County) -> None:
    office.found(*made.classes)
    if made.plan is not None:
        office.take_answering(made.plan.content, name=made.plan.name)
        for one in made.events:
            office.event(one.project, one.kind, one.on.isoformat())
    first = made.sheets[0].month
    for number, written in enumerate(made.sheets):
        office.take_answering(written.content, name=written.name)
        is_last_of_first = number + 1 == len(made.sheets) or made.sheets[number + 1].month != first
        if made.plan is None and written.month == first and is_last_of_first:  # now every project is known
            for one in made.events:
                office.event(one.project, one.kind, one.on.isoformat())


def text(value: Fraction | None, decimals: int = 2) -> str | None:
    if value is None:
        return None
    rounded = half_up(value, decimals)
    return f"{Decimal(rounded.numerator) / Decimal(rounded.denominator):.{decimals}f}"


def month_text(month: int) -> str:
    return f"{YEAR}-{month:02d}"


def all_periods() -> list[tuple[str, Period]]:
    months = [(month_text(month), Period(month=month)) for month in range(1, 13)]
    quarters = [(f"{YEAR}Q{quarter}", Period(quarter=quarter)) for quarter in range(1, 5)]
    return [*months, *quarters, (str(YEAR), Period())]


SCORED = ("_ytd_wan", "_month_wan", "physical_progress", "node_judgement")


class Comparison:
    """Every place where what is printed is not what was worked out."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __call__(self, where: str, printed: Any, expected: Any) -> None:
        if printed != expected:
            self.found.append(f"{where}: printed {printed!r}, expected {expected!r}")


def compare_board(same: Comparison, printed: Any, reference: Reference, name: str, period: Period) -> None:
    board = reference.board(period)
    same(f"{name} codes", [row["code"] for row in printed["rows"]], [row.code for row in board.rows])
    same(f"{name} state", (printed["state"], printed["period"], printed["as_of"]), ("interim", name, None))
    if board.last_month is not None:
        same(f"{name} label", printed["label"], board.label)
        same(f"{name} coverage", printed["coverage"], board.coverage)
    same(f"{name} joined", sorted(one["code"] for one in printed["joined"]), board.joined)
    same(f"{name} left", sorted(one["code"] for one in printed["left"]), board.left)
    for one in ("red", "black", "edge"):
        same(f"{name} {one}", printed["lists"][one], getattr(board, one))
    same(f"{name} full marks", printed["full_marks"], board.full_marks)
    rows = {row["code"]: row for row in printed["rows"]}
    sizes: dict[str, int] = {}
    for row in board.rows:
        sizes[row.group] = sizes.get(row.group, 0) + 1
    for expected in board.rows:
        if expected.code not in rows:
            continue
        row, where = rows[expected.code], f"{name} {expected.code}"
        for key, value in {
            "name": expected.name,
            "group": expected.group,
            "rank": expected.rank,
            "group_size": sizes[expected.group],
            "overall_rank": expected.overall_rank,
            "score": text(expected.score),
            "tier": expected.tier,
            "change": expected.change,
            "tie_break": text(expected.tie_break, 4) if expected.is_ranked else row["tie_break"],
            "not_scored_reason": expected.not_scored_reason,
            "published_score": None,
            "published_rank": None,
            "quarters": {f"Q{number}": text(score) for number, score in expected.quarters.items()},
            "months": months_shown(expected.months, period),
        }.items():
            same(f"{where} {key}", row[key], value)


def months_shown(scores: dict[int, Fraction | None], period: Period) -> dict[str, str | None]:
    """From January to the period's end; a month without a score, and one still to come, is null."""
    return {month_text(month): text(scores.get(month)) for month in range(1, max(period.months()) + 1)}


def compare_alerts(same: Comparison, printed: Any, reference: Reference, month: int) -> None:
    expected = {row.code: row for row in reference.alerts(month)}
    same(f"{month} alerts codes", sorted(row["code"] for row in printed["rows"]), sorted(expected))
    counts = dict.fromkeys(("red", "yellow", "green", "grey", "none", "done", "expected", "unlikely"), 0)
    for row in expected.values():
        counts[row.light] += 1
        if row.outlook is not None:
            counts[row.outlook] += 1
    same(f"{month} alerts counts", printed["counts"], counts)
    for row in printed["rows"]:
        if row["code"] not in expected:
            continue
        ours, where = expected[row["code"]], f"{month} {row['code']}"
        same(f"{where} light", row["light"], ours.light)
        same(f"{where} state", row["state"], ours.state)
        same(f"{where} last light", row["last_light"], ours.last_light)
        same(f"{where} since", row["since"], None if ours.since is None else month_text(ours.since))
        same(f"{where} outlook", row["outlook"], ours.outlook)
        if ours.state not in ("完工", "暂缓", "未到计划开工"):
            reasons = {one["rule"]: one["light"] for one in row["reasons"]}
            same(f"{where} rules", telling(reasons, ours.light), telling(ours.rules, ours.light))


def telling(rules: dict[str, Any], shown: str) -> dict[str, str]:
    """What a reader must see: the figures' rules, every rule that is yellow or red, and why a grey light is grey."""
    told = {"yellow", "red", shown} - {"green"}
    return {rule: str(one) for rule, one in rules.items() if one in told or rule in ("investment", "physical")}


def compare_receipt(same: Comparison, printed: Any, made: County, reference: Reference, code: str) -> None:
    project = next(one for one in made.facts.projects if one.code == code)
    upto = max(made.facts.committed_months)
    where = f"receipt {code}"
    same(f"{where} score", printed["score"], text(reference.final(project, upto)))
    same(f"{where} alternative", printed["alternative"]["missing_quarter"], "zero")
    same(f"{where} alternative", printed["alternative"]["score"], text(reference.final(project, upto, "zero")))
    weighted, total = Decimal(0), Decimal(0)
    for quarter in printed["quarters"]:
        scores = [Decimal(month["score"]) for month in quarter["months"] if month["score"] is not None]
        mean = None if not scores else text(Fraction(sum(scores)) / len(scores))
        same(f"{where} {quarter['quarter']}", quarter["score"], mean)
        if quarter["score"] is not None:
            weighted += Decimal(quarter["score"]) * Decimal(quarter["weight"])
            total += Decimal(quarter["weight"])
        for month in quarter["months"]:
            compare_receipt_month(same, month, made, reference, project)
    again = None if total == 0 else text(Fraction(weighted) / Fraction(total))
    same(f"{where} worked again from what is printed", printed["score"], again)
    same(f"{where} followed by hand", problems(printed), [])


def compare_receipt_month(same: Comparison, printed: Any, made: County, reference: Reference, project: Any) -> None:
    number = int(printed["month"][5:])
    expected = reference.month_score(project, number)
    where = f"receipt {project.code} {printed['month']}"
    same(f"{where} score", printed["score"], text(expected.score))
    same(f"{where} source", printed["source"], expected.source)
    if expected.source not in ("completed", "carried"):
        same(f"{where} reason", printed["reason"], expected.reason)
    if expected.source == "computed":
        points = {one["name"]: one["points"] for one in printed["indicators"]}
        same(f"{where} points", points, {one.name: text(one.points) for one in expected.indicators})
        judged = [one for one in printed["indicators"] if one["points"] is not None]
        marks = sum(Decimal(one["full_marks"]) for one in judged)
        again = text(100 * Fraction(sum(Decimal(one["points"]) for one in judged)) / Fraction(marks))
        same(f"{where} worked again", printed["score"], again)
    evidence = printed["evidence"]
    if expected.source == "sheet":
        same(f"{where} uploader", evidence["uploader"], "张三")
        if (cell := made.cells.get((project.name, number, "sheet_score"))) is not None:
            same(f"{where} cell", (evidence["sheet"], evidence["cell"]), (f"{number}月", cell))
    if expected.source == "computed":
        known = {
            cell
            for (name, month, column), cell in made.cells.items()
            if (name, month) == (project.name, number) and column.endswith(SCORED)
        }
        cells = {one["cell"] for one in printed["cells"] if one["month"] == printed["month"]}
        same(f"{where} cells", cells - known, set())


def disagreements(office: Office, seed: int) -> list[str]:
    made = county(seed)
    hand_in(office, made)
    reference, same = Reference(made.facts), Comparison()
    with office.api("张三") as client:

        def get(path: str, **query: str) -> Any:
            answer = client.get(f"/api/{path}", params={"programme": "T", **query})
            assert answer.status_code == 200, answer.text
            return answer.json()

        ids: dict[str, int] = {}
        for name, period in all_periods():
            printed = get("standings", period=name)
            ids |= {row["code"]: row["id"] for row in printed["rows"]}
            compare_board(same, printed, reference, name, period)
        for month in range(1, 13):
            compare_alerts(same, get("alerts", month=month_text(month)), reference, month)
        last = max(made.facts.committed_months)
        shown = (month_text(last), f"{YEAR}Q{(last + 2) // 3}", str(YEAR))
        for period in shown:
            answer = client.get("/api/standings/export", params={"programme": "T", "period": period})
            wrong = ranking_checker.disagreements(
                openpyxl.load_workbook(io.BytesIO(answer.content)), get("standings", period=period)["rows"]
            )
            same(f"{period} export, calculated", wrong, [])
        for row in get("standings", period=str(YEAR))["rows"]:
            printed = get(f"projects/{ids[row['code']]}/receipt", period=str(YEAR))
            compare_receipt(same, printed, made, reference, row["code"])
            for period in shown[:2]:
                by_hand = problems(get(f"projects/{ids[row['code']]}/receipt", period=period))
                same(f"receipt {row['code']} {period} followed by hand", by_hand, [])
    return same.found


def check(office: Office, seed: int) -> None:
    found = disagreements(office, seed)
    assert not found, "\n".join([f"county({seed}): {len(found)} differences", *found[:40]])


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))])
def test_a_random_county_gets_the_boards_lights_and_receipts_of_the_rules(office: Office, seed: int) -> None:
    check(office, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + int(os.environ.get("COUNTIES", "60"))))
def test_many_random_counties_get_the_boards_lights_and_receipts_of_the_rules(office: Office, seed: int) -> None:
    check(office, seed)
