"""恢复演练: a backup put back elsewhere and worked out again; what came of it is kept and seen, good or bad."""

import asyncio
import json
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from app import cli
from app.audit import service as audit
from app.audit.service import Actor
from app.database import open_database
from app.errors import Busy, Refused
from app.evidence.models import StoredFile
from app.maintenance import backups, drills, folders, nightly
from app.maintenance.drills import Drill
from app.maintenance.expiry import expire_tries
from app.settings import Settings
from app.uploads import service as uploads
from app.uploads.models import Upload
from tests.app.kept_county import NAME, NIGHT, back_up, change_byte
from tests.app.sheets import JUNE, month_sheet
from tests.conftest import ClientAs
from tests.installations import NOTHING, Templates
from tests.tampering import tampered

ROLES = ("office", "office_head", "leader", "unit", "inspector", "auditor", "admin")


def drill(settings: Settings, folder: Path) -> Drill:
    database = open_database(settings)
    try:
        return drills.drill(database, settings, folder, actor=Actor.command(), now=NIGHT + timedelta(hours=1))
    finally:
        database.close()


@pytest.mark.database
def test_a_good_drill_is_recorded_in_the_file_the_history_and_the_trail_and_leaves_nothing_else(
    kept_settings: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path)
    before = sorted(path.name for path in kept_settings.home.iterdir())
    found = drill(kept_settings, tmp_path)
    assert found.sentence == (
        f"恢复演练通过：备份 {NAME} 恢复到临时位置并全部重算，5期榜单、10个得分、"
        f"操作日志{made.backup.inventory.chain_number}条与备份时一致，用时{found.seconds}秒。"
    )
    last = json.loads((kept_settings.home / "last-drill.json").read_text(encoding="utf-8"))
    assert (last["at"], last["ok"], last["backup"]) == ("2023-11-25T19:30:05Z", True, NAME)
    assert (last["sentence"], last["seconds"]) == (found.sentence, found.seconds)
    history = (kept_settings.home / "drills.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in history] == [last]
    after = sorted(path.name for path in kept_settings.home.iterdir())
    assert set(after) - set(before) == {"last-drill.json", "drills.jsonl", "drill.lock"}
    database = open_database(kept_settings)
    with database.read() as session:
        assert audit.verify(session) == []
        if not database.is_sqlite:
            names = "SELECT datname FROM pg_database WHERE datname LIKE 'sanzhong_drill_%%'"
            assert session.connection().exec_driver_sql(names).all() == []
    database.close()


@pytest.mark.sqlite("备份取自SQLite文件；PostgreSQL的演练另有一项")
def test_one_changed_byte_fails_the_drill_visibly_with_exit_1_and_the_last_good_one_is_still_named(
    kept_settings: Settings,
    tmp_path: Path,
    client_as: ClientAs,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    folder = back_up(kept_settings, tmp_path).backup.folder
    assert cli.run(["drill", str(tmp_path)]) == 0
    capsys.readouterr()
    change_byte(folder / "sanzhong.sqlite", -1)
    assert cli.run(["drill", str(tmp_path)]) == 1
    sentence = f"恢复演练失败：备份 {NAME} 的 sanzhong.sqlite 与其校验码不符，备份已损坏或被改动，请换一份。"
    assert capsys.readouterr().err == f"{sentence}\n"
    assert json.loads((kept_settings.home / "last-drill.json").read_text())["ok"] is False
    seen = client_as("auditor").get("/api/maintenance").json()
    assert (seen["drill"]["ok"], seen["drill"]["sentence"]) == (False, sentence)
    assert (seen["good_drill"]["ok"], seen["good_drill"]["backup"]) == (True, NAME)
    assert (seen["good_drill"]["boards"], seen["good_drill"]["scores"]) == (5, 10)
    assert (seen["backup"]["backup"], seen["restore"]) == (NAME, None)
    assert seen["nightly"] == {"is_on": False, "hour": None, "keep": {"daily": 14, "weekly": 8, "monthly": 24}}


@pytest.mark.slow
def test_a_drill_of_data_that_was_damaged_when_it_was_backed_up_fails_too(
    kept_settings: Settings, tmp_path: Path
) -> None:
    database = open_database(kept_settings)
    with tampered(database) as session:
        session.connection().exec_driver_sql("UPDATE stored_files SET content = x'00'")
    database.close()
    back_up(kept_settings, tmp_path)
    found = drill(kept_settings, tmp_path)
    assert not found.ok
    assert "能恢复，但备份时数据就有1处核对不符：第1号导入“六月.xlsx”的原始文件" in found.sentence


@pytest.mark.sqlite("备份取自SQLite文件；PostgreSQL的演练另有一项")
def test_without_a_backup_one_is_made_first_and_a_command_without_a_folder_asks_for_it(
    kept_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    monkeypatch.delenv("SANZHONG_BACKUP_DIR", raising=False)
    assert cli.run(["drill"]) == 2
    assert "请写明放备份的文件夹，如 sanzhong backup /mnt/backup；或设 SANZHONG_BACKUP_DIR。" in capsys.readouterr().err
    assert cli.run(["backup", str(tmp_path / "b"), "--keep", "two"]) == 2
    monkeypatch.setenv("SANZHONG_BACKUP_DIR", str(tmp_path / "b"))
    capsys.readouterr()
    assert cli.run(["drill"]) == 0
    [name] = backups.names_in(tmp_path / "b")
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'b' / name}\n"
    assert [line.partition("：")[0] for line in said.err.splitlines()] == ["备份已做好", "提示", "恢复演练通过"]


def test_two_drills_at_once_are_refused(kept_settings: Settings, tmp_path: Path) -> None:
    with folders.alone(kept_settings.home / drills.LOCK, "-"), pytest.raises(Busy, match="正有一次恢复演练在做"):
        drill(kept_settings, tmp_path)


@pytest.mark.database("postgresql")
def test_where_no_database_may_be_made_an_empty_one_is_named_and_emptied_again(
    kept_settings: Settings, tmp_path: Path, templates: Templates
) -> None:
    back_up(kept_settings, tmp_path)
    empty = templates.copy("postgresql", tmp_path, NOTHING)
    given = kept_settings.model_copy(update={"drill_database_url": empty.database_url})
    assert drill(given, tmp_path).ok
    assert drill(given, tmp_path).ok  # empty again
    templates.forget(empty)
    own = kept_settings.model_copy(update={"drill_database_url": kept_settings.database_url})
    assert "不是空的，演练没有做" in drill(own, tmp_path).sentence


@pytest.mark.database("postgresql")
def test_a_database_account_that_may_not_make_databases_is_told_what_to_do(
    kept_settings: Settings, tmp_path: Path
) -> None:
    back_up(kept_settings, tmp_path)
    database = open_database(kept_settings)
    with database.write() as session:
        session.connection().exec_driver_sql("CREATE ROLE modest LOGIN")
    database.close()
    query = dict(make_url(kept_settings.url()).query)
    url = make_url(kept_settings.url()).set(query={**query, "user": "modest"}).render_as_string(False)
    with pytest.raises(Refused, match="不能建临时数据库，演练没有做。请由数据库管理员执行 ALTER ROLE 账号 CREATEDB"):
        with drills.scratch(kept_settings.model_copy(update={"database_url": url})):
            pass


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_the_last_backup_and_drill(client_as: ClientAs, role: str) -> None:
    answer = client_as(role).get("/api/maintenance")
    if role in ("auditor", "admin", "office_head"):
        assert answer.json()["backup"] is None
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


# ---- by itself, at night --------------------------------------------------------------------------------------------


def at(hour: int, minute: int = 0, day: int = 26) -> datetime:
    """An hour of 26 November 2023 in Shanghai."""
    return datetime(2023, 11, day, hour, minute, tzinfo=nightly.SHANGHAI).astimezone(UTC)


def test_the_nights_work_is_due_once_a_day_in_its_hour_and_only_where_both_settings_are_set(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, backup_dir=tmp_path / "b", backup_hour=2)
    assert nightly.due_day(settings, at(1, 59)) is None
    assert nightly.due_day(settings, at(2)) == date(2023, 11, 26)
    assert nightly.claim(settings, at(2))
    assert not nightly.claim(settings, at(2, 1))  # this process or another
    assert nightly.due_day(settings, at(3)) is None
    assert nightly.claim(settings, at(2, day=27))
    for off in ({"backup_hour": None}, {"backup_dir": None}):
        assert not nightly.claim(settings.model_copy(update=off), at(2, day=28))


def test_while_another_process_claims_it_none_else_does(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, backup_dir=tmp_path / "b", backup_hour=2)
    with folders.alone(tmp_path / nightly.LOCK, "-"):
        assert not nightly.claim(settings, at(2))


@pytest.mark.slow
def test_the_nights_command_backs_up_and_drills_in_a_process_of_its_own(
    kept_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = kept_settings.model_copy(update={"backup_dir": tmp_path / "b", "backup_hour": 2})
    with caplog.at_level(logging.INFO, logger="app.maintenance.nightly"):
        asyncio.run(nightly.run(settings))
    [logged] = [record for record in caplog.records if record.message == "nightly maintenance"]
    assert (logged.levelname, logged.__dict__["exit"]) == ("INFO", 0)
    assert "恢复演练通过" in logged.__dict__["said"]
    assert len(backups.names_in(tmp_path / "b")) == 1
    assert json.loads((settings.home / "last-drill.json").read_text())["ok"] is True


@pytest.mark.slow
def test_a_night_that_fails_is_logged_as_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "home").write_text("no folder")
    settings = Settings(home=tmp_path / "home", backup_dir=tmp_path / "b", backup_hour=2)
    asyncio.run(nightly.run(settings))
    [logged] = [record for record in caplog.records if record.message == "nightly maintenance"]
    assert (logged.levelname, logged.__dict__["exit"]) == ("ERROR", 1)


# ---- what expires ---------------------------------------------------------------------------------------------------


def test_a_try_nobody_commits_is_given_up_with_its_file_and_whatever_counts_stays(planned_settings: Settings) -> None:
    settings = planned_settings
    database = open_database(settings)
    office = Actor(None, "经办员", "office")

    def tried(rows: Any, when: datetime) -> int:
        number: int = uploads.try_upload(database, office, "T", "六月.xlsx", month_sheet(6, rows), at=when)["id"]
        return number

    old, young = tried(JUNE, NIGHT - timedelta(days=31)), tried(JUNE[:2], NIGHT - timedelta(days=29))
    assert expire_tries(database, settings, NIGHT) == [old]
    with database.read() as session:
        states = {number: session.get_one(Upload, number).state for number in (1, old, young)}
        kept = session.get_one(Upload, young).sha256
        assert states == {1: "committed", old: "discarded", young: "tried"}
        assert session.get_one(Upload, old).discarded_by == "到期清理"
        assert session.get_one(Upload, old).reading == ""
        assert session.get(StoredFile, kept) is not None
        assert session.connection().exec_driver_sql("SELECT count(*) FROM stored_files").scalar_one() == 2
        assert audit.verify(session) == []
    assert expire_tries(database, settings, NIGHT) == []
    database.close()
