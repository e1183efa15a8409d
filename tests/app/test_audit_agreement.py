"""账实相符: stored files are the bytes of their hash, and tables say what the trail says was signed and committed."""

import hashlib
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.appeals import service as appeals
from app.appeals.attachments import Attachment
from app.audit.service import Actor
from app.database import Database
from app.evidence import service as evidence
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects.models import Project
from app.publications import service as publishing
from app.publications.models import Publication
from app.settings import Settings
from app.trail import agreement
from app.uploads import service as uploads
from tests.app.sheets import JUNE, month_sheet
from tests.tampering import tampered

OFFICE, HEAD = Actor(None, "经办员", "office"), Actor(None, "办公室主任", "office_head")


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def database(database: Database) -> Database:
    """The planned county; June came in as the second upload and is signed, an appeal with a file was filed on it."""
    uploads.import_workbook(database, OFFICE, "T", "六月.xlsx", month_sheet(6, JUNE))
    with database.write() as session:
        change = programmes.begin_change(session, "T", OFFICE)
        publishing.draft(change, "2023-06", terms=appeals.Terms(3, 0))
    with database.write() as session:
        programme = programmes.get(session, "T")
        unit = organisations.ensure_unit(session, programme.organisation_id, "杨屯镇")
        filer = Actor(None, "杨屯镇经办", "unit", unit_id=unit.id)
        project = session.exec(select(Project).where(Project.code == "A001")).one()
        change = programmes.begin_change(session, "T", filer)
        filed = appeals.file(change, "2023-06", project.id or 0, "漏记", Attachment("证明.pdf", b"%PDF-1.7\n"))
    with database.write() as session:
        change = programmes.begin_change(session, "T", HEAD)
        appeals.decide(change, filed.id or 0, "维持", "复核无误", "已复核")
        publishing.sign(change, "2023-06")
    return database


def faults(database: Database) -> list[str]:
    with database.read() as session:
        return [*evidence.verify(session), *agreement.verify(session)]


def run(database: Database, statement: str, **values: object) -> None:
    with tampered(database) as session:
        assert session.connection().execute(text(statement), values).rowcount > 0  # type: ignore[attr-defined]


@pytest.mark.database
def test_as_written_nothing_is_wrong(database: Database) -> None:
    assert faults(database) == []


@pytest.mark.database
def test_a_byte_changed_in_a_stored_file_names_the_upload(database: Database) -> None:
    sha256 = hashlib.sha256(month_sheet_as_stored(database)).hexdigest()
    content = bytearray(month_sheet_as_stored(database))
    content[100] ^= 1
    run(database, "UPDATE stored_files SET content = :content WHERE sha256 = :sha", content=bytes(content), sha=sha256)
    assert faults(database) == [
        f"第2号导入“六月.xlsx”的原始文件（{sha256[:8]}）与其校验码不符，文件已损坏或被改动，请用备份核对。"
    ]


def month_sheet_as_stored(database: Database) -> bytes:
    with database.read() as session:
        return uploads.original(session, OFFICE, 2)[1]


def test_a_changed_proof_names_its_appeal(database: Database) -> None:
    proof = hashlib.sha256(b"%PDF-1.7\n").hexdigest()
    run(database, "UPDATE stored_files SET size = 1 WHERE sha256 = :sha", sha=proof)
    assert faults(database) == [
        f"第1号申诉佐证材料的原始文件（{proof[:8]}）与其校验码不符，文件已损坏或被改动，请用备份核对。"
    ]


@pytest.mark.sqlite("PostgreSQL的外键不容删除")
def test_a_file_that_is_gone_is_missed(database: Database) -> None:
    sha256 = hashlib.sha256(month_sheet_as_stored(database)).hexdigest()
    with closing(sqlite3.connect(database.path)) as shell:  # whose foreign keys are off
        of_files = "SELECT name FROM sqlite_master WHERE tbl_name = 'stored_files' AND type = 'trigger'"
        for (name,) in shell.execute(of_files).fetchall():
            shell.execute(f"DROP TRIGGER {name}")
        shell.execute("DELETE FROM stored_files WHERE sha256 = (SELECT sha256 FROM uploads WHERE id = 2)")
        shell.commit()
    assert faults(database) == [f"第2号导入“六月.xlsx”的原始文件（{sha256[:8]}）不在库中，文件被删除过，请用备份核对。"]


@pytest.mark.database
def test_an_issue_changed_with_its_own_fingerprint_contradicts_the_trail(database: Database) -> None:
    """Whoever changes facts, board and fingerprint together deceives the recomputation, not the trail."""
    run(database, "UPDATE publications SET fingerprint = :other", other="0" * 64)
    with database.read() as session:
        found = agreement.verify(session)
        assert session.exec(select(Publication)).one().number == 1
    assert len(found) == 1
    assert "记载签发的2023-06第1次定稿，与库中的定稿不符" in found[0]


def test_an_issue_that_nobody_signed_is_found(database: Database) -> None:
    run(database, "UPDATE publications SET number = 2")
    [moved, unsigned] = agreement_faults(database)
    assert "记载签发的2023-06第1次定稿，与库中的定稿不符" in moved
    assert unsigned == "T：2023-06第2次定稿在操作日志中没有签发记录，请用备份核对。"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE uploads SET filename = '七月.xlsx' WHERE id = 2",
        "UPDATE uploads SET sha256 = (SELECT sha256 FROM uploads WHERE id = 1) WHERE id = 2",
        "UPDATE uploads SET state = 'tried' WHERE id = 2",
    ],
)
def test_an_upload_changed_after_its_commit_contradicts_the_trail(database: Database, statement: str) -> None:
    run(database, statement)
    [found] = agreement_faults(database)
    assert "记载确认导入的“六月.xlsx”（第2次上传）与库中的上传记录不符" in found


@pytest.mark.sqlite("PostgreSQL的外键不容删除")
def test_an_upload_whose_record_is_gone_contradicts_the_trail(database: Database) -> None:
    with closing(sqlite3.connect(database.path)) as shell:  # whose foreign keys are off
        of_uploads = "SELECT name FROM sqlite_master WHERE tbl_name = 'uploads' AND type = 'trigger'"
        for (name,) in shell.execute(of_uploads).fetchall():
            shell.execute(f"DROP TRIGGER {name}")
        shell.execute("DELETE FROM uploads WHERE id = 2")
        shell.commit()
    [found] = agreement_faults(database)
    assert "记载确认导入的“六月.xlsx”（第2次上传）与库中的上传记录不符" in found


def test_an_upload_marked_as_committed_by_hand_is_found(database: Database) -> None:
    uploads.try_upload(database, OFFICE, "T", "七月.xlsx", month_sheet(7, JUNE))
    run(database, "UPDATE uploads SET state = 'committed' WHERE state = 'tried'")
    assert agreement_faults(database) == ["第3号导入“七月.xlsx”在操作日志中没有确认导入的记录，请用备份核对。"]


def agreement_faults(database: Database) -> list[str]:
    with database.read() as session:
        return agreement.verify(session)
