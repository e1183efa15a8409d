"""The one rounding function (四舍五入), with the way figures are printed in sentences.

Source: RULES, Rounding. Each printed level is rounded half-up once; ratios are never rounded before use.
"""

from decimal import MAX_PREC, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

Exact = Fraction | Decimal | int
_UNITS = tuple(Decimal(1).scaleb(-places) for places in range(7))
_UNBOUNDED = Context(prec=MAX_PREC)  # quantize is exact in C, and quick, once no precision is in its way


def half_up(value: Exact, places: int = 2, *, over: Exact = 1) -> Decimal:
    """`value` ÷ `over` rounded to `places` decimals, a half going away from zero; exact throughout, in integers.

    The result always carries `places` decimals: half_up(2, over=3) is Decimal("0.67").
    """
    if over == 1 and isinstance(value, Decimal):
        rounded = value.quantize(_UNITS[places], ROUND_HALF_UP, _UNBOUNDED)
        return rounded or abs(rounded)  # no -0.00
    numerator, denominator = value.as_integer_ratio()
    over_numerator, over_denominator = over.as_integer_ratio()
    numerator *= over_denominator
    denominator *= over_numerator
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    magnitude = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator)
    return Decimal(-magnitude if numerator < 0 else magnitude).scaleb(-places)


def figure(value: Exact) -> str:
    """A figure as a clerk writes it: two decimals at most, no trailing zeros (1750, 583.33)."""
    text = f"{half_up(value):f}"
    return text.rstrip("0").rstrip(".")


def exact(value: Exact) -> str:
    """A figure in full, so that it can be worked with again: all its decimals (33.3333), or the fraction (100／3)."""
    found = Fraction(value)
    rounded = half_up(found, 6)
    if rounded == found:
        text = f"{rounded:f}"
        return text.rstrip("0").rstrip(".")
    return f"{found.numerator}／{found.denominator}"


def percent(ratio: Exact, *cuts: Exact) -> str:
    """A ratio as a percentage with one decimal, with more where rounding would hide on which side of a cut it lies.

    79.96 % against a cut of 80 % prints as 79.96%, never as 80.0%. Six decimals are the most.
    """
    exact = Fraction(ratio) * 100
    limits = [Fraction(cut) * 100 for cut in cuts]
    shown = half_up(exact, 1)
    for places in range(2, 7):
        if all((exact < limit) == (shown < limit) for limit in limits):
            break
        shown = half_up(exact, places)
    return f"{shown}%"
