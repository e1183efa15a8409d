"""进度: a stage is told when it begins, by the process that does the work, to who watches that file and nobody else."""

from pathlib import Path
from threading import Thread

import importers
from importers import progress
from importers.progress import Stage

SHEET = Path("data/samples/2023年11月三重一大项目进展情况表.xlsx")


def stages_of(content: bytes, filename: str) -> list[Stage]:
    told: list[Stage] = []
    with progress.watched(told.append):
        importers.check(content, filename)
    return told


def test_a_sheet_is_opened_then_read() -> None:
    assert stages_of(SHEET.read_bytes(), SHEET.name) == ["opening", "reading"]


def test_what_cannot_be_opened_is_never_said_to_be_read() -> None:
    assert stages_of(b"PK\x03\x04 no workbook", "x.xlsx") == ["opening"]


def test_only_the_watched_thread_hears_of_its_file() -> None:
    heard: list[Stage] = []
    with progress.watched(heard.append):
        other = Thread(target=importers.check, args=(SHEET.read_bytes(), SHEET.name))
        other.start()
        other.join()
    progress.enter("checking")  # nobody watches any more
    assert heard == []
