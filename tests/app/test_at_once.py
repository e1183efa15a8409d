"""Two people at the same moment (同时操作): one wins, the other is told, and nothing is mixed — on both engines.

Each act is done by two threads that start together; on PostgreSQL the first of them is held between its look and its
write until the other has looked too, or until it is plain that the other waits. What the loser is told names the state
that the winner made. Afterwards the trail is whole and has one entry of the act for each who was let through.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

import importers
from app.accounts import service as accounts
from app.accounts.models import Account
from app.appeals import service as appeals
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import DomainError
from app.evidence import service as evidence
from app.inspections import service as inspections
from app.obstacles import service as obstacles
from app.organisation import service as organisations
from app.organisation.models import Unit
from app.programmes import service as programmes
from app.projects import service as projects
from app.projects.models import Project
from app.publications import service as publishing
from app.publications.models import Publication, Reopening
from app.rulebooks import service as rulebooks
from app.rulebooks.texts import Wanted
from app.settings import Settings
from app.uploads import custody
from app.uploads import service as uploads
from tests.app.county import County, noon
from tests.app.sheets import JUNE, changed, month_sheet
from tests.installations import PLANNED

FIRST, SECOND = Actor(None, "张三", "office"), Actor(None, "李四", "office")
HEADS = Actor(None, "王主任", "office_head"), Actor(None, "赵主任", "office_head")
WAITS = 0.3  # s: so long one waits for the other to look before it goes on alone

Act = Callable[[Actor], Any]


def at_once(database: Database, people: tuple[Actor, Actor], act: Act) -> list[str]:
    """What became of each: "done", or the sentence they were told. Whoever writes first waits for the other's look."""
    begin, look = Barrier(2), Barrier(2)

    def before_first_write(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            with suppress(BrokenBarrierError):
                look.wait(WAITS)

    def one(actor: Actor) -> str:
        begin.wait(10)
        try:
            act(actor)
        except DomainError as refused:
            return refused.message
        return "done"

    event.listen(database._writer, "before_cursor_execute", before_first_write)
    try:
        with ThreadPoolExecutor(2) as both:
            return list(both.map(one, people))
    finally:
        event.remove(database._writer, "before_cursor_execute", before_first_write)


def require_whole(database: Database, action: str, expected: int) -> None:
    with database.read() as session:
        assert audit.verify(session) == []
        done = (AuditEntry.action == action, AuditEntry.outcome == "ok")
        assert session.exec(select(func.count()).select_from(AuditEntry).where(*done)).one() == expected


def one_wins(outcomes: list[str], sentence: str) -> None:
    """Exactly one is done; the other is told the sentence (a pattern)."""
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True], outcomes
    [told] = [outcome for outcome in outcomes if outcome != "done"]
    assert re.search(sentence, told), told


# ---- a county with figures, held by 杨屯镇 --------------------------------------------------------------------------


@pytest.fixture
def county(database: Database) -> County:
    """April to June; 甲 60.00 and 乙 75.00 at the end of June."""
    made = County(database)
    for name in "甲乙":
        made.project(name, unit="杨屯镇")
    for month, first, second in (("2023-04", 240, 300), ("2023-05", 300, 375), ("2023-06", 360, 450)):
        made.record(month, {"甲": first, "乙": second})
    return made


def changing(county: County, act: Callable[..., Any], day: str = "2023-07-05") -> Act:
    """The act in a change of its own, as a request does it."""

    def perform(actor: Actor) -> None:
        with county.change(day, actor, reason="会议决定") as change:
            act(change)

    return perform


@pytest.mark.database
def test_of_two_who_sign_a_draft_one_signs(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    outcomes = at_once(county.database, HEADS, changing(county, lambda change: publishing.sign(change, "2023Q2")))
    one_wins(outcomes, "2023年第?二季度已定稿|2023年二季度.*(已|没有拟稿)")
    require_whole(county.database, "publication.sign", 1)
    with county.reading() as (session, programme):
        [issue] = session.exec(select(Publication)).all()
        assert issue.signed_by == HEADS[outcomes.index("done")].name
        assert programmes.locked_periods(session, programme) == ["2023Q2"]


@pytest.mark.database
def test_of_two_who_draft_at_once_one_draft_is_left_whole(county: County) -> None:
    outcomes = at_once(
        county.database, (FIRST, SECOND), changing(county, lambda change: publishing.draft(change, "2023Q2"))
    )
    assert outcomes == ["done", "done"]  # a draft not yet signed is replaced; both stand on the trail
    require_whole(county.database, "publication.draft", 2)
    with county.reading() as (session, _):
        [issue] = session.exec(select(Publication)).all()
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
        assert last is not None and (issue.drafted_by, issue.fingerprint) == (
            last.actor_name,
            last.detail["fingerprint"],
        )


@pytest.mark.database
def test_of_two_correction_slips_for_one_period_there_is_one_and_one_signature(county: County) -> None:
    county.publish("2023Q2", "2023-07-04")
    draft = changing(county, lambda change: publishing.draft_reopening(change, "2023Q2", f"{change.actor.name}的更正"))
    assert at_once(county.database, (FIRST, SECOND), draft) == ["done", "done"]
    with county.reading() as (session, _):
        [slip] = session.exec(select(Reopening)).all()
    assert (slip.number, slip.reason) == (1, f"{slip.drafted_by}的更正")
    sign = changing(county, lambda change: publishing.sign_reopening(change, "2023Q2"))
    one_wins(at_once(county.database, HEADS, sign), "2023年二季度")
    require_whole(county.database, "reopening.sign", 1)


@pytest.fixture
def town(county: County) -> int:
    with county.reading() as (session, _):
        found = organisations.find_unit(session, "杨屯镇")
    assert found is not None and found.id is not None
    return found.id


@pytest.mark.database
def test_of_two_appeals_about_one_score_there_is_one_and_of_two_decisions_one(county: County, town: int) -> None:
    county.draft("2023Q2", "2023-07-04")
    people = tuple(Actor(None, name, "unit", unit_id=town) for name in ("经办甲", "经办乙"))
    file = changing(county, lambda change: appeals.file(change, "2023Q2", county.ids["甲"], "漏计一笔投资"))
    one_wins(at_once(county.database, (people[0], people[1]), file), r"甲已有申诉（第1号）等待决定，不能重复提出")
    require_whole(county.database, "appeal.file", 1)

    def decide(actor: Actor) -> None:
        decision = appeals.UPHELD if actor is FIRST else appeals.ACCEPTED
        with county.change("2023-07-06", actor) as change:
            appeals.decide(change, 1, decision, f"{actor.name}的理由", f"{actor.name}的答复")

    outcomes = at_once(county.database, (FIRST, SECOND), decide)
    winner = (FIRST, SECOND)[outcomes.index("done")]
    one_wins(outcomes, f"第1号申诉已由{winner.name}决定（(维持|采纳)），不能再改")
    with county.reading() as (session, programme):
        [line] = appeals.of_project(session, programme, county.ids["甲"], ["2023Q2"], None)
    assert (line["decided_by"], line["decision_reason"], line["answer"]) == (
        winner.name,
        f"{winner.name}的理由",
        f"{winner.name}的答复",
    )
    assert line["decision"] == (appeals.UPHELD if winner is FIRST else appeals.ACCEPTED)


@pytest.mark.database
def test_of_two_heads_who_adopt_a_proposed_book_one_does(county: County) -> None:
    text = programmes.rule_book_text("county-default").replace('version = "1"', 'version = "2"')
    wanted = Wanted(text=text)
    with county.change("2023-07-04", FIRST) as change:
        rulebooks.adopt(change, wanted, "2023-10", "会议")
    adopt = changing(county, lambda change: rulebooks.adopt(change, wanted, "2023-10", "会议"))
    one_wins(at_once(county.database, HEADS, adopt), "2023年10月现在用的就是这份考核办法|还没有拟稿")
    require_whole(county.database, "rulebook.adopt", 1)


@pytest.mark.database
def test_numbers_and_codes_given_at_once_differ_and_one_code_is_given_once(county: County) -> None:
    def raise_one(change: programmes.Change) -> None:
        words = f"{change.actor.name}提出的问题"
        obstacles.raise_obstacle(
            change, county.ids["甲"], kind="资金", text=words, raised_on=date(2023, 7, 5), unit="杨屯镇"
        )

    assert at_once(county.database, (FIRST, SECOND), changing(county, raise_one)) == ["done", "done"]
    with county.reading() as (session, programme):
        found = [obstacles.obstacle(session, programme, number) for number in (1, 2)]
    assert {one.text for one in found} == {"张三提出的问题", "李四提出的问题"}
    assert all(one.text.startswith(one.recorded_by) for one in found)

    class_name = programmes_class(county)
    take_in = changing(
        county, lambda change: projects.register(change, name="新项目", code="X9", class_name=class_name)
    )
    one_wins(at_once(county.database, (FIRST, SECOND), take_in), "X9")
    with county.reading() as (session, _):
        assert session.exec(select(func.count()).select_from(Project)).one() == 3


def programmes_class(county: County) -> str:
    with county.reading() as (session, programme):
        return programmes.class_names(session, programme)[0]


@pytest.mark.database
def test_two_events_entered_at_once_both_stand_in_the_order_recorded(county: County) -> None:
    def enter(actor: Actor) -> None:
        with county.change("2023-07-05", actor, reason=f"{actor.name}记") as change:
            kind = "暂缓" if actor is FIRST else "复工"
            projects.record_event(change, county.ids["甲"], kind, date(2023, 7, 5))

    assert at_once(county.database, (FIRST, SECOND), enter) == ["done", "done"]
    require_whole(county.database, "project.event", 2)
    with county.reading() as (session, _):
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "project.event")).all()
    assert {entry.actor_name for entry in entries} == {"张三", "李四"}
    assert len({entry.at for entry in entries}) == 2  # no two changes share an instant


@pytest.mark.database
def test_one_record_entered_by_two_at_once_is_the_later_ones_whole(county: County) -> None:
    def enter(actor: Actor) -> None:
        ytd = 700 if actor is FIRST else 800
        with county.change("2023-07-28", actor) as change:
            county.enter(change, "甲", "2023-07", {"reported_ytd_wan": ytd, "problems": f"{actor.name}：{ytd}"})

    assert at_once(county.database, (FIRST, SECOND), enter) == ["done", "done"]
    with county.reading() as (session, programme):
        records = inspections.records_of(session, programme, county.ids["甲"])
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
    [july] = [record for record in records if record.month == "2023-07"]
    assert last is not None and july.recorded_by == last.actor_name
    assert july.problems == f"{july.recorded_by}：{700 if july.recorded_by == '张三' else 800}"
    assert july.reported_ytd_wan == (700 if july.recorded_by == "张三" else 800)


# ---- sheets ---------------------------------------------------------------------------------------------------------


class TestSheets:
    """The planned county: four projects, sheets of June."""

    @pytest.fixture
    def beginning(self) -> str:
        return PLANNED

    @pytest.fixture(autouse=True)
    def read_here(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """A sheet is read once, without a child process for each look at it."""
        readings: dict[bytes, Any] = {}
        check = importers.check

        def once(content: bytes, *words: Any, **more: Any) -> Any:
            if content not in readings:
                readings[content] = check(content, *words, **more)
            return readings[content]

        monkeypatch.setattr(importers, "check", once)
        yield

    def hand_in(self, database: Database, actor: Actor, content: bytes) -> int:
        return int(uploads.try_upload(database, actor, "T", f"{actor.name}.xlsx", content)["id"])

    @pytest.mark.database
    def test_two_sheets_tried_at_once_do_not_wait_for_each_other_for_ever(self, database: Database) -> None:
        """Both rows name the programme, whose key is then held by both; each rehearsal locks the programme itself."""
        sheets = {actor: month_sheet(6, changed(JUNE, 1, 2, 1900 + n)) for n, actor in enumerate((FIRST, SECOND))}
        act = lambda actor: self.hand_in(database, actor, sheets[actor])  # noqa: E731
        assert at_once(database, (FIRST, SECOND), act) == ["done", "done"]
        require_whole(database, "upload.try", 2)

    @pytest.mark.database
    def test_the_same_file_handed_in_by_two_at_once_is_kept_once(self, database: Database) -> None:
        act = lambda actor: self.hand_in(database, actor, month_sheet(6, JUNE))  # noqa: E731
        assert at_once(database, (FIRST, SECOND), act) == ["done", "done"]
        with database.read() as session:
            names = [row for row in uploads.history(session, FIRST, "T") if row["state"] == "tried"]
            assert len(names) == 2
            assert len({uploads.original(session, FIRST, row["id"])[1] for row in names}) == 1

    @pytest.mark.database
    def test_of_two_sheets_about_the_same_figures_one_is_taken_whole_and_the_other_told(
        self, database: Database
    ) -> None:
        figures = {FIRST: (1801, 3001, 301, 601), SECOND: (1802, 3002, 302, 602)}
        mine = {
            actor: self.hand_in(
                database,
                actor,
                month_sheet(6, [(*row[:2], value, *row[3:]) for row, value in zip(JUNE, values, strict=True)]),
            )
            for actor, values in figures.items()
        }
        outcomes = at_once(database, (FIRST, SECOND), lambda actor: uploads.commit(database, actor, mine[actor]))
        winner = (FIRST, SECOND)[outcomes.index("done")]
        one_wins(outcomes, rf"{winner.name}已于20\d\d.*确认导入了“{winner.name}\.xlsx”，这张表与现有数据的差异随之改变")
        require_whole(database, "upload.commit", 2)  # the plan's and the winner's
        with database.read() as session:
            programme = programmes.get(session, "T")
            codes = projects.codes(session, programme)
            stood = {
                codes[project]: record.reported_ytd_wan
                for project in codes
                for record in inspections.records_of(session, programme, project)
            }
        assert stood == dict(zip(("A001", "A002", "B001", "B002"), map(Decimal, figures[winner]), strict=True))

    @pytest.mark.database
    def test_of_taking_and_returning_what_a_unit_filed_one_happens(self, database: Database) -> None:
        with database.write() as session:
            county = organisations.the_only(session)
            unit = organisations.ensure_unit(session, county.id or 0, "龙固镇")
        filed = self.hand_in(
            database, Actor(None, "龙固镇经办", "unit", unit_id=unit.id), month_sheet(6, [JUNE[1], JUNE[3]])
        )

        def act(actor: Actor) -> None:
            if actor is FIRST:
                uploads.accept(database, actor, filed)
            else:
                custody.give_back(database, actor, filed, "请补附件")

        outcomes = at_once(database, (FIRST, SECOND), act)
        one_wins(outcomes, "张三已于.*确认导入了这张表|李四已于.*退回这张表")
        with database.read() as session:
            state = uploads.get(session, FIRST, filed)["state"]
        assert state == ("committed" if outcomes[0] == "done" else "returned")

    @pytest.mark.database
    def test_an_import_is_undone_once(self, database: Database) -> None:
        upload = self.hand_in(database, FIRST, month_sheet(6, JUNE))
        uploads.commit(database, FIRST, upload)
        outcomes = at_once(
            database, (FIRST, SECOND), lambda actor: uploads.revert(database, actor, upload, f"{actor.name}撤销")
        )
        winner = (FIRST, SECOND)[outcomes.index("done")]
        one_wins(outcomes, f"这次导入已由{winner.name}于20.*撤销")
        require_whole(database, "upload.revert", 1)


# ---- the installation -----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_of_two_who_add_an_account_of_one_name_one_does(database: Database, settings: Settings) -> None:
    def add(actor: Actor) -> None:
        with database.write() as session:
            accounts.add(session, settings, actor, "小王", "office", password=None)

    one_wins(at_once(database, (FIRST, SECOND), add), "(已有|刚刚有人新增了)名为“小王”的账号")
    require_whole(database, "account.add", 1)


@pytest.mark.database
def test_an_account_is_disabled_once_and_a_reset_at_once_is_whole(database: Database, settings: Settings) -> None:
    with database.write() as session:
        accounts.add(session, settings, FIRST, "小王", "office", password="Kou-ling-2023")

    def disable(actor: Actor) -> None:
        with database.write() as session:
            accounts.disable(session, actor, "小王")

    one_wins(at_once(database, (FIRST, SECOND), disable), "账号“小王”已经停用，不必再停用")
    require_whole(database, "account.disable", 1)

    def reset_or_disable(actor: Actor) -> None:
        with database.write() as session:
            if actor is FIRST:
                accounts.reset(session, settings, actor, "小王", "Xin-kou-ling-1")
            else:
                accounts.disable(session, actor, "小王")

    outcomes = at_once(database, (FIRST, SECOND), reset_or_disable)
    with database.read() as session:
        account = session.exec(select(Account)).one()
    assert outcomes[0] == "done"
    # Disabled first: it was disabled already and the reset enables it. Reset first: then it is disabled.
    assert account.is_disabled is (outcomes[1] == "done")


@pytest.mark.database
def test_a_one_time_link_lets_one_in(database: Database, settings: Settings) -> None:
    with database.write() as session:
        accounts.add(session, settings, FIRST, "小王", "office", password=None)
        [(_, link)] = accounts.new_links(session, settings, FIRST)
    outcomes = at_once(
        database, (FIRST, SECOND), lambda _: accounts.sign_in_by_link(database, settings, link, "10.0.0.1")
    )
    one_wins(outcomes, "已经用过或已过期")


@pytest.mark.database
def test_of_two_programmes_of_one_code_one_is_made(database: Database) -> None:
    def add(actor: Actor) -> None:
        with database.write() as session:
            programmes.add(session, actor, "2024", f"{actor.name}的计划", 2024)

    one_wins(at_once(database, (FIRST, SECOND), add), "代码为“(2024|county)”")
    require_whole(database, "programme.add", 1)


@pytest.mark.database
def test_a_unit_first_named_by_two_programmes_at_once_is_one_unit(database: Database, county: County) -> None:
    with database.write() as session:
        programmes.add(session, FIRST, "2024", "2024年度", 2024)

    def name_it(actor: Actor) -> None:
        with database.write() as session:
            change = programmes.begin_change(session, "2023" if actor is FIRST else "2024", actor)
            organisations.ensure_unit(session, change.programme.organisation_id, "月山镇")
            organisations.ensure_official(session, change.programme.organisation_id, "周县长")
            audit.append(session, actor, "test.named")

    assert at_once(database, (FIRST, SECOND), name_it) == ["done", "done"]
    with database.read() as session:
        assert len(session.exec(select(Unit).where(Unit.name == "月山镇")).all()) == 1


@pytest.mark.database
def test_the_same_bytes_stored_by_two_at_once_are_there_once(database: Database) -> None:
    def keep(actor: Actor) -> None:
        with database.write() as session:
            evidence.store(session, b"the same photo", noon("2023-07-01"))
            audit.append(session, actor, "test.kept")

    assert at_once(database, (FIRST, SECOND), keep) == ["done", "done"]
    require_whole(database, "test.kept", 2)
