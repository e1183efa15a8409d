"""Uploads (月报导入): try, answer, commit, revert — one way for screen, script and command, for office and units.

Source: DESIGN §4, CONTRACTS (`import`, `revert`, POST `/api/uploads`). A file is read outside any transaction, in a
child process; each act is one transaction. Every function takes `at` for history that is being loaded.
What a unit files is submitted (报送): the office commits it (采用) or returns it (退回); until then it counts nowhere.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

import importers
from app.accounts.service import require_role
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, NotFound, Refused, TooLarge, Unanswered
from app.evidence import service as evidence
from app.evidence.labels import local
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.uploads import filings, forms, previews, saved_work, undo
from app.uploads.access import FILERS, OFFICE, READERS, found, require_open
from app.uploads.models import Upload
from app.uploads.previews import Examination
from app.uploads.recording import write
from app.uploads.trail import note
from app.uploads.views import STATES, heading, instant, view
from importers.result import Reading

# What the history does not show: a hundred kilobytes an upload.
BULKY = ("reading", "preview", "restated", "answers")


class _GivenUp(Exception):
    """The commit's transaction is given up; what was found in it is still said."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination


class _Asked(_GivenUp):
    """Questions stand."""


class _NothingToWrite(_GivenUp):
    """The sheet says what stands already: the programme stays at its version."""


class _Moved(_GivenUp):
    """Other things would be written than were shown."""

    def __init__(self, examination: Examination, who: str) -> None:
        super().__init__(examination)
        self.who = who


# ---- try ------------------------------------------------------------------------------------------------------------


def try_upload(
    database: Database,
    actor: Actor,
    programme_code: str,
    filename: str,
    content: bytes,
    *,
    month: str | None = None,
    register: bool = False,
    limit_bytes: int | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """预检: read the file and keep it with its preview. Refused (detail: the check JSON) keeps nothing.

    A unit's file is submitted at once. Refused too where it speaks of other units' projects.
    """
    require_role(actor, *FILERS)
    with database.read() as session:
        programme = programmes.get(session, programme_code, actor)
    reading = _read(content, filename, programme, month, {}, limit_bytes)
    return _kept(database, actor, programme, filename, content, reading, month, at, register=register)


def try_form(
    database: Database,
    actor: Actor,
    programme_code: str,
    month: str,
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    at: datetime | None = None,
) -> dict[str, Any]:
    """网页填报: a month's figures typed on screen, handed in as a file would be.

    `rows`: each project's code or exact name, and its fields (`forms.fields_of`) as typed.
    """
    require_role(actor, *FILERS)
    with database.read() as session:
        programme = programmes.get(session, programme_code, actor)
        own = None
        if actor.role == "unit":
            unit = filings.unit_of(session, actor.unit_id)
            own = filings.filer(session, programme, month, unit.id or 0).project_ids
        content = forms.content(session, programme, month, rows, actor.role, own)
    filename = f"{int(month[5:])}月网页填报.json"
    reading = _read(content, filename, programme, month, {}, is_form=True)
    return _kept(database, actor, programme, filename, content, reading, month, at, is_form=True)


def _kept(
    database: Database,
    actor: Actor,
    programme: Programme,
    filename: str,
    content: bytes,
    reading: Reading,
    month: str | None,
    at: datetime | None,
    *,
    register: bool = False,
    is_form: bool = False,
) -> dict[str, Any]:
    """The upload with its preview, stored as tried or, by a unit, as submitted."""
    is_filed = actor.role == "unit"
    if is_filed and reading.spec != "monthly":
        found_json = {**importers.to_json(reading), "decision": "refuse"}
        raise Refused("单位只能报送月度进展表，其他表请交办公室导入。", detail=found_json)
    with database.write() as session:
        programme = programmes.get(session, programme.code, actor)
        upload = _stored(session, programme, actor, filename, content, month, register and not is_filed, at)
        upload.is_form = is_form
        if is_filed:
            unit = filings.unit_of(session, actor.unit_id)
            upload.state, upload.unit_id, upload.unit_name = "submitted", unit.id, unit.name
        _preview(session, programme, upload, reading, actor, at)
        detail = {"file": upload.filename, "sha256": upload.sha256, "month": upload.month, "counts": upload.counts}
        note(session, actor, "upload.submit" if is_filed else "upload.try", upload, programme, detail, at)
        return view(upload, programme, actor)


def _read(
    content: bytes,
    filename: str,
    programme: Programme,
    month: str | None,
    answers: Mapping[str, str],
    limit_bytes: int | None = None,
    *,
    is_form: bool = False,
) -> Reading:
    """The file or form as a Reading of this programme's year. Raises TooLarge, Refused.

    Never inside a transaction: a file takes a child process its time.
    """
    if limit_bytes is not None and len(content) > limit_bytes:
        raise TooLarge(limit_bytes)

    def read() -> Reading:
        if is_form:
            return forms.read(content, answers)
        return importers.check(content, filename, month=month or None, answers=answers)

    reading = saved_work.reading(content, filename, month, answers, read)
    message = reading.message
    if reading.decision != "refuse" and reading.month and not reading.month.startswith(f"{programme.year}-"):
        year, number = reading.month.split("-")
        message = (
            f"这张表是{year}年{int(number)}月的，不属于“{programme.name}”（{programme.year}年），"
            "请核对表中月份，或改选对应年度的计划。"
        )
    elif reading.decision != "refuse":
        return reading
    refused = {**importers.to_json(reading), "decision": "refuse", "message": message}
    raise Refused(message or "表格不能导入，请核对后重新上传。", detail=refused)


def _read_again(database: Database, upload: Upload, programme: Programme, answers: Mapping[str, str]) -> Reading:
    """What was handed in, as it is kept, with these answers. Raises Damaged where it is not what was handed in."""
    assert upload.sha256 is not None  # gone only with the upload discarded, which is not open
    with database.read() as session:
        content = evidence.fetch(session, upload.sha256)
    return _read(content, upload.filename, programme, upload.given_month, answers, is_form=upload.is_form)


def _stored(
    session: Session,
    programme: Programme,
    actor: Actor,
    filename: str,
    content: bytes,
    month: str | None,
    register: bool,
    at: datetime | None,
    answers: Mapping[str, str] | None = None,
) -> Upload:
    now = at or datetime.now(UTC)
    assert programme.id is not None
    upload = Upload(
        programme_id=programme.id,
        filename=_plain_name(filename),
        sha256=evidence.store(session, content, now),
        given_month=month or "",
        uploaded_by=actor.name,
        account_id=actor.account_id,
        uploaded_at=now,
        allow_register=register,
        answers={
            identifier: {"value": value, "by": actor.name, "account_id": actor.account_id, "at": instant(now)}
            for identifier, value in (answers or {}).items()
        },
    )
    session.add(upload)
    session.flush()
    return upload


def _plain_name(filename: str) -> str:
    """The file's own name, as shown in lists: no path, no control characters."""
    name = re.sub(
        r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\ud800-\udfff]", "", re.split(r"[\\/]", filename)[-1]
    ).strip()
    return name[-200:] or "未命名"


def _preview(
    session: Session, programme: Programme, upload: Upload, reading: Reading, actor: Actor, at: datetime | None
) -> Examination:
    """Rehearse and keep what was found on the upload."""
    examination = previews.rehearse(session, programme, upload, reading, _answers(upload), actor, at)
    _keep(upload, programme, examination, at)
    session.add(upload)
    session.flush()
    saved_work.remember(upload, examination)
    return examination


def _keep(upload: Upload, programme: Programme, examination: Examination, at: datetime | None) -> None:
    upload.spec = examination.reading.spec or ""
    upload.month = examination.reading.month or ""
    upload.project_ids = examination.settlement.project_ids
    upload.reading = json.dumps(importers.to_json(examination.reading), ensure_ascii=False)
    upload.preview = json.dumps(previews.additions(examination, at), ensure_ascii=False)
    upload.counts = examination.counts
    upload.based_on_version = programme.data_version


def _answers(upload: Upload) -> dict[str, str]:
    return {identifier: str(given["value"]) for identifier, given in upload.answers.items()}


# ---- answer ---------------------------------------------------------------------------------------------------------


def answer(
    database: Database, actor: Actor, upload_id: int, answers: Mapping[str, str], *, at: datetime | None = None
) -> dict[str, Any]:
    """Save answers, some or all, each with who and when; the preview is made anew. Later answers replace earlier, but
    not one that was given while the sheet was read for this one: Conflict."""
    with database.read() as session:
        upload, programme = found(session, upload_id, actor, *FILERS)
        before = upload.answers
        given = _accepted(upload, actor, answers, at)
    reading = _read_again(database, upload, programme, _values(given))
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *FILERS, lock=True)
        require_open(upload)
        if upload.answers != before:
            raise Conflict("刚刚有人也回答了这张表的问题，请刷新后再答。")
        upload.answers = given
        _preview(session, programme, upload, reading, actor, at)
        note(session, actor, "upload.answer", upload, programme, {"answers": dict(answers)}, at)
        return view(upload, programme, actor)


def _accepted(
    upload: Upload, actor: Actor, answers: Mapping[str, str], at: datetime | None
) -> dict[str, dict[str, Any]]:
    """All answers with the new ones. Refused when one is to no question of this sheet or none of its choices."""
    require_open(upload)
    now = instant(at or datetime.now(UTC))
    known = {question["id"]: question for question in json.loads(upload.reading)["questions"]}
    known |= {identifier: given["question"] for identifier, given in upload.answers.items()}
    accepted = dict(upload.answers)
    for identifier, value in answers.items():
        question = known.get(identifier)
        if question is None:
            raise Refused(f"这张表没有编号为“{identifier}”的待确认问题，请刷新后再答。")
        choices = [choice["value"] for choice in question["choices"]]
        if value not in choices:
            raise Refused(f"“{value}”不是问题“{question['message']}”的选项，请从{'、'.join(choices)}中选择。")
        accepted[identifier] = {
            "value": value,
            "by": actor.name,
            "account_id": actor.account_id,
            "at": now,
            "question": question,
        }
    return accepted


def _values(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {identifier: str(given["value"]) for identifier, given in answers.items()}


# ---- commit ---------------------------------------------------------------------------------------------------------


def commit(database: Database, actor: Actor, upload_id: int, *, at: datetime | None = None) -> dict[str, Any]:
    """确认导入, in one transaction. Unanswered while questions stand; Conflict when somebody was first, or when the
    data moved so that other things would be written than were shown (the preview is then made anew)."""
    with database.read() as session:
        upload, programme = found(session, upload_id, actor, *OFFICE)
        require_open(upload)
        answers = _answers(upload)
    reading = _read_again(database, upload, programme, answers)
    try:
        with database.write() as session:
            upload, programme = found(session, upload_id, actor, *OFFICE, lock=True)
            require_open(upload)
            if _answers(upload) != answers:
                raise Conflict("刚刚有人改动了这张表的回答，请刷新后核对再确认导入。")
            _commit(session, programme, upload, reading, actor, at, compare=True)
            return view(upload, programme, actor)
    except _GivenUp as given_up:
        return _after(database, actor, upload_id, reading, given_up, at)


def accept(database: Database, actor: Actor, upload_id: int, *, at: datetime | None = None) -> dict[str, Any]:
    """采用单位报送的表: the same as committing it. Conflict when it is no unit's."""
    with database.read() as session:
        upload, _ = found(session, upload_id, actor, *OFFICE)
        if upload.unit_id is None:
            raise Conflict("这不是单位报送的表，请直接确认导入。")
    return commit(database, actor, upload_id, at=at)


def _after(
    database: Database, actor: Actor, upload_id: int, reading: Reading, given_up: _GivenUp, at: datetime | None
) -> dict[str, Any]:
    """What a commit that was given up leaves behind: "unchanged", or the preview made anew and a Conflict."""
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *OFFICE, lock=True)
        require_open(upload)
        if isinstance(given_up, _NothingToWrite):
            _set_unchanged(session, programme, upload, given_up.examination, actor, at)
            return view(upload, programme, actor)
        _preview(session, programme, upload, reading, actor, at)
        shown = view(upload, programme, actor)
    if isinstance(given_up, _Moved):
        raise Conflict(
            f"{given_up.who}，这张表与现有数据的差异随之改变。预检已重做，请核对后再确认导入。", detail=shown
        )
    raise Unanswered(_waiting(len(shown["questions"])), detail=shown)


def _commit(
    session: Session,
    programme: Programme,
    upload: Upload,
    reading: Reading,
    actor: Actor,
    at: datetime | None,
    *,
    compare: bool,
) -> Examination:
    """Write the sheet and all that goes with it in the session's transaction: what was rehearsed, if nothing moved."""
    change = programmes.begin_change(session, programme, actor, at=at)
    rehearsed = saved_work.rehearsed(upload, change.programme.data_version - 1)
    examination = rehearsed or previews.examine(change, upload, reading, _answers(upload))
    if examination.reading.questions:
        raise _Asked(examination)
    moved = compare and change.programme.data_version - 1 != upload.based_on_version
    if moved and examination.fingerprint != json.loads(upload.preview)["fingerprint"]:
        raise _Moved(examination, _who_moved(session, upload))
    if examination.outcome.writes == 0:
        raise _NothingToWrite(examination)
    write(change, examination.outcome)
    if rehearsed:
        upload.based_on_version = change.programme.data_version
    else:
        _keep(upload, change.programme, examination, at)
    upload.state = "committed"
    upload.committed_at, upload.committed_by = change.recorded_at, actor.name
    upload.restated = examination.outcome.restated
    session.add(upload)
    detail = {
        "file": upload.filename,
        "sha256": upload.sha256,
        "month": upload.month,
        "counts": upload.counts,
        "changes": [[change.code, change.field, change.old, change.new] for change in examination.outcome.changes],
        "registered": [project["code"] for project in examination.outcome.registered],
        "events": [[event["project"], event["kind"], event["on"]] for event in examination.outcome.proposed_events],
        "answers": _answers(upload),
    }
    act = "upload.commit" if upload.unit_id is None else "upload.accept"
    note(session, actor, act, upload, change.programme, detail, change.recorded_at)
    return examination


def _set_unchanged(
    session: Session,
    programme: Programme,
    upload: Upload,
    examination: Examination,
    actor: Actor,
    at: datetime | None,
) -> None:
    _keep(upload, programme, examination, at)
    upload.state = "unchanged"
    upload.committed_at, upload.committed_by = at or datetime.now(UTC), actor.name
    session.add(upload)
    detail = {"file": upload.filename, "sha256": upload.sha256, "month": upload.month, "counts": upload.counts}
    note(session, actor, "upload.unchanged", upload, programme, detail, at)


def _who_moved(session: Session, upload: Upload) -> str:
    """Who committed or reverted what since the preview was made."""
    since = datetime.fromisoformat(json.loads(upload.preview)["previewed_at"])
    acts: list[tuple[datetime, str]] = []
    for done_at, by, words in (
        (Upload.committed_at, Upload.committed_by, "确认导入了“{}”"),
        (Upload.reverted_at, Upload.reverted_by, "撤销了“{}”的导入"),
    ):
        wrote = col(Upload.state) != "unchanged"
        query = select(done_at, by, Upload.filename).where(Upload.programme_id == upload.programme_id, wrote)
        last = session.exec(query.where(col(done_at) > since).order_by(col(done_at).desc()).limit(1)).first()
        if last is not None and last[0] is not None:
            acts.append((last[0], f"{last[1]}已于{local(last[0])}{words.format(last[2])}"))
    return max(acts)[1] if acts else "预检之后已有人改动了本年度的数据"


# ---- import in one go (command, demo) -------------------------------------------------------------------------------


def import_workbook(
    database: Database,
    actor: Actor,
    programme_code: str,
    filename: str,
    content: bytes,
    *,
    month: str | None = None,
    answers: Mapping[str, str] | None = None,
    register: bool = False,
    limit_bytes: int | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Try and commit in one transaction: the JSON of `import --json`. Nothing is stored while questions stand."""
    require_role(actor, *OFFICE)
    with database.read() as session:
        programme = programmes.get(session, programme_code, actor)
    given = dict(answers or {})
    try:
        reading = _read(content, filename, programme, month, given, limit_bytes)
    except Refused as refused:
        audit.refuse(
            database,
            actor,
            "upload.import",
            target=_plain_name(filename),
            programme=programme.code,
            detail={"message": refused.message},
            at=at,
        )
        return _import_heading(None, refused.detail, "refused")
    try:
        with database.write() as session:
            programme = programmes.get(session, programme_code, actor)
            upload = _stored(session, programme, actor, filename, content, month, register, at, given)
            examination = _commit(session, programme, upload, reading, actor, at, compare=False)
    except _NothingToWrite as nothing:
        with database.write() as session:
            programme = programmes.get(session, programme_code, actor)
            upload = _stored(session, programme, actor, filename, content, month, register, at, given)
            examination = nothing.examination
            _set_unchanged(session, programme, upload, examination, actor, at)
    except _Asked as asked:
        return _import_json(None, asked.examination, "ask")
    return _import_json(upload.id, examination, upload.state)


def _import_json(upload_id: int | None, examination: Examination, state: str) -> dict[str, Any]:
    shown, counts = importers.to_json(examination.reading), examination.counts
    return {
        **_import_heading(upload_id, shown, state),
        **{name: counts[name] for name in ("new", "changed", "same")},
        "missing": [project["name"] for project in examination.settlement.missing],
        "registered": counts["registered"],
    }


def _import_heading(upload_id: int | None, shown: Mapping[str, Any], state: str) -> dict[str, Any]:
    of_rows = [{"sheet": row["sheet"], "row": row["row"], **fault} for row in shown["rows"] for fault in row["faults"]]
    return {
        "upload": upload_id,
        "decision": shown["decision"],
        "state": state,
        "message": shown["message"],
        "month": shown["month"],
        **dict.fromkeys(("new", "changed", "same"), 0),
        "missing": [],
        "registered": 0,
        "questions": shown["questions"],
        "faults": [*of_rows, *shown["faults"]],
    }


# ---- revert ---------------------------------------------------------------------------------------------------------


def revert(
    database: Database, actor: Actor, upload_id: int, reason: str, *, at: datetime | None = None
) -> dict[str, Any]:
    """撤销本次导入: the values before it stand again; what was stated since is kept and listed. Refused when locked."""
    require_role(actor, *OFFICE)
    if not reason.strip():
        raise Refused("撤销要写明原因，请填写后再提交。")
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *OFFICE, lock=True)
        if upload.state != "committed":
            if upload.state == "reverted":
                require_open(upload)
            raise Conflict(f"这张表的状态是“{STATES[upload.state]}”，没有写入数据，不需要撤销。")
        change = programmes.begin_change(session, programme, actor, reason=reason.strip(), at=at)
        uploads = session.exec(
            select(Upload).where(Upload.programme_id == programme.id).order_by(col(Upload.committed_at))
        ).all()
        outcome = undo.undo(change, upload, uploads)
        upload.state = "reverted"
        upload.reverted_at, upload.reverted_by = change.recorded_at, actor.name
        upload.revert_reason = reason.strip()
        upload.revert_outcome = outcome
        session.add(upload)
        detail = {"file": upload.filename, "sha256": upload.sha256, "reason": upload.revert_reason, **outcome}
        note(session, actor, "upload.revert", upload, change.programme, detail, change.recorded_at)
        return view(upload, change.programme, actor)


# ---- read -----------------------------------------------------------------------------------------------------------


def history(
    session: Session,
    actor: Actor,
    programme_code: str,
    *,
    state: str | None = None,
    month: str | None = None,
    handed_to: str | None = None,
    unit: str | None = None,
) -> list[dict[str, Any]]:
    """The programme's uploads, the newest first, without their rows; a unit's own. None filters nothing."""
    require_role(actor, *READERS)
    programme = programmes.get(session, programme_code, actor)
    query = select(Upload).where(Upload.programme_id == programme.id)
    if actor.role == "unit":
        query = query.where(Upload.unit_id == filings.unit_of(session, actor.unit_id).id)
    for column, wanted in (
        (Upload.state, state),
        (Upload.month, month),
        (Upload.handed_to, handed_to),
        (Upload.unit_name, unit),
    ):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    rows = session.exec(
        query.order_by(col(Upload.id).desc()).options(*(defer(getattr(Upload, name), raiseload=True) for name in BULKY))
    ).all()
    return [heading(upload, programme) for upload in rows]


def get(session: Session, actor: Actor, upload_id: int) -> dict[str, Any]:
    """One upload with its preview as last shown."""
    return view(*found(session, upload_id, actor, *READERS), actor)


def original(session: Session, actor: Actor, upload_id: int) -> tuple[str, bytes]:
    """The very file that was uploaded: its name and bytes."""
    upload, _ = found(session, upload_id, actor, *READERS)
    if upload.sha256 is None:
        raise NotFound(f"{upload.discarded_by}已于{local(upload.discarded_at)}放弃这张表，原文件没有保留。")
    return upload.filename, evidence.fetch(session, upload.sha256)


def _waiting(questions: int) -> str:
    return f"还有{questions}个问题待回答，请先回答再确认导入。"
