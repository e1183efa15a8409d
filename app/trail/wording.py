"""How an entry reads (日志的写法): plain text without tricks, targets and details in Chinese.

Source: SECURITY E3 (log injection). Names come from outside: a line break, a NUL or a mark that turns the writing round
is shown as itself, on screen and in the export alike.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from app.accounts.service import ROLES
from app.publications.factchanges import field_value, field_word

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
MOST_ITEMS = 20  # of a list inside a detail; the entry alone has them all
LONGEST = 300  # characters of a summary; the whole detail stands beside it

TARGETS = {
    "upload": "第{}次上传",
    "project": "项目{}",
    "obstacle": "第{}号问题",
    "appeal": "第{}号申诉",
    "sample": "第{}号抽查",
}
LABELS = {
    "message": "说明",
    "title": "标题",
    "file": "文件",
    "unit": "单位",
    "project": "项目",
    "period": "期间",
    "month": "月份",
    "kind": "种类",
    "on": "日期",
    "name": "名称",
    "role": "角色",
    "team": "督查组",
    "to": "转交给",
    "decision": "决定",
    "answer": "答复",
    "number": "编号",
    "verdict": "结果",
    "remark": "说明",
    "code": "项目编号",
    "seed": "随机种子",
    "size": "抽取数",
    "reason": "原因",
    "approver": "批准人",
    "drafted_by": "拟稿人",
    "from_month": "启用月份",
    "rows": "行数",
    "query": "条件",
    "address": "来自",
    "by": "方式",
    "count": "发现不符",
    "changes": "改动的数",
    "answers": "回答",
    "registered": "新登记项目",
    "events": "项目事件",
    "faults": "不符",
    "accounts": "账号",
    "fingerprint": "数据校验码",
    "sha256": "文件校验码",
    "sentence": "结果",
    "backup": "备份",
    "folder": "存放位置",
    "bytes": "字节数",
    "seconds": "用时（秒）",
    "boards": "榜单期数",
    "scores": "得分数",
    "chain_number": "日志编号",
    "removed": "清理的旧备份",
}
VALUES = {
    ("kind", "override"): "人工认定",
    ("kind", "exemption"): "免亮灯",
    ("kind", "outlook"): "办公室认定年度完成预计",
    ("by", "link"): "一次性链接",
}
HASHES = ("fingerprint", "sha256")


def plain(value: str) -> str:
    """The text with every character that is not seen shown by its code: ⟨U+202E⟩. A line break is ↵."""
    return "".join(_seen(character) for character in value)


def _seen(character: str) -> str:
    if character == "\n":
        return "↵"
    if unicodedata.category(character) in HIDDEN:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def plain_json(value: Any) -> Any:
    """The same through a whole detail, keys included."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [plain_json(one) for one in value]
    if isinstance(value, dict):
        return {plain(str(name)): plain_json(one) for name, one in value.items()}
    return value


def target_words(target: str) -> str:
    """'upload 12' → 第12次上传; 'obstacle 3, project GY-1' → 第3号问题、项目GY-1; anything else as it is."""
    parts = [re.fullmatch(r"([a-z]+) (.+)", part, re.S) for part in target.split(", ")]
    if all(part is not None and part[1] in TARGETS for part in parts):
        return plain("、".join(TARGETS[part[1]].format(part[2]) for part in parts if part is not None))
    return plain(target)


def shortened(value: Any) -> Any:
    """A detail for a list of entries: of long lists and tables the beginning, with how many more there are."""
    if isinstance(value, list):
        kept = [shortened(one) for one in value[:MOST_ITEMS]]
        return [*kept, f"…另有{len(value) - MOST_ITEMS}项"] if len(value) > MOST_ITEMS else kept
    if isinstance(value, dict):
        kept_items = {name: shortened(one) for name, one in list(value.items())[:MOST_ITEMS]}
        return {**kept_items, "…": f"另有{len(value) - MOST_ITEMS}项"} if len(value) > MOST_ITEMS else kept_items
    return value


def summary(detail: Mapping[str, Any]) -> str:
    """What an entry's detail says, in one line: what is named in LABELS, lists by their length, then old → new."""
    told = [f"{LABELS[name]}：{text}" for name in LABELS if (text := _told(name, detail.get(name)))]
    old, new = detail.get("old"), detail.get("new")
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        told += [
            f"{field_word(name)}：{_value(name, before.get(name))}→{_value(name, value)}" for name, value in new.items()
        ]
    whole = plain("；".join(told))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"


def _value(field: str, value: Any) -> str:
    return field_value(field, value) or "（空）"


def _told(name: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, list | dict):
        return f"{len(value)}项"
    if name in HASHES:
        return f"{str(value)[:12]}…"
    if name == "role":
        return ROLES.get(str(value), str(value))
    return VALUES.get((name, str(value)), str(value))
