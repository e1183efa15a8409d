"""The borders of DESIGN §2: which way imports point, and what an import may not do."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("scoring", "importers", "app", "dashboard", "data")

# Inside app a package imports only from its left.
ORDER = (
    "settings errors columns logs database revisions audit migrations console organisation web storable accounts "
    "programmes evidence projects inspections obstacles support standings alerts appeals publications "
    "inspection_teams assessees whatif rulebooks templates uploads trail pipeline "
    "decisions bulletins verifications maintenance moving operations demonstration middleware main cli __main__"
).split()


def sources(*packages: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for package in packages for path in (ROOT / package).rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's syntax, read once for all that is asked of it."""
    return tuple(ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))))


def imports(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, dotted: `from app.audit import service` is app.audit.service."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(path: Path, *, methods: bool = True) -> set[str]:
    """The names of all functions, and methods, that a file calls."""
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    functions = {call.id for call in calls if isinstance(call, ast.Name)}
    return functions | {call.attr for call in calls if isinstance(call, ast.Attribute) and methods}


def own(names: Iterator[str]) -> set[str]:
    return {name.split(".")[0] for name in names} & set(PACKAGES)


@pytest.mark.parametrize("path", sources("scoring"), ids=str)
def test_scoring_imports_only_itself_numpy_and_the_standard_library(path: Path) -> None:
    allowed = {"scoring", "numpy", *sys.stdlib_module_names}
    assert {name.split(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", sources("scoring"), ids=str)
def test_scoring_reads_no_clock_and_opens_no_file(path: Path) -> None:
    forbidden = {"open", "today", "now", "utcnow", "read_text", "read_bytes", "write_text", "urlopen"}
    assert called(path) & forbidden == set()


@pytest.mark.parametrize("path", sources("importers"), ids=str)
def test_importers_know_neither_app_nor_dashboard_nor_scoring(path: Path) -> None:
    assert own(imports(path)) <= {"importers"}


@pytest.mark.parametrize("path", sources("app"), ids=str)
def test_app_never_imports_the_dashboard(path: Path) -> None:
    assert own(imports(path)) <= {"app", "importers", "scoring", "data"}


@pytest.mark.parametrize("path", sources("dashboard"), ids=str)
def test_the_dashboard_takes_from_app_only_what_starts_it_and_only_in_main(path: Path) -> None:
    taken = {name for name in imports(path) if name.split(".")[0] in ("app", "scoring", "importers")}
    starting = {"app.main.create_app", "app.operations.collector"}
    assert taken <= (starting if path == Path("dashboard/main.py") else set())


@pytest.mark.parametrize("path", sources("app"), ids=str)
def test_inside_app_a_package_imports_only_packages_to_its_left(path: Path) -> None:
    mine = path.parts[1].removesuffix(".py")
    if mine == "__init__":
        return
    assert mine in ORDER, f"say where {mine} stands"
    theirs = {name.split(".")[1] for name in imports(path) if name.startswith("app.")}
    assert {other for other in theirs if ORDER.index(other) > ORDER.index(mine)} == set()


def test_no_two_files_import_each_other_however_far_round() -> None:
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in sources(*PACKAGES)}
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        taken = {name if name in modules else name.rpartition(".")[0] for name in imports(path)}
        graph[module] = (taken & modules.keys()) - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=str)
def test_files_are_named_by_nouns(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "common", "misc"} & {
        part.removesuffix(".py") for part in path.parts
    }


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=str)
def test_nothing_is_evaluated_from_text(path: Path) -> None:
    assert called(path, methods=False) & {"eval", "exec"} == set()


WATCH = """
import importlib, socket, sqlite3, sys
def refuse(*_, **__): raise AssertionError("an import opened a connection")
sqlite3.connect = sqlite3.dbapi2.connect = socket.socket.connect = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_importing_opens_no_connection_and_reads_no_environment(tmp_path: Path) -> None:
    """Settings that cannot be read do no harm before a Settings is made, and nothing is written."""
    names = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in sources("scoring", "importers", "app", "dashboard")
        if path.parts[:2] not in (("app", "migrations"), ("dashboard", "pages"))  # env runs in Alembic, pages in Dash
    ]
    home = tmp_path / "home"
    environment = os.environ | {"SANZHONG_PORT": "not a port", "SANZHONG_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *names], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not home.exists()


def test_no_secret_lies_in_the_repository() -> None:
    """SECURITY A8: what looks like a key or a password hash is found nowhere in code or data."""
    marks = ("-----BEGIN", "$argon2id$", "PRIVATE KEY")
    found = [
        f"{path}: {mark}"
        for path in sources(*PACKAGES)
        for mark in marks
        if mark in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert found == []
