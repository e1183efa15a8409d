"""What must not stand in the source at all (静态检查): SECURITY A8, B5, B7, C1; looked up in every tracked file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from app import migrations

ROOT = Path(__file__).parents[2]
SHIPPED = ("app", "dashboard", "importers", "scoring", "data")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository; without git (an unpacked archive), every file that is not ignored by name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("不是 git 工作区，无从得知哪些文件随库提交")
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Every tracked file that is text, by its name."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            yield str(path.relative_to(ROOT)), content.decode("utf-8", "replace")


@cache
def modules() -> dict[str, ast.Module]:
    """The product's own Python, parsed."""
    return {name: ast.parse(text) for name, text in texts() if name.endswith(".py") and name.split("/")[0] in SHIPPED}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in modules().items():
        yield from ((f"{name}:{node.lineno}", node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(node: ast.Call) -> str:
    """The name called, as written: `op.execute`, `eval`."""
    return ast.unparse(node.func)


def test_the_lookup_finds_the_product() -> None:
    assert len(modules()) > 200
    assert {"app/main.py", "dashboard/client.py", "importers/worker.py"} <= modules().keys()


# ---- code from text, queries from text ------------------------------------------------------------------------------

RUNS_TEXT = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.loads", "pickle.load",
             "marshal.loads", "yaml.load", "subprocess.getoutput"}  # fmt: skip


# The child that reads workbooks, of what its own parent sends it over a socket that has no name.
PIPED = {("importers/worker.py", "pickle.loads")}


def test_nothing_runs_text_as_code() -> None:
    found = {(where.split(":")[0], called(node)) for where, node in calls() if called(node) in RUNS_TEXT}
    assert found - PIPED == set()
    shells = [
        where
        for where, node in calls()
        for word in node.keywords
        if word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
    ]
    assert shells == []


# How a text becomes markup or a program in the browser: in our scripts, and as what Python asks of components.
MAKES_MARKUP = re.compile(
    r"(inner|outer)HTML|insertAdjacentHTML|dangerously\w*|document\.write|DOMParser|createContextualFragment|srcdoc"
    r"|\beval\(|new Function|set(Timeout|Interval)\(\s*[\"'`]|javascript:|rehype|Markdown|html\.Script",
    re.IGNORECASE,
)


def test_no_text_becomes_markup_in_the_browser() -> None:
    """Our cells and pages hand text to React and `textContent`, which show it as it is, whatever page it stands on."""
    looked_at = {
        name: text for name, text in texts() if name.startswith("dashboard/") and name.endswith((".js", ".py"))
    }
    assert len(looked_at) > 40 and "dashboard/assets/grid.js" in looked_at
    assert {(name, one[0]) for name, text in looked_at.items() for one in MAKES_MARKUP.finditer(text)} == set()


SQL = re.compile(r"\b(select|insert|update|delete|pragma|create|drop|alter|begin)\b", re.IGNORECASE)
TAKES_SQL = ("text", "exec_driver_sql", "execute", "executescript", "executemany", "literal_column")
# Values in these come from constants of the module alone, never from a request, each looked at.
MADE_OF_CONSTANTS = {
    ("app/migrations/__init__.py", "ADVISORY_LOCK"),
    ("app/database.py", "'ON' if foreign_keys else 'OFF'"),
    ("app/database.py", "patience"),
    ("app/audit/protection.py", "ours"),  # the guards' own names
    ("app/audit/protection.py", "triggers"),
    ("app/audit/protection.py", "name"),
    ("app/audit/protection.py", "on"),
    ("app/maintenance/drills.py", "name"),  # made from the clock and chance
    ("app/maintenance/table_rows.py", "change"),
    ("app/maintenance/table_rows.py", "query"),
}


def test_no_query_is_built_from_text_with_values_in_it() -> None:
    """f-strings, +, % and .format reach no call that takes SQL, but for the constants named above."""
    wrong = []
    for where, node in calls():
        if called(node).rpartition(".")[2] not in TAKES_SQL or not node.args:
            continue
        given = node.args[0]
        if isinstance(given, ast.JoinedStr):
            values = {ast.unparse(part.value) for part in given.values if isinstance(part, ast.FormattedValue)}
            wrong += [f"{where} {{{one}}}" for one in values if (where.split(":")[0], one) not in MADE_OF_CONSTANTS]
        elif isinstance(given, ast.BinOp) or (isinstance(given, ast.Call) and called(given).endswith(".format")):
            # psycopg's own composition quotes what it is given
            if SQL.search(ast.unparse(given)) and not ast.unparse(given).startswith("sql.SQL("):
                wrong.append(f"{where} {ast.unparse(given)}")
    assert wrong == []


# ---- what comes in --------------------------------------------------------------------------------------------------


def tables() -> set[str]:
    """The classes that are tables (`table=True`): they validate nothing (sqlmodel issue 453)."""
    return {
        node.name
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(word.arg == "table" and ast.unparse(word.value) == "True" for word in node.keywords)
    }


def is_route(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(one).startswith("router.") for one in node.decorator_list)


# Spread into a table's row: the bookkeeping of a change, the values that `revise` has compared, the named words of a
# service's own signature, and the trail's own rows as `verify` reads them back.
KNOWN_SPREADS = ("change.stamp(", "self.stamp(", "fields", "{**row, 'at': at.replace(")


def test_no_table_is_built_from_what_came_in() -> None:
    """Routes take plain models; rows are made of named values that a service has looked at."""
    known = tables()
    assert len(known) > 30
    wrong = []
    for name, tree in modules().items():
        for node in ast.walk(tree) if name.startswith("app/") else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_route(node):
                for argument in [*node.args.args, *node.args.kwonlyargs]:
                    words = set(re.findall(r"\w+", ast.unparse(argument.annotation) if argument.annotation else ""))
                    wrong += [f"{name}:{node.lineno} {argument.arg}: {one}" for one in words & known]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
                spread = [ast.unparse(word.value) for word in node.keywords if word.arg is None]
                wrong += [f"{name}:{node.lineno} **{one}" for one in spread if not one.startswith(KNOWN_SPREADS)]
            elif isinstance(node, ast.Call) and called(node).split(".")[0] in known and "validate" in called(node):
                wrong.append(f"{name}:{node.lineno} {called(node)}")
    assert wrong == []


def test_what_a_route_takes_is_declared_and_bounded() -> None:
    """No route reads a request's body by hand: what is not declared is not validated."""
    found = [
        where
        for where, node in calls()
        if where.split(":")[0].endswith("routes.py")
        and called(node) in ("request.json", "request.body", "request.form")
    ]
    assert found == []


# ---- the screen -----------------------------------------------------------------------------------------------------


def test_every_callback_of_the_screen_is_a_coroutine() -> None:
    found, wrong = 0, []
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            decorators = [ast.unparse(one.func) for one in node.decorator_list if isinstance(one, ast.Call)]
            if any(one in ("callback", "dash.callback", "app.callback") for one in decorators):
                found += 1
                wrong += [f"{name}:{node.lineno} {node.name}"] if isinstance(node, ast.FunctionDef) else []
    assert wrong == []
    assert found > 25


def test_the_screen_has_no_key_of_its_own_and_no_way_round_the_api() -> None:
    """SECURITY B5: it asks with the person's own cookie; no token, no database, no secret in dashboard/."""
    forbidden = re.compile(
        r"authorization|bearer|service_token|api_key|secret_key|open_database|\bSession\(", re.IGNORECASE
    )
    found = [
        f"{name}: {match.group()}"
        for name, text in texts()
        if name.startswith("dashboard/") and name.endswith(".py")
        for match in forbidden.finditer(text)
    ]
    assert found == []


# ---- secrets, personal data -----------------------------------------------------------------------------------------

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(AKIA|LTAI|AKID)[0-9A-Za-z]{12,}\b"),
    "forge token": re.compile(r"\b(gh[pousr]_[0-9A-Za-z]{20,}|glpat-[0-9A-Za-z_-]{16,}|xox[abprs]-[0-9A-Za-z-]{10,})"),
    "signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{5,}"),
    "hash of a password": re.compile(r"\$(argon2id?|2[aby]|6|5)\$[^\s\"']{20,}"),
    "database address with a password": re.compile(
        r"\b(postgres(ql)?|mysql)(\+\w+)?://(?!用户:口令@)[^\s:/@]+:[^\s@/]+@"
    ),
    "assigned": re.compile(
        r"""(?ix)\b(\w*secret\w*|\w*password\w*|passwd|\w*api_?key\w*|access_?token)["']?\s*[:=]\s*["'][^"'{}\s\u4e00-\u9fff]{6,}["']"""
    ),
}
# Words typed in tests, which open nothing outside them.
ONLY_IN_TESTS = "tests/"
NOT_FOR_THE_REPOSITORY = re.compile(r"(^|/)(var/|\.env|id_rsa|secret$)|\.(sqlite3?|db|pem|key|p12|pfx|crt|log)$")


def test_the_repository_holds_no_secret() -> None:
    found = []
    for name, text in texts():
        for what, pattern in SECRETS.items():
            for match in pattern.finditer(text):
                if not (name.startswith(ONLY_IN_TESTS) and what in ("assigned", "database address with a password")):
                    found.append(f"{name}: {what} {match.group()[:30]}")
    assert [one for one in found if not one.startswith("tests/trust/test_static.py")] == []
    listed = [str(path.relative_to(ROOT)) for path in tracked()]
    assert [name for name in listed if NOT_FOR_THE_REPOSITORY.search(name)] == []
    assert "var/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_no_table_has_a_place_for_telephone_or_identity_numbers() -> None:
    """G1: they are not needed, so they are not asked for. What somebody types beside a name stays with the project."""
    metadata: MetaData = migrations.all_tables()
    columns = [(table.name, column.name) for table in metadata.tables.values() for column in table.columns]
    assert len(columns) > 200
    personal = re.compile(r"phone|mobile|telephone|id_card|identity|birth|gender|e_?mail|wechat|home_address")
    assert [one for one in columns if personal.search(one[1])] == []


def test_what_is_shipped_holds_no_telephone_or_identity_number() -> None:
    """The demo's people are invented and have none."""
    number = re.compile(r"(?<![\d.])(1[3-9]\d{9}|[1-9]\d{5}(19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx])(?![\d.])")
    found = [
        f"{name}: {match.group()}"
        for name, text in texts()
        if name.split("/")[0] in SHIPPED
        for match in number.finditer(text)
    ]
    assert found == []


# ---- addresses ------------------------------------------------------------------------------------------------------

ADDRESS = re.compile(r"(?:https?|wss?|ftp)://([A-Za-z0-9_.-]+)")
# Names of XML formats, which nobody calls; the machine itself; names that can exist nowhere (RFC 2606, 6761).
NAMESPACES = {"schemas.openxmlformats.org", "purl.oclc.org", "www.w3.org", "schemas.microsoft.com"}
OURSELVES = {"127.0.0.1", "localhost", "testserver", "h", "x", "sanzhong"}  # the last: nginx's name for us
NOWHERE = re.compile(r"(^|\.)(example|example\.(org|com|net)|test|invalid|example\.gov\.cn)$")


def test_every_address_in_the_repository_is_a_format_the_machine_itself_or_nowhere() -> None:
    """Works with no internet: nothing shipped calls another host, nor tells where somebody's packages came from."""
    found = {
        f"{name}: {host}"
        for name, text in texts()
        for host in ADDRESS.findall(text)
        if host.rstrip(".") not in NAMESPACES | OURSELVES and not NOWHERE.search(host.rstrip("."))
    }
    assert found == set()


# Written in pieces, so that they do not stand here themselves.
REGISTRIES = ("py" + "pi.org", "pythonhosted" + ".org", "npm" + "js.org", "npm" + "js.com", "npm" + "mirror.com",
              "py" + "pi.tuna", "deb.debian" + ".org", "registry" + ".yarnpkg", "index-" + "url", "extra-" + "index",
              "jsdeliv" + "r", "unpk" + "g.com", "cdn" + "js", "fonts.google" + "apis", "cdn" + ".plot.ly")  # fmt: skip


def test_no_tracked_file_names_a_package_registry_or_a_cdn() -> None:
    # The option that leaves addresses out of the lock.
    allowed = {(name, "index-" + "url") for name in ("Makefile", "requirements.lock")}
    found = {(name, one) for name, text in texts() for one in REGISTRIES if one in text.lower()}
    assert found - allowed == set()
