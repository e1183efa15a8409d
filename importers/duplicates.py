"""The same project twice in one workbook (重复项目): equal rows count once, unlike ones are a question."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from importers import headings
from importers.cells import compact
from importers.result import Choice, Question, Row, Skipped

_LISTED = 10  # rows that a message names


def without_duplicates(
    rows: list[Row], realms: Mapping[str, str], answers: Mapping[str, str], *, may_repeat: bool = False
) -> tuple[list[Row], list[Skipped], list[Question]]:
    """The same project twice: equal rows count once, unlike ones are a question.

    `realms`, by sheet name: only rows of one realm can be each other's duplicates (a plan and a responsibility sheet
    hold the same projects by design). `may_repeat`: unlike rows of one project are several facts (its visits).
    """
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        name = row.value("name")
        if name:
            groups[realms[row.sheet], compact(name).lower(), row.value("code") or ""].append(at)
    dropped: set[tuple[str, int]] = set()
    questions: list[Question] = []
    for same in groups.values():
        if len(same) < 2:
            continue
        place = same[0]
        first = rows[place]
        content = _content(first)
        unlike: list[Row] = []
        for row in (rows[at] for at in same[1:]):
            if _content(row) != content:
                unlike.append(row)
                continue
            dropped.add((row.sheet, row.row))
            if first.category is None and row.category is not None:  # a sheet of all, and one for each class
                rows[place] = first = replace(first, category=row.category)
        if not unlike or may_repeat:
            continue
        standing = [first, *unlike]
        places = [f"{row.sheet}!{row.row}" for row in standing]
        identifier = "duplicate:" + "|".join(places)
        answer = answers.get(identifier)
        if answer == "both":
            continue
        if answer in places:
            dropped.update((row.sheet, row.row) for row, place in zip(standing, places, strict=True) if place != answer)
            continue
        where = "、".join(f"{row.sheet}第{row.row}行" for row in standing[:_LISTED])
        where += f"等{len(standing)}行" if len(standing) > _LISTED else ""
        questions.append(
            Question(
                identifier,
                "duplicate",
                f"“{first.value('name')}”出现{len(standing)}次而内容不同（{where}），请选定以哪一行为准。",
                (
                    *(
                        Choice(place, f"以{row.sheet}第{row.row}行为准：{_summary(row)}")
                        for row, place in zip(standing, places, strict=True)
                    ),
                    Choice("both", "是不同的项目，都保留"),
                ),
                first.sheet,
                unlike[0].row,
                unlike[0].fields["name"].cell,
            )
        )
    skipped = [Skipped(sheet, row, "duplicate") for sheet, row in dropped]
    return [row for row in rows if (row.sheet, row.row) not in dropped], skipped, questions


def _content(row: Row) -> dict[str, Any]:
    """What a row says. Its serial says nothing, and the name differs by blanks alone."""
    return {
        name: found.value
        for name, found in row.fields.items()
        if found.value is not None and name not in ("seq", "name")
    }


def _summary(row: Row) -> str:
    wanted = (
        "responsible_unit",
        "total_investment_wan",
        "annual_plan_wan",
        "reported_ytd_wan",
        "verified_ytd_wan",
        "physical_progress",
    )
    found = [
        f"{row.fields[name].heading.rpartition(headings.JOINT)[2]}{row.fields[name].raw}"
        for name in wanted
        if row.value(name) is not None
    ]
    return "，".join(found[:4])
