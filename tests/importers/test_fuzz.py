"""A short run of the random damage of `fuzz`, the same every time, and every file in which it ever found a mistake."""

import fuzz
import pytest


def test_three_hundred_damaged_files_end_in_rows_or_in_one_sentence() -> None:
    """Old binary workbooks are left to the long run: they may make calamine take all memory, and this is no child."""
    corpus = [(name, content) for name, content in fuzz.seeds() if not content.startswith(b"\xd0\xcf")]
    report = fuzz.run(corpus, seed=20240601, count=300)
    assert report.executions == 300
    assert report.read > 30  # the damage is small enough to reach the reading of rows
    assert report.findings == []


def test_the_judge_of_the_run_finds_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise KeyError("sheet1")

    monkeypatch.setattr(fuzz.reading, "read", mistaken)
    wrong, has_rows = fuzz.complaint("六月.csv", "项目名称,累计完成投资\n甲厂,1\n".encode())
    assert "KeyError: 'sheet1'" in wrong
    assert not has_rows
