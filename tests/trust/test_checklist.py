"""docs/安全说明.md: each item of the checklist has its row, and each test that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = (ROOT / "docs" / "安全说明.md").read_text(encoding="utf-8")
ITEMS = {"A": 8, "B": 7, "C": 9, "D": 4, "E": 5, "F": 4, "G": 4}  # how many the checklist has of each
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_item_of_the_checklist_has_its_row() -> None:
    rows = [line.removeprefix("| ").split()[0] for line in TABLE.splitlines() if line.startswith("| ")]
    wanted = [f"{letter}{number}" for letter, count in ITEMS.items() for number in range(1, count + 1)]
    there = [
        *(row for row in rows if re.fullmatch(r"[A-G]\d", row)),
        *("D1 D2 D3 D4".split() if "D1—D4" in rows else []),
    ]
    assert sorted(there) == wanted


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in functions(path)


def test_rows_name_their_tests() -> None:
    assert len(NAMED) > 80
