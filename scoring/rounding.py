"""The one rounding function (四舍五入), with the way figures are printed in sentences.

Source: RULES, Rounding. Each printed level is rounded half-up once; ratios are never rounded before use.
"""

from decimal import Decimal
from fractions import Fraction

Exact = Fraction | Decimal | int


def half_up(value: Exact, places: int = 2) -> Decimal:
    """Round to `places` decimals, a half going away from zero, exactly (no binary or decimal intermediate).

    The result always carries `places` decimals: half_up(Fraction(2, 3)) is Decimal("0.67").
    """
    scaled = Fraction(value) * 10**places
    magnitude = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-magnitude if scaled < 0 else magnitude).scaleb(-places)


def figure(value: Exact) -> str:
    """A figure as a clerk writes it: two decimals at most, no trailing zeros (1750, 583.33)."""
    text = f"{half_up(value):f}"
    return text.rstrip("0").rstrip(".")


def percent(ratio: Exact, *cuts: Exact) -> str:
    """A ratio as a percentage with one decimal, with more where rounding would hide on which side of a cut it lies.

    79.96 % against a cut of 80 % prints as 79.96%, never as 80.0%.
    """
    exact = Fraction(ratio) * 100
    limits = [Fraction(cut) * 100 for cut in cuts]
    for places in range(1, 6):
        shown = half_up(exact, places)
        if all((exact < limit) == (shown < limit) for limit in limits):
            break
    return f"{shown}%"
