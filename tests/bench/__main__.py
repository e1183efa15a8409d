"""`make bench` (python -m tests.bench): what the product costs against the least that gives the same (量一量).

Every line is a ratio of two programs run in turn in one run, so that a busy machine slows both. A line is one function
marked `@line`; it yields one or more `Line`s. Words on the command line choose the functions whose names hold them.
"""

import sys

from tests.bench import api, load, scoring, sheets
from tests.bench.lines import LINES

__all__ = ["api", "load", "scoring", "sheets"]  # imported for the lines they mark


def main(words: list[str]) -> int:
    """Print every line asked for as soon as it is measured; 1 when one is outside its limit."""
    is_kept = True
    print(f"{'比值':>8}  {'要求':8}{'本平台':>14}{'对照':>14}  项目")
    for measure in LINES:
        if words and not any(word in measure.__name__ for word in words):
            continue
        for one in measure():
            mark = "" if one.is_kept else "  ← 未达到"
            print(f"{one.ratio:8.2f}  {one.limit:8}{one.ours:>14}{one.theirs:>14}  {one.what}{mark}", flush=True)
            is_kept &= one.is_kept
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
