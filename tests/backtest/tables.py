"""One line a method: how often it was right, beside the baseline "stays as it is" (照旧) on the very same cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from scoring.proportions import Proportion
from scoring.rounding import half_up

NAIVE = "照旧"
SIGNIFICANT = Fraction(5, 100)


@dataclass(frozen=True, slots=True)
class Answers:
    """What one method said of each case (warned or not), and what came, in the same order for every method.

    `units` name what a case belongs to (a project, a programme); cases of one unit are not independent of each other.
    """

    method: str
    said: Sequence[bool]
    came: Sequence[bool]
    units: Sequence[str]

    @property
    def right(self) -> list[bool]:
        return [said == came for said, came in zip(self.said, self.came, strict=True)]

    def count(self, said: bool, came: bool) -> int:
        return sum(one == (said, came) for one in zip(self.said, self.came, strict=True))


def sign_test(better: int, worse: int) -> Fraction:
    """Two-sided exact: the chance of a split at least so uneven if each of the differing cases were a coin."""
    differing, fewer = better + worse, min(better, worse)
    tail = sum(comb(differing, count) for count in range(fewer + 1))
    return min(Fraction(1), Fraction(2 * tail, 2**differing))


def verdict(gains: Sequence[Fraction | int], units: Sequence[str], counter: str) -> str:
    """In words: in how many units a method did better than the baseline, in how many worse, and whether that is chance.

    `gains` are above 0 where a case went better; each unit counts once, by its cases' sum. `counter` counts units (个).
    """
    totals: dict[str, Fraction | int] = {}
    for gain, unit in zip(gains, units, strict=True):
        totals[unit] = totals.get(unit, 0) + gain
    better = sum(total > 0 for total in totals.values())
    worse = sum(total < 0 for total in totals.values())
    chance = sign_test(better, worse)
    p = "p<0.001" if chance < Fraction(1, 1000) else f"p={half_up(chance, 3)}"
    told = f"胜{better}{counter}、负{worse}{counter}（{p}）"
    if chance >= SIGNIFICANT:
        return f"分不出高下，{told}"
    return f"优于照旧，{told}" if better > worse else f"劣于照旧，{told}"


YES_NO_HEAD = ("方法", "例数", "报准", "漏报", "误报", "判对", "报出后果然发生", "发生前已报出", "与照旧相比（判对）")


def yes_no_rows(baseline: Answers, methods: Sequence[Answers], counter: str) -> list[tuple[str, ...]]:
    """The baseline first, then each method against it."""
    return [_yes_no_row(one, baseline, counter) for one in (baseline, *methods)]


def _yes_no_row(one: Answers, baseline: Answers, counter: str) -> tuple[str, ...]:
    hits, misses, false_alarms = one.count(True, True), one.count(False, True), one.count(True, False)
    gains = [int(ours) - int(theirs) for ours, theirs in zip(one.right, baseline.right, strict=True)]
    return (
        one.method,
        str(len(one.came)),
        str(hits),
        str(misses),
        str(false_alarms),
        Proportion(sum(one.right), len(one.right)).words,
        Proportion(hits, hits + false_alarms).words,
        Proportion(hits, hits + misses).words,
        "—" if one is baseline else verdict(gains, one.units, counter),
    )


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def beaten_words(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Which methods beat the baseline by the table's last column, or plainly that none does."""
    better = [row[0] for row in rows if row[-1].startswith("优于")]
    worse = [row[0] for row in rows if row[-1].startswith("劣于")]
    words = f"胜过照旧的：{'、'.join(better)}。" if better else "**没有一种方法胜过照旧。**"
    return words + (f"不如照旧的：{'、'.join(worse)}。" if worse else "")


@dataclass(frozen=True, slots=True)
class Table:
    """One question's table, with the sentence that says what came out of it, and a remark beneath where one is due."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remark: str = ""

    @property
    def finding(self) -> str:
        return beaten_words(self.head, self.rows)

    @property
    def text(self) -> str:
        return f"### {self.title}\n\n{markdown(self.head, self.rows)}\n\n{self.finding}{self.remark}"


@dataclass(frozen=True, slots=True)
class Section:
    """One set of data: what it is and how it was split, then its tables."""

    title: str
    introduction: str
    tables: Sequence[Table]

    @property
    def text(self) -> str:
        return "\n\n".join((f"## {self.title}", self.introduction, *(table.text for table in self.tables)))
