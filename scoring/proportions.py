"""A count out of cases, with an interval that is honest about small numbers (比例及区间).

Source: RULES §6: below 20 cases counts only. The interval is Wilson's score interval at 95 % (E. B. Wilson 1927).
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from scoring.rounding import half_up

MINIMUM_CASES = 20
_Z = Decimal("1.959963984540054")  # of the normal distribution: 2.5 % lie above
_DIGITS = Context(prec=28)


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `cases`; a percentage is given from MINIMUM_CASES on."""

    count: int
    cases: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.cases:
            raise ValueError(f"{self.count} of {self.cases} is no proportion")

    @property
    def ratio(self) -> Fraction | None:
        return Fraction(self.count, self.cases) if self.cases >= MINIMUM_CASES else None

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """Low and high in percent to 0.1, half-up; None below MINIMUM_CASES."""
        if self.cases < MINIMUM_CASES:
            return None
        cases, share, z_squared = Decimal(self.cases), Decimal(self.count) / self.cases, _Z * _Z
        spread = _DIGITS.sqrt(share * (1 - share) / cases + z_squared / (4 * cases * cases))
        centre, widening = share + z_squared / (2 * cases), 1 + z_squared / cases
        low, high = ((centre + sign * _Z * spread) / widening for sign in (-1, 1))
        # At 0 of n and n of n the formula gives 0 and 1 but for the last digit of the square root.
        return half_up(100 * max(Decimal(0), low), 1), half_up(100 * min(Decimal(1), high), 1)

    @property
    def words(self) -> str:
        """17/20，85.0%（64.0—94.8）; below MINIMUM_CASES 3/7 alone."""
        interval = self.interval
        if interval is None:
            return f"{self.count}/{self.cases}"
        share = half_up(100 * self.count, 1, over=self.cases)
        return f"{self.count}/{self.cases}，{share}%（{interval[0]}—{interval[1]}）"
