"""The commands rulebook check / keys / show / trial / adopt: data on stdout, sentences on stderr, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from app.accounts import service as accounts
from app.audit.service import Actor
from app.database import Database
from app.programmes import service as programmes
from app.settings import Settings
from tests.app.county import County
from tests.installations import use

TEXT = programmes.rule_book_text("county-default")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    use(monkeypatch, settings)

    def command(*words: str) -> tuple[int, str, str]:
        code = cli.run(["rulebook", *words])
        said = capsys.readouterr()
        return code, said.out, said.err.strip()

    return command


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """良好 from 85 instead of 80, as version 2."""
    text = TEXT.replace('version = "1"', 'version = "2"')
    text = text.replace('from = { value = 80, unit = "分" }', 'from = { value = 85, unit = "分" }')
    path = tmp_path / "新办法.toml"
    path.write_text(text.replace('below = { value = 80, unit = "分" }', 'below = { value = 85, unit = "分" }'), "utf-8")
    return path


def test_a_sound_book_is_accepted_without_a_database(
    run: Run, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, Settings(home=tmp_path / "none", database_url=None))
    code, out, trouble = run("check", str(book))
    assert (code, trouble) == (0, "")
    assert out.startswith("县级默认考核办法（代号 county-default，第2版）可以使用，共")
    code, out, _ = run("check", str(book), "--json")
    assert (code, json.loads(out)["decision"], json.loads(out)["version"]) == (0, "accept", "2")
    assert not (tmp_path / "none").exists()


def test_a_faulty_book_is_refused_in_one_sentence(run: Run, book: Path) -> None:
    book.write_text(TEXT.replace("Q4 = { value = 50", "Q4 = { value = 40"), "utf-8")
    sentence = "考核办法“final.weights”有误：四个季度的权重合计应为100，现为90，请更正后再启用。"
    assert run("check", str(book)) == (1, "", sentence)
    code, out, _ = run("check", str(book), "--json")
    assert (code, json.loads(out)["key"], json.loads(out)["help"]) == (1, "final.weights", "这一节有：Q1、Q2、Q3、Q4。")
    book.write_bytes("考核".encode("gb18030"))
    assert run("check", str(book)) == (1, "", "新办法.toml不是UTF-8编码的文本，请另存为UTF-8后再试。")


def test_a_file_that_is_not_there_is_bad_usage(run: Run, tmp_path: Path) -> None:
    assert run("check", str(tmp_path / "没有.toml"))[0] == 2


def test_every_key_is_listed(run: Run) -> None:
    code, out, _ = run("keys")
    assert code == 0
    assert "final.weights.Q4\t四个季度合计为100\t0—100之间的数，最多4位小数，单位%" in out.splitlines()
    assert json.loads(run("keys", "--json")[1])["total"] == len(out.splitlines())


def test_trial_and_adoption_from_the_command_line(run: Run, book: Path, database: Database, settings: Settings) -> None:
    """October: 甲 800 of 1000 = 80.00 falls to 一般, 乙 with 86.00 stays."""
    county = County(database)
    for name in "甲乙":
        county.project(name)
    county.record("2023-10", {"甲": 800, "乙": 860})
    with database.write() as session:
        for name, role in (("王科员", "office"), ("李主任", "office_head"), ("张县长", "leader")):
            accounts.add(session, settings, Actor.command(), name, role, password=None, scope="county")
    code, out, err = run("trial", str(book), "--programme", "2023", "--period", "2023-10")
    assert (code, out) == (0, f"{county.codes['甲']}\t甲\t80.00 第2名 良好 green → 80.00 第2名 一般 green\n")
    assert err.startswith("2023年10月：2项中1项会有变动。")
    assert json.loads(run("trial", str(book), "--programme", "2023", "--period", "2023-10", "--json")[1])["moved"] == 1
    adopt = ("adopt", str(book), "--programme", "2023", "--from", "2023-11", "--reason", "会议", "--by")
    assert run(*adopt, "张县长")[0] == 1
    assert run(*adopt, "王科员") == (
        3,
        "",
        "county-default（第2版）已拟稿，自2023年11月起，还须办公室主任启用才生效。",
    )
    code, _, err = run(*adopt, "李主任")
    assert code == 0
    assert err.startswith("county-default（第2版）已启用，自2023年11月起施行，校验码")
    assert run("show", "--programme", "2023")[1].rstrip("\n") == TEXT.rstrip("\n")
    assert 'version = "2"' in run("show", "--programme", "2023", "--month", "2023-11")[1]
