"""Workbooks in, rows and faults out (导入); nothing here knows a database.

`check` is the whole of it for a caller: bytes to a `Reading`; `annotated` gives the sender's workbook back with what
was found in it. The work is done in a child process with limits.
"""

from collections.abc import Mapping
from typing import Any

from importers.events import proposed_event
from importers.output import to_json
from importers.reading import refusal
from importers.result import Reading
from importers.workbook import MAX_BYTES

__all__ = ["annotated", "check", "proposed_event", "to_json"]


def check(
    content: bytes, filename: str, *, month: str | None = None, answers: Mapping[str, str] | None = None
) -> Reading:
    """Read a workbook of unknown origin. Never raises for what is in it: a refusal is a Reading with its sentence.

    `month` (YYYY-MM) settles what the sheet may leave open; `answers` are question id → value as in `A.json`.
    Safe to call from any thread; takes at most about ten seconds and half a gigabyte, in another process.
    """
    from importers import worker

    if len(content) > MAX_BYTES:
        return refusal(f"文件有{len(content) / 1024 / 1024:.1f}MB，超过5MB，请只留要上报的表，删去图片后重新上传。")
    return worker.check(content, filename, month, dict(answers or {}))


def annotated(content: bytes, filename: str, found: Mapping[str, Any]) -> bytes:
    """The workbook as .xlsx with the faults and questions of its check JSON in it (标注).

    Raises grid.Unreadable with one sentence where there is nothing to write into: no workbook, or one with macros.
    """
    from importers import worker

    return worker.annotate(content, filename, dict(found))
