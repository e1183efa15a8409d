"""Every threshold of the default book and of every preset, found in the books themselves, from both sides.

A threshold in force that no case here moves fails `test_no_threshold_is_left_out`: a new one cannot come in untested.
The project has 1200万元 over the year (600 due by June, 100 a month) and is on time in all else. `inside` lies just on
the calm side of the threshold, `outside` on the other: the rule's own light moves, and no other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from scoring.facts import Light, Milestone, Obstacle, Project, Record
from scoring.lights import alerts
from scoring.rulebook import Comparator, LightBasis, RuleBook, ValueKind, parse
from tests.scoring.cases import D, day, default_text, plan, programme, project, record
from tests.scoring.test_light_presets import NAMES, rules

RED, YELLOW, GREEN, NONE = Light.RED, Light.YELLOW, Light.GREEN, Light.NONE
TODAY = day("2023-06-30")
BOOKS = {"county-default": parse(default_text()), **{name: rules(name) for name in NAMES}}
NODE = Milestone("封顶", day("2023-07-31"))
MATTER = Obstacle("用地", "未交地", day("2023-03-01"), due_on=day("2023-07-31"))
JUNE_PLAN = plan(start="2023-01", finish="2023-12", physical={at: str(10 * at) for at in range(1, 11)})
OF_COMPARATOR = {
    Comparator.RATIO: ("yellow_below", "red_below"),
    Comparator.PERCENTAGE_POINTS: ("yellow_from_points", "red_above_points"),
    Comparator.STREAK: ("streak.yellow_from", "streak.red_from"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """The rule moved, its light on either side (None: it says nothing), the project on either side."""

    rule: str
    before: Light | None
    after: Light
    inside: Project
    outside: Project


Case = Callable[[RuleBook], Iterable[Move]]


def in_force(book: RuleBook) -> list[str]:
    """The keys of the lights that are numbers and in use: of the three ways to compare, those of the one chosen."""
    used = OF_COMPARATOR[book.lights.progress.comparator]
    idle = {name for names in OF_COMPARATOR.values() for name in names} - set(used)
    numbers = (ValueKind.NUMBER, ValueKind.COUNT)
    keys = [one.key for one in book.figures if one.key.startswith("lights.") and one.allowed.kind in numbers]
    return [key for key in keys if key.removeprefix("lights.progress.") not in idle]


def seen(book: RuleBook, one: Project) -> dict[str, Light]:
    months = {6, *one.records}
    found = next(iter(alerts(book, programme(one, months=months), 6)))
    return {reason.rule.value: reason.light for reason in found.reasons} | {"": found.light}


def on_time(*rows: Record, **fields: object) -> Project:
    fields.setdefault("plans", (JUNE_PLAN,))
    return project("P1", *rows, milestones=fields.pop("milestones", (NODE,)), obstacles=(MATTER,), **fields)


def text(number: Fraction) -> str:
    """Exact: every amount here ends within six decimals."""
    written = Decimal(number.numerator) / number.denominator
    assert Fraction(written) == number
    return format(written, "f")


# ---- investment and physical progress -------------------------------------------------------------------------------


def _amounts(book: RuleBook, done: Fraction) -> list[Record]:
    """June's row with so much done of the 600 due, or of the month's task of 100, and physical progress on time."""
    if book.lights.progress.basis is LightBasis.MONTH_TASK:
        return [record(5, "500", "50", month_wan="100"), record(6, "600", "60", month_wan=text(done))]
    return [record(6, text(done), "60")]


def _percents(book: RuleBook, done: Fraction) -> list[Record]:
    """June's percent: of the 60 (by the calendar 50) due, or on top of May's 50 where the task is 10."""
    if book.lights.progress.basis is LightBasis.MONTH_TASK:
        return [record(5, "500", "50", month_wan="100"), record(6, "600", text(50 + done), month_wan="100")]
    return [record(6, "600", text(done))]


def _due(book: RuleBook) -> tuple[Fraction, Fraction]:
    """What June's amount and percent are held against."""
    basis = book.lights.progress.basis
    if basis is LightBasis.MONTH_TASK:
        return Fraction(100), Fraction(10)
    return Fraction(600), Fraction(60 if basis is LightBasis.PLAN else 50)


def progress(which: str) -> Case:
    def moves(book: RuleBook) -> Iterable[Move]:
        limits = book.lights.progress
        before, after = (GREEN, YELLOW) if which.startswith("yellow") else (YELLOW, RED)
        amount, percent = _due(book)
        for rule, due, whole, rows in (
            ("investment", amount, Fraction(1200), _amounts),
            ("physical", percent, Fraction(100), _percents),
        ):
            step = Fraction(1, 100)
            if limits.comparator is Comparator.RATIO:
                on = due * getattr(limits, which)  # just as much is still calm
                inside, outside = on, on - step
            elif which == "yellow_from_points":
                on = due - limits.yellow_from_points * whole / 100  # just as many points are yellow
                inside, outside = on + step, on
            else:
                on = due - limits.red_above_points * whole / 100  # red is beyond
                inside, outside = on, on - step
            yield Move(rule, before, after, on_time(*rows(book, inside)), on_time(*rows(book, outside)))

    return moves


def streak(which: str) -> Case:
    def months(short: int, *, in_percent: bool) -> Project:
        """The last `short` months of six fall short by a hundredth of the month's task, in amount or percent."""
        rows, ytd, pct = [], D(0), D(0)
        for month in range(1, 7):
            is_short = month > 6 - short
            added = D("99.99") if is_short and not in_percent else D(100)
            ytd, pct = ytd + added, pct + (D("9.99") if is_short and in_percent else D(10))
            rows.append(record(month, str(ytd), str(pct), month_wan=str(added)))
        return on_time(*rows)

    def moves(book: RuleBook) -> Iterable[Move]:
        assert book.lights.progress.streak is not None
        limit = getattr(book.lights.progress.streak, which)
        before, after = (GREEN, YELLOW) if which == "yellow_from" else (YELLOW, RED)
        for rule, in_percent in (("investment", False), ("physical", True)):
            inside, outside = (months(count, in_percent=in_percent) for count in (limit - 1, limit))
            yield Move(rule, before, after, inside, outside)

    return moves


# ---- months past, days past, months still, levels -------------------------------------------------------------------


def start(which: str) -> Case:
    """Nothing due, and no record: only the planned start is late. A start still to come says nothing."""

    def waiting(months_past: int) -> Project:
        due = {at: "0" for at in range(1, 12)} | {12: "1200"}
        late = plan(start=f"2023-{6 - months_past:02d}", cumulative=due, physical={at: "0" for at in range(1, 12)})
        return on_time(plans=(late,))

    def moves(book: RuleBook) -> Iterable[Move]:
        limit = getattr(book.lights.start, which)
        before = YELLOW if which == "red_from" else None
        yield Move("start", before, YELLOW if before is None else RED, waiting(limit - 1), waiting(limit))

    return moves


def finish(which: str) -> Case:
    """The year's plan goes on evenly whatever the finish, so that nothing else falls due."""

    def unfinished(months_past: int) -> Project:
        even = {at: str(100 * at) for at in range(1, 13)}
        percents = {at: str(10 * at) for at in range(1, 11)}
        late = plan(start="2023-01", finish=f"2023-{6 - months_past:02d}", cumulative=even, physical=percents)
        return on_time(record(5, "500", "50", month_wan="100"), record(6, "600", "60", month_wan="100"), plans=(late,))

    def moves(book: RuleBook) -> Iterable[Move]:
        limit = getattr(book.lights.finish, which)
        before, after = (GREEN, YELLOW) if which == "yellow_from" else (YELLOW, RED)
        yield Move("finish", before, after, unfinished(limit - 1), unfinished(limit))

    return moves


def _calm() -> list[Record]:
    return [record(month, str(100 * month), str(10 * month), month_wan="100") for month in range(1, 7)]


def milestone(which: str) -> Case:
    def overdue(days: int) -> Project:
        return on_time(*_calm(), milestones=(replace(NODE, due_on=TODAY - timedelta(days=days)),))

    def moves(book: RuleBook) -> Iterable[Move]:
        limit = getattr(book.lights.milestone, which)
        before, after = (GREEN, YELLOW) if which == "yellow_from" else (YELLOW, RED)
        yield Move("milestone", before, after, overdue(limit - 1), overdue(limit))

    return moves


def stall(which: str) -> Case:
    """All that is due by June is reached early and then stands still; each month's own task is stated as met."""

    def still(months: int) -> Project:
        rows = [
            record(month, "600", "60", month_wan="100")
            if month >= 6 - months
            else record(month, str(100 * month), str(10 * month), month_wan="100")
            for month in range(1, 7)
        ]
        return on_time(*rows)

    def moves(book: RuleBook) -> Iterable[Move]:
        limit = getattr(book.lights.stall, which)
        before, after = (GREEN, YELLOW) if which == "yellow_from" else (YELLOW, RED)
        yield Move("stall", before, after, still(limit - 1), still(limit))

    return moves


def level(book: RuleBook) -> Iterable[Move]:
    def raised(to: int) -> Project:
        matter = replace(MATTER, levels=((day("2023-06-01"), to),))
        return replace(on_time(*_calm()), obstacles=(matter,))

    limit = book.lights.obstacle_level
    yield Move("obstacle", GREEN, YELLOW, raised(limit - 1), raised(limit))


CASES: dict[str, Case] = {
    **{
        f"lights.progress.{name}": progress(name)
        for comparator in (Comparator.RATIO, Comparator.PERCENTAGE_POINTS)
        for name in OF_COMPARATOR[comparator]
    },
    **{f"lights.progress.streak.{name}": streak(name) for name in ("yellow_from", "red_from")},
    **{
        f"lights.{rule}.{name}": case(name)
        for rule, case in (("start", start), ("finish", finish), ("milestone", milestone), ("stall", stall))
        for name in ("yellow_from", "red_from")
    },
    "lights.obstacle.level": level,
}
EVERY = [(name, key) for name, book in BOOKS.items() for key in in_force(book)]
# Of a project that stands still, a month's task says too that no percent was added: two rules, one cause.
ONE_CAUSE = {"stall": {"physical"}}


@pytest.mark.parametrize("name", BOOKS)
def test_no_threshold_is_left_out(name: str) -> None:
    keys = in_force(BOOKS[name])
    assert set(keys) <= CASES.keys()
    assert len(keys) == len(set(keys)) == 11  # two of each of five rules, and the level


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_one_input_across_a_threshold_moves_exactly_that_light(name: str, key: str) -> None:
    book = BOOKS[name]
    by_task = book.lights.progress.basis is LightBasis.MONTH_TASK
    for move in CASES[key](book):
        inside, outside = seen(book, move.inside), seen(book, move.outside)
        assert (inside.get(move.rule), outside[move.rule]) == (move.before, move.after)
        linked = ONE_CAUSE.get(move.rule, set()) if by_task else set()
        apart = {"", move.rule, *linked}
        if move.before is None:  # nothing was shown at all before the start was late: the others only become visible
            assert inside == {"": NONE}
            assert {light for rule, light in outside.items() if rule not in apart} <= {GREEN}
            assert outside[""] is move.after
            continue
        others = {rule: light for rule, light in inside.items() if rule not in apart}
        assert others == {rule: light for rule, light in outside.items() if rule not in apart}
        assert set(others.values()) <= {GREEN}
        if not linked:
            assert (inside[""], outside[""]) == (move.before, move.after)
