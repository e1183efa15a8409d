"""`python -m tests.backtest [--write]`: print the backtest, or write it to docs/回测.md."""

import sys

from tests.backtest.report import ABSENT, PORTFOLIO, REPORT, report, sections


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--write"]):
        print("用法：python -m tests.backtest [--write]", file=sys.stderr)
        return 2
    if not PORTFOLIO.is_dir():
        print(ABSENT, file=sys.stderr)
        return 1
    text = report(sections())
    if arguments:
        REPORT.write_text(text, encoding="utf-8")
        print(f"已写入{REPORT}", file=sys.stderr)
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
