"""The whole backtest as docs/回测.md holds it (回测报告); everything in it is worked out anew, nothing is typed in."""

from pathlib import Path

from scoring.rounding import half_up
from scoring.rulebook import OutlookMethod
from tests.backtest import gmpp, monthly, nyc
from tests.backtest.tables import SIGNIFICANT, Section

ROOT = Path(__file__).parents[2]
PORTFOLIO = ROOT.parent / "shared" / "testdata" / "portfolio"
REPORT = ROOT / "docs" / "回测.md"
ABSENT = "没有找到真实项目数据../shared/testdata/portfolio，回测没有做；请把该文件夹放在本项目旁边，再执行一次。"

SYNTHETIC, DEFAULT = "模拟项目", OutlookMethod.RECENT_SLOPE.value
BETTER, WORSE, EVEN = "优于", "劣于", "分不出"

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
    parts = (_HEAD, "## 结论", _summary(found), "\n".join(findings), *(section.text for section in found))
    return "\n\n".join(parts) + "\n"


def _summary(found: tuple[Section, ...]) -> str:
    """What a reader who stops here should take along: counted from the tables, real data apart from synthetic."""
    told = []
    for kind, is_synthetic in (("真实数据", False), ("模拟数据", True)):
        tables = [table for one in found if (SYNTHETIC in one.title) is is_synthetic for table in one.tables]
        winners = [row[0] for table in tables for row in table.rows if row[-1].startswith(BETTER)]
        told.append(f"{kind}的{len(tables)}个问题，{_won(winners)}")
    rows = [row for one in found for table in one.tables for row in table.rows]
    default = [row[-1] for row in rows if DEFAULT in row[0]]
    compared = sum(row[-1] != "—" for row in rows)
    verdicts = "、".join(
        f"{word}{sum(one.startswith(start) for one in default)}次"
        for word, start in (("胜过照旧", BETTER), ("不如照旧", WORSE), ("分不出高下", EVEN))
    )
    return (
        f"{'；'.join(told)}。默认的近几月速度比了{len(default)}次：{verdicts}。"
        "所以不要把推算当成比“现在怎样、以后就怎样”更准的东西；它的用处是说清依据、还差多少、每月要多少。"
        "某条预警在本县准不准，看“预警准确情况”里的实绩。"
        f"各表一共比较{compared}次，全凭运气也会有大约{half_up(compared * SIGNIFICANT, 0)}次显出优劣。"
    )


def _won(winners: list[str]) -> str:
    return f"胜过照旧的有{len(winners)}次（{'、'.join(winners)}）" if winners else "没有一种方法胜过照旧"
