"""备份: taken while the server writes, whole or not at all, never over another, and none let go that is needed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import migrations
from app.audit import service as audit
from app.database import open_database
from app.errors import Busy, Refused
from app.maintenance import backups, folders, service
from app.maintenance.backups import Keep
from app.settings import Settings
from tests.app.kept_county import NAME, NIGHT, back_up, change_byte
from tests.tampering import tampered


@pytest.mark.database
def test_a_backup_is_a_dated_folder_with_everything_in_it_and_a_hash_of_each_part(
    kept_settings: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path / "to" / "here")
    folder = tmp_path / "to" / "here" / NAME
    assert made.backup.folder == folder
    database_file = "sanzhong.sqlite" if kept_settings.database_url is None else "sanzhong.dump"
    assert {path.name for path in folder.iterdir()} == {
        *("audit-head.json", "settings.json", "manifest.json", "manifest.sha256"), database_file,
    }  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())} == {0o700, 0o600}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["name"], manifest["made_at"]) == (NAME, "2023-11-25T18:30:05Z")
    inventory = manifest["inventory"]
    assert inventory["revision"] == migrations.newest()
    assert (inventory["rows"]["projects"], inventory["rows"]["stored_files"], inventory["faults"]) == (2, 1, [])
    # April, May, June, the second quarter, the year; two projects score in each
    assert [board["period"] for board in inventory["boards"]] == ["2023-04", "2023-05", "2023-06", "2023Q2", "2023"]
    assert [board["scores"] for board in inventory["boards"]] == [2, 2, 2, 2, 2]
    for part in manifest["parts"]:
        said = subprocess.run(["sha256sum", folder / part["name"]], capture_output=True, text=True, check=True).stdout
        assert said.split()[0] == part["sha256"]
    done = subprocess.run(
        ["sha256sum", "-c", "manifest.sha256"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "manifest.json: OK\n"


def test_a_published_boards_fingerprint_is_in_the_manifest(kept_settings: Settings, tmp_path: Path) -> None:
    made = back_up(kept_settings, tmp_path)
    database = open_database(kept_settings)
    with database.read() as session:
        query = "SELECT fingerprint FROM publications WHERE period = '2023Q2'"
        issued = session.connection().exec_driver_sql(query).scalar_one()
    database.close()
    assert {board.period: board.fingerprint for board in made.backup.inventory.boards}["2023Q2"] == issued


def test_neither_the_signing_secret_nor_a_password_is_in_a_backup(kept_settings: Settings, tmp_path: Path) -> None:
    secret = "very-secret-" * 4
    settings = kept_settings.model_copy(update={"secret": secret, "drill_database_url": "postgresql://u:hidden@h/d"})
    made = back_up(settings, tmp_path)
    for path in made.backup.folder.iterdir():
        assert secret.encode() not in path.read_bytes()
        assert b"hidden" not in path.read_bytes()
    assert "未包括：签名密钥（恢复后大家需重新登录）、数据库口令、统一身份认证的密钥。" in made.sentence
    assert made.backup.settings()["idle_minutes"] == 120


def test_a_backup_is_on_the_trail_and_its_sentence_says_where_how_big_how_long_it_is(
    kept_settings: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path)
    assert made.sentence.startswith(f"备份已做好：{tmp_path / NAME}，")
    assert f"{folders.size_of(made.backup.size)}，用时{made.seconds:.1f}秒" in made.sentence
    assert "5期榜单、10个得分" in made.sentence
    database = open_database(kept_settings)
    with database.read() as session:
        entry = service.last(session, service.BACKUP)
        assert entry is not None
        assert (entry.target, entry.detail["bytes"]) == (NAME, made.backup.size)
        assert audit.verify(session) == []
    database.close()


def test_two_at_once_in_one_folder_is_refused_and_nothing_is_written_over(
    kept_settings: Settings, tmp_path: Path
) -> None:
    with folders.alone(tmp_path / backups.LOCK, "-"), pytest.raises(Busy, match="正有一份备份在做，请等它做完"):
        back_up(kept_settings, tmp_path)
    first = back_up(kept_settings, tmp_path).backup
    content = (first.folder / "manifest.json").read_bytes()
    with pytest.raises(Refused, match="已经存在，不覆盖"):
        back_up(kept_settings, tmp_path)
    assert (first.folder / "manifest.json").read_bytes() == content
    backups.check(first)


# ---- whole or not at all --------------------------------------------------------------------------------------------


def die_before_step(number: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that kills this process before its `number`-th step on files: write, rename, make, remove."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if is_writing or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect", "os.chmod"):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def survives(settings: Settings, folder: Path, step: int) -> bool:
    """Whether a backup in a process of its own comes through before it reaches the step at which it kills itself."""
    process = os.fork()
    if process == 0:
        sys.addaudithook(die_before_step(step))
        try:
            backups.make(open_database(settings), settings, folder, keep=None, now=NIGHT)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_backup_killed_at_any_step_leaves_nothing_that_is_taken_for_one(
    kept_settings: Settings, tmp_path: Path, stride: int
) -> None:
    step = 1
    while not survives(kept_settings, tmp_path, step):
        if backups.newest_in(tmp_path) is not None:  # killed after it got its name: then it is whole
            backups.check(backups.opened(tmp_path / NAME))
            shutil.rmtree(tmp_path / NAME)
        step += stride
    assert step > 14
    backups.check(backups.opened(tmp_path / NAME))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(folders.DRAFT)] == []


@pytest.mark.sqlite("备份取自SQLite文件")
def test_a_full_disk_ends_in_one_sentence_and_no_half_backup(kept_settings: Settings, tmp_path: Path) -> None:
    """Files may grow to 64 KB in this process: the database is larger."""
    script = f"""
import resource, signal
from app import cli
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
raise SystemExit(cli.run(["backup", {str(tmp_path / "b")!r}]))
"""
    environment = os.environ | {"SANZHONG_HOME": str(kept_settings.home)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("备份没有做成，没有留下半份备份：")
    assert len(done.stderr.splitlines()) == 1
    assert backups.names_in(tmp_path / "b") == []
    assert back_up(kept_settings, tmp_path / "b").backup.name == NAME


def test_without_room_for_it_no_backup_is_begun(
    kept_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1024})())
    with pytest.raises(Refused, match=r"备份没有做：.* 所在的磁盘只剩1\.0KB，约需.*请先清理磁盘，或换一个位置"):
        back_up(kept_settings, tmp_path)


# ---- one changed byte -----------------------------------------------------------------------------------------------


def refusal(folder: Path) -> str:
    with pytest.raises(Refused) as refused:
        backups.check(backups.opened(folder))
    return refused.value.message


def test_the_first_the_middle_and_the_last_byte_of_every_file_are_guarded(backup: Path) -> None:
    for path in sorted(backup.iterdir()):
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, -1):
            change_byte(path, place)
            said = refusal(backup)
            assert "与其校验码不符，备份已损坏或被改动，请换一份" in said
            assert (path.name if path.name != "manifest.sha256" else "manifest.json") in said
            path.write_bytes(whole)
    backups.check(backups.opened(backup))


def test_a_part_that_is_cut_off_missing_or_added_is_named(backup: Path) -> None:
    part = backup / "sanzhong.sqlite"
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    assert "sanzhong.sqlite 与其校验码不符" in refusal(backup)
    part.unlink()
    assert refusal(backup) == f"备份 {backup.name} 缺少 sanzhong.sqlite，备份不完整，请换一份。"
    part.write_bytes(whole)
    (backup / "more.txt").write_text("x")
    assert "里多出 more.txt" in refusal(backup)
    (backup / "more.txt").unlink()
    (backup / "manifest.sha256").unlink()
    assert "不是一份完整的备份" in refusal(backup)


@given(data=st.data())
def test_any_byte_of_any_file_changed_to_any_other_is_found(
    kept_template: tuple[Path, Path], data: st.DataObject
) -> None:
    _, folder = kept_template
    path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    try:
        path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
        assert "与其校验码不符" in refusal(folder)
    finally:
        path.write_bytes(whole)


# ---- how long they stay ---------------------------------------------------------------------------------------------


def name_of(day: date) -> str:
    return f"sanzhong-{day:%Y%m%d}-023000"


def test_of_three_years_of_nights_14_days_8_weeks_and_24_months_stay() -> None:
    newest = date(2023, 11, 26)  # a Sunday
    days = {name_of(day): day for day in (newest - timedelta(n) for n in range(3 * 365))}
    kept = sorted(days[name] for name in backups.kept(days, Keep(14, 8, 24)))
    # 14 days: 13 to 26 November. 8 weeks: the Sundays from 8 October on.
    assert kept[-14:] == [date(2023, 11, day) for day in range(13, 27)]
    sundays = [date(2023, 11, 26) - timedelta(weeks=n) for n in range(8)]
    assert set(sundays) <= set(kept)
    # 24 months: each one's last night, from December 2021 on.
    assert kept[0] == date(2021, 12, 31)
    assert {day for day in kept if day < date(2023, 10, 1)} == {
        date(year, month + 1, 1) - timedelta(1) if month < 12 else date(year, 12, 31)
        for year in (2021, 2022, 2023) for month in range(1, 13)
        if date(2021, 12, 1) <= date(year, month, 1) < date(2023, 10, 1)
    }  # fmt: skip
    # 14 days, the six Sundays before them, the ends of the 23 months before this one
    assert len(kept) == 14 + 6 + 23


@given(st.sets(st.dates(date(2020, 1, 1), date(2023, 12, 31)), min_size=1), st.integers(1, 5), st.integers(0, 5))
def test_the_newest_always_stays_and_a_larger_number_never_lets_more_go(
    nights: set[date], daily: int, others: int
) -> None:
    days = {name_of(day): day for day in nights}
    kept = backups.kept(days, Keep(daily, others, others))
    assert name_of(max(nights)) in kept
    assert kept <= backups.kept(days, Keep(daily + 1, others + 1, others + 1))


def copies(backup: Path, folder: Path, *days: int) -> None:
    """The same backup under other days' names of October 2023, each manifest in order."""
    for day in days:
        copy = Path(shutil.copytree(backup, folder / f"sanzhong-202310{day:02}-023000"))
        manifest = json.loads((copy / "manifest.json").read_text())
        content = folders.as_json({**manifest, "name": copy.name})
        (copy / "manifest.json").write_bytes(content)
        (copy / "manifest.sha256").write_bytes(backups.manifest_hash(content))


def test_old_ones_are_let_go_but_only_complete_ones_of_this_installation(
    kept_settings: Settings, backup: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    copies(backup, folder, 2, 3, 4, 5, 6)
    (folder / "sanzhong-20231002-023000" / "sanzhong.sqlite").unlink()  # half a copy somebody made
    manifest = json.loads((folder / "sanzhong-20231003-023000" / "manifest.json").read_text())
    manifest["inventory"]["installation"] = "another county's"
    content = folders.as_json(manifest)
    (folder / "sanzhong-20231003-023000" / "manifest.json").write_bytes(content)
    (folder / "sanzhong-20231003-023000" / "manifest.sha256").write_bytes(backups.manifest_hash(content))
    (folder / "notes").mkdir()
    made = back_up(kept_settings, folder, keep=Keep(2, 0, 0))
    # 26 November and 6 October are the newest two days; the 5th and the 4th go
    assert made.removed == ["sanzhong-20231005-023000", "sanzhong-20231004-023000"]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "notes", "sanzhong-20231002-023000", "sanzhong-20231003-023000", "sanzhong-20231006-023000", NAME,
    ]  # fmt: skip


@pytest.mark.sqlite("直接改SQLite文件")
def test_the_last_good_one_stays_when_the_newer_ones_are_of_a_damaged_database(
    kept_settings: Settings, backup: Path, tmp_path: Path
) -> None:
    copies(backup, tmp_path / "b", 2)
    database = open_database(kept_settings)
    with tampered(database) as session:
        session.connection().exec_driver_sql("UPDATE stored_files SET content = x'00'")
    database.close()
    first = back_up(kept_settings, tmp_path / "b", keep=Keep(1, 0, 0))
    assert first.backup.inventory.faults[0].startswith("第1号导入“六月.xlsx”的原始文件")
    second = back_up(kept_settings, tmp_path / "b", keep=Keep(1, 0, 0), now=NIGHT + timedelta(days=1))
    assert second.removed == [NAME]  # a damaged one may go
    assert backups.names_in(tmp_path / "b") == ["sanzhong-20231127-023005", "sanzhong-20231002-023000"]


def test_with_the_clock_set_back_nothing_is_let_go_and_that_is_said(
    kept_settings: Settings, backup: Path, tmp_path: Path
) -> None:
    copies(backup, tmp_path / "b", 2, 3, 4)
    made = back_up(kept_settings, tmp_path / "b", keep=Keep(1, 0, 0), now=datetime(2022, 10, 3, tzinfo=UTC))
    assert made.removed == []
    assert made.notice.startswith("时钟早于最近一份备份（sanzhong-20231004-023000），旧备份一份也没有清理")
    assert len(backups.names_in(tmp_path / "b")) == 4
