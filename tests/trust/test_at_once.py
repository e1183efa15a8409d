"""What is taken away is gone at the next request (即时生效, SECURITY A7): API, callbacks, exports, websockets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import Session, col, select, update
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from app.accounts import service as accounts
from app.accounts.models import Account, SignInSession
from app.audit.service import Actor
from app.organisation.models import Unit
from tests.trust.county_of_roles import OTHER, OWN
from tests.trust.running import Running

BOARD = "/api/projects?programme=2023&month=2023-06"
EXPORT = "/api/standings/export?programme=2023&period=2023-06"
YEAR = {"name": "2023年度", "code": "2023", "year": 2023, "newest_month": "2023-06"}
CALLBACK = {
    "output": "projects-body.children",
    "outputs": {"id": "projects-body", "property": "children"},
    "inputs": [
        {"id": "shell-programmes", "property": "data", "value": [YEAR]},
        {"id": "shell-viewport", "property": "data", "value": "desktop"},
        {"id": "projects-query", "property": "data", "value": {"month": "2023-06"}},
    ],
    "changedPropIds": ["projects-query.data"],
    "state": [],
}  # fmt: skip


class Person:
    """Somebody new with a browser of their own, signed in before anything is taken away."""

    def __init__(self, running: Running, role: str, **words: str) -> None:
        self.running = running
        made = running.roles
        with made.county.database.write() as session:
            count = len(session.exec(select(Account)).all())
            account, _ = accounts.add(
                session,
                made.settings,
                Actor.command(),
                f"新人{count}",
                role,
                password=None,
                organisation_code="county",
                **words,
            )
        self.name, letter = account.name, f"new{count}"
        made.accounts[letter] = account.id or 0
        self.letter = letter
        running.headers(letter)

    def changed(self, act: Callable[[Session, Account], Any]) -> None:
        with self.running.roles.county.database.write() as session:
            act(session, session.exec(select(Account).where(Account.name == self.name)).one())

    def statuses(self) -> tuple[int, int, int, int]:
        """API, export, callback, page."""
        ask = self.running.ask
        return (
            ask(self.letter, "GET", BOARD).status_code,
            ask(self.letter, "GET", EXPORT).status_code,
            ask(self.letter, "POST", "/_dash-update-component", json=CALLBACK).status_code,
            ask(self.letter, "GET", "/ranking").status_code,
        )

    def projects(self) -> set[str]:
        return {row["name"] for row in self.running.ask(self.letter, "GET", BOARD).json()["rows"]}

    def screen(self) -> str:
        answer = self.running.ask(self.letter, "POST", "/_dash-update-component", json=CALLBACK)
        return json.dumps(answer.json(), ensure_ascii=False)

    def socket(self) -> Any:
        address = self.running.address.replace("http", "ws") + "/api/uploads/live"
        return connect(address, additional_headers=self.running.headers(self.letter))


def handed_in(socket: Any) -> int:
    """The status that a file gets over an open websocket; 4001 where it is closed instead."""
    content = b"not a workbook"
    try:
        socket.send(json.dumps({"programme": "2023", "filename": "6月.xlsx", "size": len(content)}))
        assert json.loads(socket.recv(timeout=20)) == {"stage": "receiving"}
        socket.send(content)
        while "status" not in (message := json.loads(socket.recv(timeout=30))):
            pass
        return int(message["status"])
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code


def disabled(session: Session, account: Account) -> None:
    accounts.disable(session, Actor.command(), account.name)


def signed_out_everywhere(session: Session, account: Account) -> None:
    accounts.end_sessions(session, account)


def run_out(session: Session, account: Account) -> None:
    of_account = col(SignInSession.account_id) == account.id
    session.exec(update(SignInSession).where(of_account).values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))


def left_idle(session: Session, account: Account) -> None:
    of_account = col(SignInSession.account_id) == account.id
    session.exec(update(SignInSession).where(of_account).values(last_seen_at=datetime(2020, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("act", [disabled, signed_out_everywhere, run_out, left_idle])
def test_an_ended_session_is_over_at_the_next_request_everywhere(
    running: Running, act: Callable[[Session, Account], Any]
) -> None:
    person = Person(running, "office")
    assert person.statuses() == (200, 200, 200, 200)
    with person.socket() as socket:
        assert handed_in(socket) == 400
        person.changed(act)
        assert handed_in(socket) == 4001  # the connection was open before
    assert person.statuses() == (401, 401, 401, 303)
    with pytest.raises((InvalidStatus, ConnectionClosed)), person.socket() as socket:
        socket.recv(timeout=5)


def test_another_role_holds_from_the_next_request_on(running: Running) -> None:
    person = Person(running, "office")
    assert person.projects() >= {OWN, OTHER}
    with person.socket() as socket:
        assert handed_in(socket) == 400

        def inspects(session: Session, account: Account) -> None:
            account.role, account.team = "inspector", "督查一组"
            session.add(account)

        person.changed(inspects)
        assert handed_in(socket) == 403
    assert running.ask(person.letter, "GET", "/api/uploads?programme=2023").status_code == 403

    def administers(session: Session, account: Account) -> None:
        account.role = "admin"
        session.add(account)

    person.changed(administers)
    assert person.statuses() == (403, 403, 200, 200)  # the callback says why instead of showing projects
    assert OWN not in person.screen()


def test_another_unit_or_scope_holds_from_the_next_request_on(running: Running) -> None:
    person = Person(running, "unit", unit="杨屯镇")
    assert person.projects() == {OWN}
    assert (OWN in person.screen(), OTHER in person.screen()) == (True, False)

    def moves(session: Session, account: Account) -> None:
        account.unit_id = session.exec(select(Unit).where(Unit.name == "龙固镇")).one().id
        session.add(account)

    person.changed(moves)
    assert OWN not in person.projects()
    assert OTHER in person.projects()
    assert (OWN in person.screen(), OTHER in person.screen()) == (False, True)
    own = running.roles.own
    for path in (
        f"/api/projects/{own['project']}",
        f"/api/uploads/{own['taken']}",
        f"/api/appeals/{own['appeal']}/file",
    ):
        assert running.ask(person.letter, "GET", path).status_code == 404

    def loses_its_unit(session: Session, account: Account) -> None:
        account.unit_id = None
        session.add(account)

    person.changed(loses_its_unit)
    assert person.projects() == set()


def test_a_leaders_narrower_scope_holds_from_the_next_request_on(running: Running) -> None:
    person = Person(running, "leader", scope="county")
    assert person.projects() >= {OWN, OTHER}

    def sponsors_nothing(session: Session, account: Account) -> None:
        account.scope = "sponsored"
        session.add(account)

    person.changed(sponsors_nothing)
    assert person.projects() == set()
    assert running.ask(person.letter, "GET", f"/api/projects/{running.roles.own['project']}").status_code == 404
