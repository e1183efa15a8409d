"""What changed in a month's lights and outlooks, sentence by sentence, ready for the bulletin (预警变化).

Source: RULES §5, §6. Made from the alerts as they are read, so that a published month tells what was published. The
lights are held against the project's last light of the year, the outlooks against the month shown before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
LIGHTS = {"red": "红灯", "yellow": "黄灯", "green": "绿灯", "grey": "灰灯", "none": "不亮灯"}
VERDICTS = {"done": "已完", "expected": "可完", "unlikely": "难完"}
LONGEST_REDS = 8
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一")


@dataclass(frozen=True, slots=True)
class _Group:
    """One heading of the list. `holds` takes a row and the outlook before; `says` is the sentence without its owner."""

    key: str
    label: str
    holds: Callable[[Row, str | None], bool]
    says: Callable[[Row, str], str]


def changes(alerts: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The list of a month (`alerts`, the alerts JSON) against the month shown before it, None for the year's first."""
    earlier = {row["code"]: row for row in before["rows"]} if before is not None else {}
    groups = []
    for group in GROUPS:
        found = []
        for row in alerts["rows"]:
            was = earlier.get(row["code"])
            if group.holds(row, None if was is None else was["outlook"]):
                found.append((row, "" if was is None else was["outlook_label"]))
        if group.key == "longest_red":
            found = sorted(found, key=lambda one: -_red_months(one[0]))[:LONGEST_REDS]
        lines = [_line(row, group.says(row, label)) for row, label in found]
        groups.append({"key": group.key, "label": group.label, "rows": lines})
    return {
        "programme": alerts["programme"],
        "month": alerts["month"],
        "previous_month": alerts["previous_month"],
        "state": alerts["state"],
        "label": alerts["label"],
        "head": _head(alerts, before),
        "groups": groups,
        "text": _text(_head(alerts, before), groups),
    }


def _line(row: Row, sentence: str) -> dict[str, Any]:
    roles = (("责任单位", row["responsible_unit"]), ("包挂领导", row["lead_official"]))
    owners = "，".join(f"{role}{name}" for role, name in roles if name)
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "light": row["light"],
        "outlook": row["outlook"],
        "sentence": f"{row['name']}{sentence}。{owners or '责任单位未填'}。",
    }


def _head(alerts: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """The month's counts, each with that of the month before where it differs."""
    year, month = alerts["month"].split("-")
    was = before["counts"] if before is not None else {}
    previous = f"{int(alerts['previous_month'][5:7])}月" if before is not None else ""
    lights = {key: LIGHTS[key] for key in ("red", "yellow", "green", "grey")}

    def counted(names: Mapping[str, str]) -> str:
        return "、".join(
            f"{word}{alerts['counts'][key]}项"
            + (f"（{previous}{was[key]}项）" if key in was and was[key] != alerts["counts"][key] else "")
            for key, word in names.items()
        )

    state = f"（{alerts['label']}）" if alerts["label"] else ""
    return (
        f"{year}年{int(month)}月风险预警变化{state}：共{len(alerts['rows'])}项，{counted(lights)}；"
        f"年度完成预计{counted(VERDICTS)}。"
    )


def _text(head: str, groups: Sequence[Mapping[str, Any]]) -> str:
    """The whole as plain text to be taken into the bulletin; headings without anything to say are left out."""
    told = [head]
    for place, group in enumerate(one for one in groups if one["rows"]):
        told.append(f"{NUMERALS[place]}、{group['label']}（{len(group['rows'])}项）")
        told += [f"{number}. {row['sentence']}" for number, row in enumerate(group["rows"], start=1)]
    if len(told) == 1:
        told.append("本月没有变化。")
    return "\n".join(told)


# ---- what belongs under which heading, and what is said of it -------------------------------------------------------


def _turned(light: str) -> Callable[[Row, str | None], bool]:
    return lambda row, _: row["light"] == light and bool(row["is_worse"])


def _is_first(row: Row, _: str | None) -> bool:
    """The year's first coloured light is a warning; in the year's first month every light is the first."""
    return row["light"] in ("red", "yellow") and row["last_light"] is None and row["previous_month"] is not None


def _is_eased(row: Row, _: str | None) -> bool:
    return bool(row["light"] == "yellow" and row["last_light"] == "red")


def _is_back(row: Row, _: str | None) -> bool:
    return bool(row["light"] == "green" and row["last_light"] in ("red", "yellow"))


def _is_long_red(row: Row, _: str | None) -> bool:
    return _red_months(row) > 1


def _red_months(row: Row) -> int:
    if row["light"] != "red" or not row.get("since"):
        return 0
    return sum(month >= row["since"] and light == "red" for month, light in row["lights"].items())


def _is_unlikely(row: Row, was: str | None) -> bool:
    return bool(row["outlook"] == "unlikely") and was not in (None, "unlikely")


def _is_expected(row: Row, was: str | None) -> bool:
    return bool(row["outlook"] == "expected") and was == "unlikely"


def _is_done(row: Row, was: str | None) -> bool:
    return bool(row["outlook"] == "done") and was in ("expected", "unlikely")


def _says(word: str) -> Callable[[Row, str | None], bool]:
    return lambda row, _: bool(row["light_word"] == word)


def _why(row: Row) -> str:
    """The sentences behind the light; of a green one what the money says, else the first there is."""
    telling = [one for one in row["reasons"] if one["light"] == row["light"]]
    if row["light"] == "green":
        telling = sorted(telling, key=lambda one: one["rule"] != "investment")[:1]
    return "；".join(one["sentence"] for one in telling)


def _turn(row: Row, _: str) -> str:
    return f"由{LIGHTS[row['last_light']]}转为{row['light_word']}{_because(row)}"


def _because(row: Row) -> str:
    why = _why(row)
    return f"，{why}" if why else ""


def _outlook_turn(row: Row, was: str) -> str:
    return f"由“{was}”转为“{row['outlook_label']}”：{row['outlook_sentence']}{_needed(row)}"


def _needed(row: Row) -> str:
    return f"；{row['needed_sentence']}" if row.get("needed_sentence") and row["outlook"] == "unlikely" else ""


def _missing(row: Row, _: str) -> str:
    before = f"，此前为{LIGHTS[row['last_light']]}" if row["last_light"] else ""
    return f"本月{row['light_word']}{before}"


def _first(row: Row, _: str) -> str:
    return f"首次判定为{row['light_word']}{_because(row)}"


GROUPS = (
    _Group("newly_red", "新转红灯", _turned("red"), _turn),
    _Group("newly_yellow", "新转黄灯", _turned("yellow"), _turn),
    _Group(
        "first_lit", "首次判定即为红灯、黄灯", _is_first, lambda row, _: f"首次判定为{row['light_word']}{_because(row)}"
    ),
    _Group("eased", "红灯转黄灯", _is_eased, _turn),
    _Group("back_to_green", "转为绿灯", _is_back, _turn),
    _Group(
        "longest_red",
        "红灯持续最久",
        _is_long_red,
        lambda row, _: f"自{int(row['since'][5:7])}月起已连续{_red_months(row)}个月红灯{_because(row)}",
    ),
    _Group("newly_unlikely", "年度完成预计转为难完成", _is_unlikely, _outlook_turn),
    _Group("newly_expected", "年度完成预计转为可完成", _is_expected, _outlook_turn),
    _Group("newly_done", "本月完工或部分完工", _is_done, lambda row, _: row["outlook_sentence"]),
    _Group("not_inspected", "未督查", _says("未督查"), _missing),
    _Group("not_reported", "未报", _says("未报"), _missing),
)


def sentences(found: Mapping[str, Any]) -> Iterable[tuple[str, Row]]:
    """Heading and row, one after the other: as a sheet holds them."""
    for group in found["groups"]:
        for row in group["rows"]:
            yield group["label"], row
