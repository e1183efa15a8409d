"""Two people at the same moment, route by route (丢失更新): SECURITY C8, ASVS 2.3.4, on both engines, through the API.

Every route that changes something stands in one of two tables, written by hand: in `TRIED` with the pair that was
tried and what whoever comes second is told, or in `NOTHING_TO_LOSE` with the reason why two at once cannot lose
anything. A route in neither fails the test, so later routes are covered the day they appear.

A pair is sent by two threads. Each is held before it writes until the other is about to write as well, so that both
have looked before either has changed anything; a thread that waits for a lock of the other's is not waited for.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from app.accounts import phones
from app.accounts import service as accounts
from app.accounts.models import Account, Activation, SignInSession
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database, open_database
from app.main import create_app
from app.uploads.models import Upload
from tests.conftest import ENGINE
from tests.installations import Templates
from tests.trust.county_of_roles import OWN, PASSWORD, Roles, fill
from tests.trust.test_routes_by_role import routes_of

ROOT = Path(__file__).parents[2]
PIN = "740258"
PROVIDER = {"oidc_issuer": "https://sso.example", "oidc_client_id": "sanzhong", "oidc_client_secret": "never asked"}
ROUNDS = 2  # where it is chance who of the two comes first
WAITS = 0.15  # s: so long one waits for the other to be about to write before it goes on alone
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE", "WS"})
AT_ONCE = "tests/app/test_at_once.py::"
HERE = "tests/trust/test_lost_updates.py::"

# method path → the test, what whoever comes second is told
TRIED: dict[str, tuple[str, str]] = {
    "POST /api/session": (
        HERE + "test_who_signs_in_by_the_old_password_at_once_is_not_in_afterwards",
        "用户名或口令不对；信任已取消",
    ),
    "POST /api/session/activation": (HERE + "test_an_activation_link_is_spent_once", "链接已经用过"),
    "POST /api/account/password": (
        HERE + "test_of_two_new_passwords_the_one_that_was_told_so_holds",
        "登录已失效，请重新登录",
    ),
    "POST /api/account/phones": (
        HERE + "test_a_phone_trusted_at_once_with_a_reset_is_not_trusted_afterwards",
        "登录已失效，请重新登录",
    ),
    "POST /api/account/phones/{phone_id}/end": (HERE + "test_a_phones_trust_and_a_session_end_once_or_twice", "—"),
    "POST /api/account/sessions/{session_id}/end": (HERE + "test_a_phones_trust_and_a_session_end_once_or_twice", "—"),
    "POST /api/accounts": (AT_ONCE + "test_of_two_who_add_an_account_of_one_name_one_does", "已有名为……的账号"),
    "POST /api/accounts/{account_id}/change": (
        HERE + "test_two_changes_of_an_account_follow_one_another_on_the_trail",
        "后改的为准，日志里前后相接",
    ),
    "POST /api/accounts/{account_id}/disable": (
        HERE + "test_two_administrators_who_disable_each_other_leave_one",
        "最后一个能用的系统管理员，或数据库正忙",
    ),
    "POST /api/accounts/{account_id}/enable": (HERE + "test_an_account_is_enabled_once", "没有停用，不必启用"),
    "POST /api/accounts/{account_id}/reset": (
        HERE + "test_of_two_resets_one_link_is_left",
        "先发的链接已换成新的",
    ),
    "POST /api/accounts/{account_id}/subject": (
        HERE + "test_of_two_accounts_bound_to_one_person_one_is",
        "已对应……，或刚刚有人把它对应到了别的账号",
    ),
    "POST /api/projects/{project_id}/events": (
        AT_ONCE + "test_two_events_entered_at_once_both_stand_in_the_order_recorded",
        "两件都记",
    ),
    "POST /api/alerts/decisions": (HERE + "test_of_two_same_proposals_one_is_new", "同样的……已经提出"),
    "POST /api/alerts/decisions/approve": (HERE + "test_a_proposal_is_approved_once", "可能已经办理，请刷新"),
    "POST /api/alerts/decisions/withdraw": (
        HERE + "test_what_is_asked_is_taken_back_or_approved",
        "没有等待批准的，或须由办公室主任撤销",
    ),
    "POST /api/alerts/decisions/outlook": (
        HERE + "test_of_two_outlooks_the_later_stands_and_the_earlier_is_kept",
        "后定的为准，前一个留在修订里",
    ),
    "POST /api/publications": (AT_ONCE + "test_of_two_who_sign_a_draft_one_signs", "已定稿"),
    "POST /api/publications/reopenings": (
        AT_ONCE + "test_of_two_correction_slips_for_one_period_there_is_one_and_one_signature",
        "已签发",
    ),
    "POST /api/appeals": (
        AT_ONCE + "test_of_two_appeals_about_one_score_there_is_one_and_of_two_decisions_one",
        "已有申诉等待决定",
    ),
    "POST /api/appeals/{appeal_id}/answer": (
        HERE + "test_an_answer_does_not_outlive_the_decision",
        "已由……决定，不能再改",
    ),
    "POST /api/appeals/{appeal_id}/decision": (
        AT_ONCE + "test_of_two_appeals_about_one_score_there_is_one_and_of_two_decisions_one",
        "已由……决定，不能再改",
    ),
    "POST /api/appeals/{appeal_id}/withdraw": (
        HERE + "test_an_appeal_is_withdrawn_or_decided",
        "已由……撤回，或已由……决定",
    ),
    "POST /api/rulebooks/adopt": (AT_ONCE + "test_of_two_heads_who_adopt_a_proposed_book_one_does", "现在用的就是这份"),
    "POST /api/rulebooks/{revision_id}/withdraw": (
        HERE + "test_a_proposed_book_is_given_up_or_put_in_force",
        "已经启用、换过或撤回",
    ),
    "POST /api/uploads": (AT_ONCE + "test_the_same_file_handed_in_by_two_at_once_is_kept_once", "各有各的预检"),
    "POST /api/uploads/form": (HERE + "test_two_forms_are_two_tries", "各有各的预检"),
    "POST /api/uploads/{upload_id}/answers": (HERE + "test_of_two_answers_one_is_kept", "刚刚有人也回答了"),
    "POST /api/uploads/{upload_id}/discard": (
        HERE + "test_a_submission_is_given_up_or_given_back",
        "已放弃、已退回这张表",
    ),
    "POST /api/uploads/{upload_id}/commit": (
        AT_ONCE + "test_of_two_sheets_about_the_same_figures_one_is_taken_whole_and_the_other_told",
        "已确认导入，差异随之改变",
    ),
    "POST /api/uploads/{upload_id}/accept": (
        AT_ONCE + "test_of_taking_and_returning_what_a_unit_filed_one_happens",
        "已退回这张表",
    ),
    "POST /api/uploads/{upload_id}/return": (
        AT_ONCE + "test_of_taking_and_returning_what_a_unit_filed_one_happens",
        "已确认导入了这张表",
    ),
    "POST /api/uploads/{upload_id}/hand-over": (
        HERE + "test_of_two_hand_overs_the_later_counts_and_both_are_told_on_the_trail",
        "后转的为准，两次都在日志",
    ),
    "POST /api/uploads/{upload_id}/revert": (AT_ONCE + "test_an_import_is_undone_once", "已由……撤销"),
}
NOTHING_TO_LOSE: dict[str, str] = {
    "DELETE /api/session": "只结束自己这一处登录，结束两次与一次相同",
    "POST /api/session/activation/look": "只看，不改",
    "POST /api/account/sessions/end": "只把登录标为结束，做两次与一次相同",
    "POST /api/accounts/{account_id}/end-sessions": "只把登录和手机标为结束，做两次与一次相同",
    "POST /api/audit/verification": "只在操作日志末尾加一条",
    "POST /api/audit/samples": "只在操作日志末尾加一条，各有编号",
    "POST /api/audit/samples/{number}/checks": "只在操作日志末尾加一条，后记的为准，先记的留着",
    "POST /api/rulebooks/trial": "试算不存，只在操作日志末尾加一条",
    "POST /api/uploads/annotate": "文件不存，只在操作日志末尾加一条",
    "WS /api/uploads/live": "与 POST /api/uploads 是同一件事",
}


def test_every_route_that_changes_something_was_tried_or_has_its_reason(app: FastAPI) -> None:
    registered = {f"{method} {path}" for method, path in routes_of(app) if method in CHANGING}
    registered = {one for one in registered if not one.endswith("/api/{rest:path}")}
    assert registered - TRIED.keys() - NOTHING_TO_LOSE.keys() == set(), "每个新的写接口都要写明两人同时办会怎样"
    assert (TRIED.keys() | NOTHING_TO_LOSE.keys()) - registered == set(), "表里有已经不存在的接口"
    assert TRIED.keys() & NOTHING_TO_LOSE.keys() == set()
    for test, _ in TRIED.values():
        path, _, name = test.partition("::")
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), test


# ---- two at once ----------------------------------------------------------------------------------------------------

TWO = ("o", "o2")
SECOND = (("o2", "李科员", "office"), ("h2", "赵主任", "office_head"), ("a2", "管理员二", "admin"))
Asked = tuple[str, str, Any]  # who, path under /api, body


class World:
    """The county of roles behind the API, with a second of everybody who decides."""

    def __init__(self, made: Roles, app: FastAPI) -> None:
        self.made, self.app = made, app
        self.database: Database = app.state.database
        self.clients = [TestClient(app) for _ in range(2)]
        self._carried: dict[str, dict[str, str]] = {}
        for letter, name, role in SECOND:
            self.add(letter, name, role)
        with self.database.write() as session:  # of no county, as the first
            session.get_one(Account, made.accounts["a2"]).organisation_id = None

    def add(self, letter: str, name: str, role: str, **words: str) -> int:
        with self.database.write() as session:
            account, _ = accounts.add(
                session,
                self.made.settings,
                Actor.command(),
                name,
                role,
                password=PASSWORD,
                organisation_code="county",
                **words,
            )
        assert account.id is not None
        self.made.accounts[letter] = account.id
        return account.id

    def carried(self, letter: str) -> dict[str, str]:
        if letter and letter not in self._carried:
            self._carried[letter] = self.made.headers(letter)
        return self._carried.get(letter, {})

    def ask(self, letter: str, path: str, body: Any = None, client: int = 0) -> httpx2.Response:
        http = self.clients[client]
        http.cookies.clear()
        answer: Any = http.post(f"/api/{path}", headers=self.carried(letter), json={} if body is None else body)
        assert answer.status_code in (503, *range(500)), answer.text
        return answer  # type: ignore[no-any-return]

    def done(self, letter: str, path: str, body: Any = None) -> Any:
        answer = self.ask(letter, path, body)
        assert answer.is_success, (path, answer.text)
        return answer.json() if answer.content else None

    def both(self, first: Asked, second: Asked) -> list[httpx2.Response]:
        for letter, *_ in (first, second):
            self.carried(letter)
        look = Barrier(2)

        def one(number: int) -> httpx2.Response:
            try:
                return self.ask(*(first, second)[number], client=number)
            finally:
                look.abort()  # whoever is left need not wait for this one

        with held(self.database, look), ThreadPoolExecutor(2) as threads:
            return list(threads.map(one, (0, 1)))

    def entries(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            assert audit.verify(session) == []
            where = (AuditEntry.action == action, AuditEntry.outcome == "ok")
            return list(session.exec(select(AuditEntry).where(*where).order_by(col(AuditEntry.number))).all())


@contextmanager
def held(database: Database, look: Barrier) -> Iterator[None]:
    """Whoever is about to write waits for the other: before BEGIN IMMEDIATE on SQLite, which lets one at a time look
    further; before the write itself on PostgreSQL."""

    def wait() -> None:
        with suppress(BrokenBarrierError):
            look.wait(WAITS)

    def before_write(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            wait()

    begin = database._begin

    def begin_together(*words: Any, **more: Any) -> None:
        wait()
        begin(*words, **more)

    if database.is_sqlite:
        database._begin = begin_together  # type: ignore[method-assign]
    else:
        event.listen(database._writer, "before_cursor_execute", before_write)
    try:
        yield
    finally:
        if database.is_sqlite:
            del database._begin
        else:
            event.remove(database._writer, "before_cursor_execute", before_write)


def one_wins(answers: list[httpx2.Response], status: int, told: str, refusal: int = 409) -> int:
    """The number of whoever was let through; the other was told (a pattern)."""
    assert sorted(answer.is_success for answer in answers) == [False, True], [one.text for one in answers]
    winner = [answer.is_success for answer in answers].index(True)
    loser = answers[1 - winner]
    assert (answers[winner].status_code, loser.status_code) == (status, refusal), loser.text
    assert re.search(told, loser.json()["message"]), loser.text
    return winner


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    home = tmp_path_factory.mktemp("lost-updates") / "home"
    if request.param == "sqlite":
        if ENGINE == "postgresql":
            pytest.skip("SQLite自身的事：另在 make test 里跑")
        made = request.getfixturevalue("roles").copied(home)
    else:
        settings = templates.copy("postgresql", home)
        made = fill(settings, open_database(settings))
    app = create_app(made.settings.model_copy(update=PROVIDER))
    yield World(made, app)
    app.state.database.close()
    made.county.database.close()
    templates.forget(made.settings)


# -- accounts


def test_an_activation_link_is_spent_once(world: World) -> None:
    link = world.done("a", "accounts", {"name": "新来的", "role": "office"})["link"].partition("#")[2]
    path = "session/activation"
    ways: list[Asked] = [("", path, {"token": link, "password": f"Kaitong-2023-{n}"}) for n in range(2)]
    winner = one_wins(world.both(*ways), 200, "链接已经用过", refusal=401)
    signed_in = [
        world.ask("", "session", {"name": "新来的", "password": f"Kaitong-2023-{n}"}).status_code for n in range(2)
    ]
    assert signed_in == ([200, 401] if winner == 0 else [401, 200])


def test_of_two_new_passwords_the_one_that_was_told_so_holds(world: World) -> None:
    world.add("p", "改口令的", "office")
    ways: list[Asked] = [("p", "account/password", {"old": PASSWORD, "new": f"Xin-kouling-{n}"}) for n in range(2)]
    winner = one_wins(world.both(*ways), 200, "登录已失效，请重新登录", refusal=401)
    signed_in = [
        world.ask("", "session", {"name": "改口令的", "password": f"Xin-kouling-{n}"}).status_code for n in range(2)
    ]
    assert signed_in == ([200, 401] if winner == 0 else [401, 200])


def test_a_password_changed_at_once_does_not_undo_a_reset(world: World) -> None:
    """Who has found an open screen and knows the password may not keep it past the administrator's act."""
    for number in range(ROUNDS):
        account = world.add(f"q{number}", f"被重置的{number}", "office")
        changed = {"old": PASSWORD, "new": "Xin-kouling-9"}
        answers = world.both((f"q{number}", "account/password", changed), ("a", f"accounts/{account}/reset", None))
        assert answers[1].status_code == 200
        assert answers[0].status_code in (200, 401)
        with world.database.read() as session:
            assert session.get_one(Account, account).awaits_activation
            assert open_sessions(session, account) == 0


def test_who_signs_in_by_the_old_password_at_once_is_not_in_afterwards(world: World) -> None:
    world.add("w", "换口令的", "office")
    old = PASSWORD
    for number in range(ROUNDS):
        new = f"Xin-kouling-{number}"
        signing_in, changing = world.both(
            ("", "session", {"name": "换口令的", "password": old}), ("w", "account/password", {"old": old, "new": new})
        )
        assert changing.status_code == 200, changing.text
        assert signing_in.status_code in (200, 401)
        with world.database.read() as session:
            assert open_sessions(session, world.made.accounts["w"]) == 1  # theirs, who changed it
        world._carried["w"] = {"cookie": f"sanzhong={changing.cookies['sanzhong']}"}
        old = new


def test_a_phone_trusted_at_once_with_a_reset_is_not_trusted_afterwards(world: World) -> None:
    """Nor is it let in by its six digits."""
    for number in range(ROUNDS):
        account = world.add(f"t{number}", f"领导{number}", "leader", scope="county")
        reset: Asked = ("a", f"accounts/{account}/reset", None)
        answers = world.both((f"t{number}", "account/phones", {"pin": PIN}), reset)
        assert answers[1].status_code == 200 and answers[0].status_code in (201, 401)
        with world.database.read() as session:
            assert phones.alive(session, account, datetime.now(UTC)) == []
    for number in range(ROUNDS):
        account = world.add(f"v{number}", f"书记{number}", "leader", scope="county")
        trusted = world.ask(f"v{number}", "account/phones", {"pin": PIN})
        world._carried["phone"] = {"cookie": f"sanzhong_phone={trusted.cookies['sanzhong_phone']}"}
        answers = world.both(("phone", "session", {"pin": PIN}), ("a", f"accounts/{account}/reset", None))
        assert answers[1].status_code == 200 and answers[0].status_code in (200, 401)
        with world.database.read() as session:
            assert open_sessions(session, account) == 0


def test_who_uses_a_link_at_once_with_the_end_of_all_sessions_is_not_in_afterwards(world: World) -> None:
    for number in range(ROUNDS):
        with world.database.write() as session:
            name = f"演示{number}"
            account, _ = accounts.add(
                session, world.made.settings, Actor.command(), name, "office", password=None, organisation_code="county"
            )
            links = accounts.new_links(session, world.made.settings, Actor.command())
            [link] = [token for one, token in links if one.name == name]
            ended: Asked = ("a", f"accounts/{account.id}/end-sessions", None)
        answers = world.both(("", "session", {"link": link}), ended)
        assert answers[1].status_code == 200 and answers[0].status_code in (200, 401)
        with world.database.read() as session:
            assert open_sessions(session, account.id or 0) == 0


def open_sessions(session: Session, account: int) -> int:
    of_account = (SignInSession.account_id == account, col(SignInSession.is_revoked).is_(False))
    return len(session.exec(select(SignInSession).where(*of_account)).all())


def test_a_phones_trust_and_a_session_end_once_or_twice(world: World) -> None:
    """Ended is ended: who comes second is told so, or that there is none any more."""
    world.add("s", "有手机的", "leader", scope="county")
    phone = world.done("s", "account/phones", {"pin": PIN})["id"]
    answers = world.both(*[("s", f"account/phones/{phone}/end", None)] * 2)
    assert sorted(answer.status_code for answer in answers) in ([200, 200], [200, 404])
    world.made.headers("s")  # another session of theirs
    rows = world.clients[0].get("/api/account", headers=world.carried("s")).json()["sessions"]
    other = next(row["id"] for row in rows if not row["is_current"])
    answers = world.both(*[("s", f"account/sessions/{other}/end", None)] * 2)
    assert sorted(answer.status_code for answer in answers) in ([200, 200], [200, 404])


def test_two_changes_of_an_account_follow_one_another_on_the_trail(world: World) -> None:
    account = world.add("c", "换角色的", "office")
    path = f"accounts/{account}/change"
    answers = world.both(("a", path, {"role": "office_head"}), ("a2", path, {"role": "inspector", "team": "督查一组"}))
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = [entry.detail for entry in world.entries("account.change") if entry.target == "换角色的"]
    assert first["before"]["role"] == "office"
    assert second["before"] == first["after"]  # whoever was second changed what the first had made
    with world.database.read() as session:
        assert session.get_one(Account, account).role == second["after"]["role"]


def test_of_two_accounts_bound_to_one_person_one_is(world: World) -> None:
    paths = [f"accounts/{world.add(f's{n}', f'统一身份{n}', 'office')}/subject" for n in range(2)]
    ways: list[Asked] = [(who, path, {"subject": "P-1"}) for who, path in zip(("a", "a2"), paths, strict=True)]
    winner = one_wins(world.both(*ways), 200, "已对应“统一身份|刚刚有人把这个统一身份对应到了别的账号")
    with world.database.read() as session:
        bound = session.exec(select(Account.name).where(Account.subject == "P-1")).all()
    assert bound == [f"统一身份{winner}"]


def test_two_bindings_of_an_account_follow_one_another_on_the_trail(world: World) -> None:
    path = f"accounts/{world.add('t', '换统一身份的', 'office')}/subject"
    answers = world.both(("a", path, {"subject": "P-2"}), ("a2", path, {"subject": "P-3"}))
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = [entry.detail for entry in world.entries("account.subject") if entry.target == "换统一身份的"]
    assert (first["before"], second["before"]) == ("", first["after"])


def test_an_account_is_enabled_once(world: World) -> None:
    account = world.add("e", "停过的", "office")
    world.done("a", f"accounts/{account}/disable")
    path = f"accounts/{account}/enable"
    one_wins(world.both(("a", path, None), ("a2", path, None)), 200, "没有停用，不必启用")


def test_of_two_resets_one_link_is_left(world: World) -> None:
    account = world.add("r", "忘口令的", "office")
    path = f"accounts/{account}/reset"
    answers = world.both(("a", path, None), ("a2", path, None))
    assert [answer.status_code for answer in answers] == [200, 200]
    links = [answer.json()["link"].partition("#")[2] for answer in answers]
    looks = [world.ask("", "session/activation/look", {"token": link}) for link in links]
    assert sorted(look.status_code for look in looks) == [200, 401]
    [spent] = [look.json()["message"] for look in looks if look.status_code == 401]
    assert "已换成新的" in spent
    with world.database.read() as session:
        of_account = (Activation.account_id == account, col(Activation.ended_at).is_(None))
        assert len(session.exec(select(Activation).where(*of_account)).all()) == 1


def test_two_administrators_who_disable_each_other_leave_one(world: World) -> None:
    ids = world.made.accounts
    answers = world.both(("a", f"accounts/{ids['a2']}/disable", None), ("a2", f"accounts/{ids['a']}/disable", None))
    assert sorted(answer.is_success for answer in answers) == [False, True]
    [told] = [answer for answer in answers if not answer.is_success]
    assert (told.status_code, told.json()["code"]) in ((409, "conflict"), (503, "busy")), told.text
    with world.database.write() as session:
        admins = session.exec(select(Account).where(Account.role == "admin")).all()
        assert sorted(one.is_disabled for one in admins) == [False, True]
        for one in admins:  # as before, for whoever comes next
            one.is_disabled = False
            session.add(one)
    world._carried.pop("a", None)
    world._carried.pop("a2", None)


# -- lights


def matter(world: World, **more: Any) -> dict[str, Any]:
    return {"programme": "2023", "project": world.made.own["project"], "month": "2023-06", **more}


def test_of_two_same_proposals_one_is_new(world: World) -> None:
    asked = matter(world, kind="override", light="red", reason="会议定的")
    path = "alerts/decisions"
    one_wins(world.both(("o", path, asked), ("o2", path, asked)), 201, "同样的人工认定已经提出")


def test_a_proposal_is_approved_once(world: World) -> None:
    """The proposal is the one of the test before, or its like."""
    world.ask("o", "alerts/decisions", matter(world, kind="override", light="red", reason="会议定的"))
    approved = matter(world, kind="override")
    path = "alerts/decisions/approve"
    winner = one_wins(world.both(("h", path, approved), ("h2", path, approved)), 200, "可能已经办理，请刷新", 404)
    rows = world.clients[0].get("/api/alerts/decisions", params=approved, headers=world.carried("o")).json()["rows"]
    assert [row["approver"] for row in rows if row["kind"] == "override"] == [("周主任", "赵主任")[winner]]


def test_what_is_asked_is_taken_back_or_approved(world: World) -> None:
    other = {**matter(world), "project": world.made.other["project"]}
    world.done("o", "alerts/decisions", {**other, "kind": "override", "light": "green", "reason": "已整改"})
    answers = world.both(
        ("h", "alerts/decisions/approve", {**other, "kind": "override"}),
        ("o", "alerts/decisions/withdraw", {**other, "kind": "override", "reason": "先不报"}),
    )
    rows = world.clients[0].get("/api/alerts/decisions", params=other, headers=world.carried("o")).json()["rows"]
    stands = [(row["is_asked"], row["value"]) for row in rows if row["project_id"] == other["project"]]
    if answers[0].is_success:  # what stands is the head's to undo
        assert (answers[1].status_code, stands) == (403, [(False, "green")])
    else:
        assert (answers[0].status_code, answers[1].status_code, stands) == (404, 204, [])


def test_of_two_outlooks_the_later_stands_and_the_earlier_is_kept(world: World) -> None:
    path, said = "alerts/decisions/outlook", {"王科员": "expected", "李科员": "unlikely"}
    ways: list[Asked] = [
        (who, path, matter(world, outlook=one, reason="会议定的")) for who, one in zip(TWO, said.values(), strict=True)
    ]
    assert [answer.status_code for answer in world.both(*ways)] == [201, 201]
    first, second = [
        entry for entry in world.entries("project.light_decision") if entry.detail.get("kind") == "outlook"
    ]
    assert {first.actor_name, second.actor_name} == said.keys()
    answer = world.clients[0].get("/api/alerts/decisions", params=matter(world), headers=world.carried("o"))
    [stands] = [row for row in answer.json()["rows"] if row["kind"] == "outlook"]
    assert (stands["approver"], stands["value"]) == (second.actor_name, said[second.actor_name])


# -- appeals, books


def contested(world: World, period: str) -> int:
    """An appeal of 杨屯镇 that waits; each time about another period's draft."""
    world.done("o", "publications", {"programme": "2023", "period": period})
    http, project = world.clients[0], str(world.made.own["project"])
    http.cookies.clear()
    said = {"programme": "2023", "period": period, "project": project, "grounds": "漏计一笔"}
    answer = http.post("/api/appeals", headers=world.carried("U"), data=said)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_an_answer_does_not_outlive_the_decision(world: World) -> None:
    appeal = contested(world, "2023-04")
    decided = {"decision": "维持", "reason": "无误", "answer": "主任的答复"}
    answers = world.both(
        ("o", f"appeals/{appeal}/answer", {"answer": "科员的答复"}), ("h", f"appeals/{appeal}/decision", decided)
    )
    assert answers[1].status_code == 200
    assert answers[0].status_code == 200 or "已由周主任决定（维持），不能再改" in answers[0].json()["message"]
    rows = world.clients[0].get("/api/appeals?programme=2023", headers=world.carried("o")).json()["rows"]
    assert next(row["answer"] for row in rows if row["id"] == appeal) == "主任的答复"


def test_an_appeal_is_withdrawn_or_decided(world: World) -> None:
    appeal = contested(world, "2023-05")
    decided = {"decision": "采纳", "reason": "确有漏计", "answer": "补计"}
    answers = world.both(("U", f"appeals/{appeal}/withdraw", None), ("h", f"appeals/{appeal}/decision", decided))
    one_wins(answers, 200, "已由杨屯经办撤回，不需要再办|已由周主任决定（采纳），不能再改")


def test_a_proposed_book_is_given_up_or_put_in_force(world: World) -> None:
    of_year = {"programme": "2023"}
    draft = world.made.shared["book_draft"]
    adopted = {**of_year, "revision": draft, "from_month": "2023-11", "reason": "常委会议"}
    answers = world.both(("h", "rulebooks/adopt", adopted), ("o", f"rulebooks/{draft}/withdraw", of_year))
    assert sorted(answer.is_success for answer in answers) == [False, True], [one.text for one in answers]
    [told] = [answer for answer in answers if not answer.is_success]
    assert told.status_code == 409
    assert re.search("已经启用、换过或撤回，不用再撤回|还没有拟稿", told.json()["message"])


# -- sheets


def test_two_forms_are_two_tries(world: World) -> None:
    answers = world.both(*[("U", "uploads/form", form("2023-10", figure)) for figure in ("41400", "41500")])
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 2


def form(month: str, figure: str) -> dict[str, Any]:
    return {"programme": "2023", "month": month, "rows": [{"project": OWN, "reported_ytd_wan": figure}]}


def test_of_two_answers_one_is_kept(world: World) -> None:
    tried = world.done("o", "uploads/form", form("2023-06", "100"))
    [question, *_] = tried["questions"]
    values = [choice["value"] for choice in question["choices"]][:2]
    path = f"uploads/{tried['id']}/answers"
    ways: list[Asked] = [(who, path, {"answers": {question["id"]: one}}) for who, one in zip(TWO, values, strict=True)]
    winner = one_wins(world.both(*ways), 200, "刚刚有人也回答了这张表的问题，请刷新后再答")
    with world.database.read() as session:
        kept = session.get_one(Upload, tried["id"]).answers[question["id"]]
    assert (kept["value"], kept["by"]) == (values[winner], ("王科员", "李科员")[winner])


def test_a_submission_is_given_up_or_given_back(world: World) -> None:
    waiting = world.made.own["waiting"]
    answers = world.both(
        ("U", f"uploads/{waiting}/discard", None), ("o", f"uploads/{waiting}/return", {"reason": "缺章"})
    )
    # What was given back may still be given up by the unit; what is given up cannot be given back.
    assert answers[0].status_code == 200
    if not answers[1].is_success:
        assert "杨屯经办已于" in answers[1].json()["message"] and "放弃这张表" in answers[1].json()["message"]
    with world.database.read() as session:
        assert session.get_one(Upload, waiting).state == "discarded"


def test_of_two_hand_overs_the_later_counts_and_both_are_told_on_the_trail(world: World) -> None:
    waiting = world.made.other["waiting"]
    path = f"uploads/{waiting}/hand-over"
    answers = world.both(("o", path, {"to": "周主任"}), ("o2", path, {"to": "赵主任"}))
    assert [answer.status_code for answer in answers] == [200, 200]
    said = [(entry.actor_name, entry.detail["to"]) for entry in world.entries("upload.hand_over")]
    assert sorted(said) == [("李科员", "赵主任"), ("王科员", "周主任")]
    with world.database.read() as session:
        upload = session.get_one(Upload, waiting)
    assert (upload.handed_by, upload.handed_to) == said[-1]
