"""The whole backtest as docs/回测.md holds it (回测报告); everything in it is worked out anew, nothing is typed in."""

from pathlib import Path

from tests.backtest import gmpp, monthly, nyc
from tests.backtest.tables import Section

ROOT = Path(__file__).parents[2]
PORTFOLIO = ROOT.parent / "shared" / "testdata" / "portfolio"
REPORT = ROOT / "docs" / "回测.md"
ABSENT = "没有找到真实项目数据../shared/testdata/portfolio，回测没有做；请把该文件夹放在本项目旁边，再执行一次。"

_HEAD = (
    "# 回测：各种推算有多准\n\n"
    "本页由 `python -m tests.backtest --write` 生成，不要手改。方法在早先的年份上学，只用后来没见过的年份计分；"
    "每张表的第一行是基准“照旧”（现在怎样，以后就怎样）。\n\n"
    "怎么读：报准＝报了而且发生，漏报＝发生了没有报，误报＝报了没有发生。比例后的括号是95%区间（Wilson）；不足20例只列次数。"
    "“与照旧相比”以项目（模拟的以套）为一票，多次出现也只算一票，胜负之差用双侧精确符号检验，p<0.05才说得上优劣；"
    "表有多张，个别略低于0.05的不足为凭。"
)


def sections() -> tuple[Section, ...]:
    """FileNotFoundError where the real data are absent."""
    return gmpp.section(PORTFOLIO), nyc.section(PORTFOLIO), monthly.section()


def report(found: tuple[Section, ...]) -> str:
    findings = [
        f"- {section.title.partition('、')[2]}，{table.title}：{table.finding}"
        for section in found
        for table in section.tables
    ]
    return "\n\n".join((_HEAD, "## 结论", "\n".join(findings), *(section.text for section in found))) + "\n"
