"""Guessing is slowed (限速) in every direction, and no outsider keeps a person from their own computer or phone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import select

from app.accounts import passwords
from app.accounts import service as accounts
from app.accounts.models import SignInFailure
from app.accounts.visitors import Visitor, agent_words, network
from app.audit.service import Actor
from app.database import Database
from app.errors import DomainError, NotSignedIn, TooManyAttempts
from app.settings import Settings

PASSWORD = "Gongcheng-2023"
OUTSIDE, OFFICE = Visitor("203.0.113.66"), Visitor("10.0.0.8", browser="b" * 64)
Try = Callable[..., str]


@pytest.fixture
def attempt(database: Database, settings: Settings) -> Try:
    """`attempt(visitor, name, password)`: ok, wrong or wait. 李书记 has signed in by OFFICE's browser before."""
    with database.write() as session:
        for name in ("李书记", "王主任"):
            accounts.add(session, settings, Actor.command(), name, "office", password=PASSWORD)
    accounts.sign_in(database, settings, "李书记", PASSWORD, OFFICE)

    def sign_in(visitor: Visitor, name: str = "李书记", password: str = "guess") -> str:
        try:
            accounts.sign_in(database, settings, name, password, visitor)
        except NotSignedIn:
            return "wrong"
        except TooManyAttempts:
            return "wait"
        return "ok"

    return sign_in


def failures(database: Database, name: str, count: int, address: str = "", browser: str = "") -> None:
    """`count` failures a minute ago, each from an address of its own unless one is given."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    with database.write() as session:
        for number in range(count):
            place = address or f"198.51.100.{number}"
            session.add(SignInFailure(name=name.format(number), address=place, browser=browser, at=at))


def test_many_names_from_one_address_are_slowed(attempt: Try, database: Database) -> None:
    """Spraying: 30 names, one guess each; the 31st name waits, wherever else nobody does."""
    failures(database, "猜的{}", 29, OUTSIDE.address)
    assert attempt(OUTSIDE, "第三十个") == "wrong"
    assert attempt(OUTSIDE, "王主任", PASSWORD) == "wait"
    assert attempt(Visitor("203.0.113.67"), "王主任", PASSWORD) == "ok"


def test_one_name_from_many_addresses_is_slowed(attempt: Try, database: Database) -> None:
    failures(database, "李书记", 19)
    assert attempt(OUTSIDE) == "wrong"  # the twentieth
    assert attempt(Visitor("192.0.2.1"), password=PASSWORD) == "wait"


def test_neither_keeps_a_person_from_the_browser_they_have_used_before(attempt: Try, database: Database) -> None:
    """ASVS 6.1.1: an outsider can lock nobody out, not even from behind the same address."""
    failures(database, "李书记", 100)
    failures(database, "猜的{}", 100, OFFICE.address)
    failures(database, "李书记", 100, OFFICE.address)
    assert attempt(OFFICE, password=PASSWORD) == "ok"


def test_a_known_browser_is_slowed_by_its_own_guesses(attempt: Try) -> None:
    assert [attempt(OFFICE) for _ in range(5)] == ["wrong"] * 5
    assert attempt(OFFICE, password=PASSWORD) == "wait"
    assert attempt(Visitor("10.0.0.9"), password=PASSWORD) == "ok"


def test_a_browser_is_known_to_the_accounts_that_used_it_alone(attempt: Try, database: Database) -> None:
    """OFFICE's cookie is of no use for 王主任, who never signed in by it."""
    failures(database, "王主任", 20)
    assert attempt(OFFICE, "王主任", PASSWORD) == "wait"


def test_signing_in_forgives_this_place_and_no_other(attempt: Try, database: Database) -> None:
    """An attacker who owns an account cannot wipe out what was counted for others by signing in between."""
    failures(database, "李书记", 4, "10.0.0.9")
    failures(database, "李书记", 3, OUTSIDE.address)
    failures(database, "王主任", 2, "10.0.0.9")
    assert attempt(Visitor("10.0.0.9"), password=PASSWORD) == "ok"
    with database.read() as session:
        left = sorted((one.name, one.address) for one in session.exec(select(SignInFailure)).all())
    assert left == [("李书记", OUTSIDE.address)] * 3 + [("王主任", "10.0.0.9")] * 2


def test_parallel_guesses_are_counted_before_they_are_worked_out(
    attempt: Try, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve at once: five are looked at, seven wait, though not one had failed when they began."""
    looked, begin = [], Barrier(12)

    def look(_password: str, _hash: str) -> bool:
        looked.append(1)
        return False

    monkeypatch.setattr(accounts, "is_right", look)
    answers: list[str] = []

    def guess() -> None:
        begin.wait()
        answers.append(attempt(OUTSIDE))

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(looked), answers.count("wrong"), answers.count("wait")) == (5, 5, 7)


def test_the_slash_64_of_an_ipv6_host_is_one_place(attempt: Try) -> None:
    assert [attempt(Visitor(f"2001:db8:0:7::{number:x}")) for number in range(5)] == ["wrong"] * 5
    assert attempt(Visitor("2001:db8:0:7:ffff::1"), password=PASSWORD) == "wait"
    assert attempt(Visitor("2001:db8:0:8::1"), password=PASSWORD) == "ok"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("10.0.0.8", "10.0.0.8"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:10.0.0.8", "10.0.0.8"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_is_one_place(address: str, place: str) -> None:
    assert network(address) == place


def test_a_browser_is_named_in_words() -> None:
    chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
    assert agent_words(chrome) == "手机 Chrome"
    assert agent_words("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/128.0") == "电脑 Firefox"
    assert agent_words("") == ""


def test_unknown_wrong_disabled_and_waiting_accounts_cost_the_same_work(
    attempt: Try, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY A3: each verifies one hash and writes the same two transactions."""
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "停用的人", "office", password=PASSWORD)
        accounts.disable(session, Actor.command(), "停用的人")
        accounts.add(session, settings, Actor.command(), "待开通", "office", password=None, awaits_activation=True)
    real, counted = passwords.HASHER.verify, []
    monkeypatch.setattr(passwords.HASHER, "verify", lambda *words: counted.append(1) or real(*words))
    writes: list[str] = []
    write = Database.write
    monkeypatch.setattr(Database, "write", lambda self, **words: writes.append("write") or write(self, **words))
    for number, (name, password) in enumerate(
        [("没有的人", "x"), ("李书记", "x"), ("停用的人", PASSWORD), ("待开通", "x")], start=1
    ):
        assert attempt(OUTSIDE, name, password) == "wrong"
        assert (len(counted), len(writes)) == (number, 2 * number), name


def test_the_waiting_sentence_says_nothing_about_whether_a_name_exists(
    attempt: Try, database: Database, settings: Settings
) -> None:
    failures(database, "李书记", 20)
    failures(database, "没有的人", 20)
    sentences = set()
    for name in ("李书记", "没有的人"):
        with pytest.raises(DomainError) as told:
            accounts.sign_in(database, settings, name, "guess", OUTSIDE)
        sentences.add(told.value.message)
    assert len(sentences) == 1
