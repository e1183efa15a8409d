"""The project event that a row proposes by its words (拟议事件): 完工, 部分完工, 暂缓, 复工, 退出.

Only whole phrases count; a person confirms them at import. Source: DESIGN §3.
"""

import re

from importers.cells import compact
from importers.result import Row

_BUILT = "已建成投用 已建成投产 建成投用 建成投产 已完工投产 已竣工投产 竣工投产"
_COMPLETED = "已完工 已竣工 已全部完工 已全面完工 全部完工"
_PARTLY = "部分完工 部分竣工 部分投产 部分建成 部分建成投产 部分投用 已部分完工 已部分投产"

_PHRASES: dict[str, frozenset[str]] = {
    "完工": frozenset(f"{_COMPLETED} {_BUILT}".split()),
    "部分完工": frozenset(_PARTLY.split()),
    "暂缓": frozenset("暂缓 已暂缓 暂缓实施 暂缓建设 已暂缓实施 已暂缓建设".split()),
    "复工": frozenset("复工 已复工 恢复施工 已恢复施工".split()),
    "退出": frozenset(["已退出"]),
}
# In a column that holds nothing but states, the bare word says it too.
_STATES: dict[str, frozenset[str]] = {
    **_PHRASES,
    "完工": _PHRASES["完工"] | {"完工", "竣工"},
    "退出": _PHRASES["退出"] | {"退出"},
}
_PHRASE_END = re.compile(r"[,，。;；:：、!！()（）\s]+")
_SUBJECT = re.compile(r"^(?:该|本)?(?:项目|工程)(?:目前)?|^目前")


def proposed_event(row: Row) -> str | None:
    """The event's kind, or None. The state column wins over progress words and remarks.

    预计完工, 未完工, 主体工程完工 and 计划复工 propose nothing; two different events in one cell neither.
    """
    state = row.value("state")
    if isinstance(state, str) and (kind := _kind(compact(state), _STATES)):
        return kind
    for name in ("physical_progress", "remarks"):
        words = row.value(name)
        if isinstance(words, str):
            found = {kind for phrase in _PHRASE_END.split(words) if (kind := _kind(compact(phrase), _PHRASES))}
            if len(found) == 1:
                return found.pop()
    return None


def _kind(phrase: str, table: dict[str, frozenset[str]]) -> str | None:
    bare = _SUBJECT.sub("", phrase)
    return next((kind for kind, phrases in table.items() if bare in phrases), None)
