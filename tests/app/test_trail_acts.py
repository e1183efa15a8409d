"""操作名称: every act that the code writes on the trail has its word and says whether it is decided by hand."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from app.audit import catalogue
from app.audit.catalogue import AREAS, CATALOGUE, Act, Manual, manual_kind, word_of
from app.main import PUBLIC, SIGNED_IN

ROOT = Path(__file__).resolve().parents[2]
ACT = r"[a-z]+\.[a-z_]+"
NO_ACTS = {"app.request", "programme.toml", "book.version", "book.effective_from", "websocket.close"}
FAMILIES = {action.partition(".")[0] for action in CATALOGUE}


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    """The code of app/, read once for all that is asked of it."""
    return tuple(
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "app").rglob("*.py"))
        if path.name != "catalogue.py" and "migrations" not in path.parts
    )


def is_act(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(ACT, node.value) is not None
        and node.value not in NO_ACTS
    )


def recorders() -> set[str]:
    """The functions that are handed an action: those with a parameter of that name."""
    return {
        node.name
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and "action" in {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    }


@cache
def written() -> set[str]:
    """Handed to a recorder, or a text of a family that the catalogue knows; obstacles' by their second half."""
    taking = recorders()
    found: set[str] = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                given = [
                    one for part in (*node.args, *(word.value for word in node.keywords)) for one in ast.walk(part)
                ]
                if function in taking:
                    found |= {one.value for one in given if is_act(one)}  # type: ignore[attr-defined]
            elif is_act(node) and node.value.partition(".")[0] in FAMILIES:  # type: ignore[attr-defined]
                found.add(node.value)  # type: ignore[attr-defined]
    source = ast.parse((ROOT / "app/obstacles/service.py").read_text(encoding="utf-8"))
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_record":
            found.add(f"obstacle.{ast.literal_eval(node.args[3])}")
    return found


def test_every_act_in_the_code_has_its_word_and_kind() -> None:
    assert written() - CATALOGUE.keys() == set()


def test_no_word_stands_for_an_act_that_nobody_writes() -> None:
    assert CATALOGUE.keys() - written() == set()


def test_an_act_put_together_at_run_time_is_one_the_enumeration_knows() -> None:
    """Only obstacles make theirs of two halves; another such place would escape the enumeration above."""
    made = {
        str(path.relative_to(ROOT))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and str(node.values[0].value).rstrip(".") in FAMILIES
        and str(node.values[0].value).endswith(".")
    }
    assert made == {"app/obstacles/service.py"}


def test_words_are_chinese_and_every_kind_of_manual_act_has_an_act() -> None:
    assert all(not act.word.isascii() for act in CATALOGUE.values())
    narrower = set(catalogue.LIGHT_KINDS.values()) | {Manual.EXEMPTION}
    assert {act.manual for act in CATALOGUE.values()} - {None} | narrower == set(Manual)


def test_every_part_of_the_api_has_its_word_for_refusals() -> None:
    routes = [route for router in (*PUBLIC, *SIGNED_IN) for route in router.routes if isinstance(route, APIRoute)]
    areas = {route.path.removeprefix("/api/").partition("/")[0] for route in routes}
    assert areas - AREAS.keys() == set()
    assert word_of("POST /api/uploads/{upload_id}/commit") == "办理月报导入"
    assert word_of("GET /api/audit") == "查看操作日志"


@pytest.mark.parametrize(
    ("action", "detail", "kind"),
    [
        ("project.light_decision", {"kind": "override"}, Manual.OVERRIDE),
        ("project.light_decision", {"kind": "exemption"}, Manual.LIGHT_EXEMPTION),
        ("project.light_decision_withdraw", {"kind": "outlook"}, Manual.OUTLOOK),
        ("project.event", {"kind": "免考"}, Manual.EXEMPTION),
        ("project.event", {"kind": "暂缓"}, Manual.EVENT),
        ("upload.commit", {"answers": {"q1": "keep"}}, Manual.ANSWER),
        ("upload.commit", {"answers": {}}, None),
        ("upload.try", {}, None),
        ("ballot.cast", {}, None),
    ],
)
def test_the_kind_of_a_manual_act_is_told_from_the_entry(
    action: str, detail: dict[str, object], kind: Manual | None
) -> None:
    assert manual_kind(action, detail) is kind


def test_what_is_not_registered_or_sensitive_is_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue.is_sensitive("ballot.cast")
    assert not catalogue.is_sensitive("upload.commit")
    assert not catalogue.is_sensitive("POST /api/uploads")
    later = {**CATALOGUE, "ballot.cast": Act("投票", None, is_sensitive=True)}
    monkeypatch.setattr(catalogue, "CATALOGUE", later)
    assert (word_of("ballot.cast"), catalogue.is_sensitive("ballot.cast")) == ("投票", True)
