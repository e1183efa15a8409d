"""What was read and examined last, for the next step of the same sheet (沿用).

A clerk hands a sheet in, answers, commits, within minutes. Reading is the file's alone, so it need not be done again
while the answers that reading asks for are the same; and what was rehearsed is what a commit writes while nothing has
moved (decision 0005). This is only saved work: another process, or this one after a restart, does it again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.uploads.models import Upload
from app.uploads.previews import Examination
from app.uploads.recent import Recent
from importers.result import Reading

SHEETS = 16  # how many are remembered
MOST_ROWS = 2000  # of a sheet that is remembered


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading, the answers it was made with, and the ids of the questions that its reader asks or was answered."""

    reading: Reading
    answers: Mapping[str, str]
    asked: frozenset[str]

    def holds_for(self, answers: Mapping[str, str]) -> bool:
        return all(self.answers.get(identifier) == answers.get(identifier) for identifier in self.asked)


@dataclass(frozen=True, slots=True)
class _Examined:
    preview: str
    examination: Examination


_readings: Recent[_Read] = Recent(SHEETS)
_examinations: Recent[_Examined] = Recent(SHEETS)


def reading(
    content: bytes, filename: str, month: str | None, answers: Mapping[str, str], read: Callable[[], Reading]
) -> Reading:
    """The file read with these answers: as before where none that its reader asks for differs, else by `read`.

    A refusal is not kept: it may have been the machine's that was too busy.
    """
    key = (hashlib.sha256(content).digest(), filename, month or "")
    known = _readings.get(key)
    if known is not None and known.holds_for(answers):
        return known.reading
    found = read()
    if found.decision != "refuse" and len(found.rows) <= MOST_ROWS:
        asked = {*answers, *(question.id for question in found.questions), *(known.asked if known else ())}
        _readings.put(key, _Read(found, dict(answers), frozenset(asked)))
    return found


def remember(upload: Upload, examination: Examination) -> None:
    """Keep what was rehearsed for the preview that now stands on the upload."""
    if len(examination.reading.rows) <= MOST_ROWS:
        _examinations.put(upload.id, _Examined(upload.preview, examination))


def rehearsed(upload: Upload, data_version: int) -> Examination | None:
    """What was rehearsed for the upload's preview, while the programme stands at the version it was made against.

    The preview names its instant: no other upload, and no other installation, has the same.
    """
    known = _examinations.get(upload.id)
    if known is None or known.preview != upload.preview or upload.based_on_version != data_version:
        return None
    return known.examination if known.examination.is_repeatable else None
