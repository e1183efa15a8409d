"""The sheets that counties send, as data (表样): which columns, under which headings, read by which parser.

One reader serves all of them; a new sheet or a new spelling of a heading is a line here. Headings come from DOMAIN
§2.1–2.2 and from real header rows. Columns are compared with the normalised heading (`headings.key`): an exact
heading wins over a pattern, the whole heading (parent ▸ child) over its last part.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from importers import cells
from importers.cells import Parser
from importers.headings import JOINT, Heading, key

Kind = Literal["money", "percent", "progress", "number", "date", "date_range", "text", "month_plan", "seq"]
Span = Literal["any", "none", "month", "one_month"]


@dataclass(frozen=True, slots=True)
class Column:
    """One field and how it is recognised.

    `patterns` are matched in full against the heading with its period and unit taken out. `period`: "none" for
    headings that must not name a month, "month" for those that must. `by_context`: its last part alone means nothing
    under a parent (累计完成 under 督查核实), so patterns on the whole heading come before the last part.
    `not_under`: parents below which this is something else.
    """

    field: str
    headings: tuple[str, ...]
    parser: Parser
    kind: Kind = "text"
    patterns: tuple[str, ...] = ()
    required: bool = False
    period: Span = "any"
    by_context: bool = False
    not_under: str = ""


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One kind of sheet. It is this sheet when a column of `marks` is there, or a word of `titles` is in its title.

    Columns that are not among `columns` are not read on it. `is_monthly`: its figures are of one month, which must be
    known. `may_repeat`: a project may have several rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    marks: frozenset[str]
    titles: tuple[str, ...] = ()
    is_monthly: bool = False
    may_repeat: bool = False


# What makes an investment figure something else than what was done: rates, plans, other times, other things counted.
_NOT_DONE = (
    r"(?!.*(?:率|比|占|计划|目标|任务|上年|去年|往年|历年|以前|上月|下月|下步|下一步|同期|到位|资金|增长|增速|差|排名|内容"
    r"|说明|原因|时间|日期|时限|状态|是否|力争|剩余|尚需|缺口|税|产值|面积|设备|土建|安装|征地|拆迁|旬|周|年底累计|^至?底"
    r"|形象|工程量|个数|项目数|评定|节点|质量|评分|得分))"
)
_DONE = r"(?=.*(?:完成|累计|已投|实际投资|投资.*实际|投资额|投资数|入库|纳统|入统|核实|核定|认定|上报|自报)).*"
_VERIFIED_WORDS = "核实|核定|认定|核查|督查数|督查投资|督查完成"
_COUNTED_WORDS = "纳统|入统|入库|统计|固投"
_VERIFIED = rf"(?=.*(?:{_VERIFIED_WORDS}))"
_COUNTED = rf"(?=.*(?:{_COUNTED_WORDS}))"
_REPORTED = rf"(?!.*(?:{_VERIFIED_WORDS}|{_COUNTED_WORDS}))"
_MONTH_WORDS = "本月|当月|月度|^月|月完成"
_SINCE_START = "开工|建设以来|(?<!年初)(?<!今年)至今|总累计|自开建"
_OF_THE_MONTH = rf"(?=.*(?:{_MONTH_WORDS}))(?!.*(?:累计|年初|元月|本年|今年|1-|截至|截止|月底|月止))"
_TO_DATE = rf"(?=.*(?:{_SINCE_START}))"
_OF_THE_YEAR = (
    rf"(?:(?=.*(?:年初|元月|截至|截止))|(?!.*(?:{_MONTH_WORDS})(?!.*(?:累计|底|止))))(?!.*(?:{_SINCE_START}))"
)


def _words(text: str) -> tuple[str, ...]:
    """Headings are written with blanks between them; none holds a blank itself."""
    return tuple(text.split())


def _investments(prefix: str, which: str, headings: dict[str, tuple[str, ...]]) -> tuple[Column, ...]:
    """The columns of one kind of investment figure: of the month, of the year so far, since the start."""

    def money(span: str, when: str, period: Span = "any") -> Column:
        own = headings.get(span, ()) if period == "any" else ()
        pattern = _NOT_DONE + which + when + _DONE
        return Column(f"{prefix}_{span}_wan", own, cells.wan, "money", (pattern,), period=period, by_context=True)

    one_month = money("month", r"(?!.*累计)", "one_month")  # 8月完成投资: a month named, and no running total
    to_date = (money("to_date", _TO_DATE),) if "to_date" in headings else ()
    return (money("month", _OF_THE_MONTH), one_month, *to_date, money("ytd", _OF_THE_YEAR))


IDENTITY = (
    Column(
        "seq",
        _words("序号 序 编号 项次 no 顺序号"),
        cells.label,
        "seq",
    ),
    Column(
        "name",
        _words(
            "项目名称 工程名称 项目（工程）名称 建设项目名称 项目全称 子项目名称 重点项目名称 工程项目名称 "
            "建设项目 项目名 重大项目名称 项目（工程名称） 项目单位及名称"
        ),
        cells.label,
        required=True,
        patterns=(r"(?:县|市|省)?(?:重点|重大|建设|工程|产业)*项目(?:及)?名称.{0,6}",),
    ),
    Column(
        "code",
        _words("项目编号 项目编码 项目代码 编码 代码 项目序号"),
        cells.code,
    ),
    Column(
        "signature",  # of our own templates, see `signatures`
        _words("校验码"),
        cells.code,
    ),
    Column(
        "category",
        _words("项目类别 类别 项目类型 类型 分类 项目分类 所属类别 板块 项目板块"),
        cells.label,
    ),
)

FACTS = (
    Column(
        "level",
        _words("项目级别 级别 级次 重点级别 分级管理 项目层级"),
        cells.label,
    ),
    Column(
        "nature",
        _words("项目性质 建设性质 性质"),
        cells.label,
    ),
    Column(
        "content",
        _words(
            "建设规模及内容 建设内容及规模 主要建设内容及规模 主要建设规模及内容 建设规模 建设内容 "
            "主要建设内容 项目建设内容 项目建设规模和内容 建设规模和内容 规模及内容 项目概况 主要内容 项目内容 "
            "建设内容和规模 项目建设内容及规模"
        ),
        cells.words,
        period="none",
    ),
    Column(
        "investor",
        _words(
            "投资方 投资主体 投资单位 投资商 投资企业 投资人 项目业主 业主 业主单位 业主名称 项目业主单位 "
            "建设单位 项目法人 项目单位 项目单位名称 承办单位 建设主体 实施单位 实施主体 业主或筹办单位 "
            "业主单位或筹办单位"
        ),
        cells.people,
        patterns=(r"(?:项目)?(?:业主|建设单位)(?:单位)?(?:法人(?:责任)?单位)?及(?:负责|责任|联系)人",),
    ),
    Column(
        "location",
        _words(
            "建设地点 建设地址 项目属地 属地 地点 所在地 项目地点 落户地 所属镇区 所属区域 项目所在地 所在镇区 "
            "镇区 区域 所属街镇 所属镇街 所属乡镇 所属镇 所在乡镇 所在镇街 所在镇 属地镇街 "
            "属地镇 乡镇 镇街 镇（街道） 所属开发区"
        ),
        cells.people,
    ),
    Column(
        "total_investment_wan",
        _words(
            "总投资 计划总投资 项目总投资 总投资额 项目总投资额 概算总投资 投资总额 估算投资 估算总投资 "
            "总投资规模 投资规模 投资概算 预计总投资 总投资概算 计划总投资额 协议总投资 投资估算 "
            "投资总规模 总概算 概算投资 项目投资总额 项目总概算"
        ),
        cells.wan,
        "money",
        (r"(?:批复|核准|备案|立项|规划)(?:项目)?总投资(?:额|规模)?",),
    ),
    Column(
        "planned_start",
        _words(
            "计划开工时间 计划开工日期 拟开工时间 拟开工日期 计划开工 拟开工 预计开工时间 计划开工年月 "
            "今年开工时间 开工时间（计划）"
        ),
        cells.day,
        "date",
    ),
    Column(
        "planned_finish",
        _words(
            "计划竣工时间 计划竣工日期 拟竣工时间 拟建成时间 计划建成时间 计划完工时间 计划完工日期 计划竣工 "
            "计划完工 预计竣工时间 预计完工时间 预计建成时间 竣工时间 竣工日期 完工时间 完工日期 建成时间 "
            "计划投产时间 投产时间 今年竣工时间 计划竣工年月 竣工年月 计划竣（完）工时间"
        ),
        cells.day,
        "date",
    ),
    Column(
        "actual_start",
        _words("实际开工时间 实际开工日期 实际开工"),
        cells.day,
        "date",
    ),
    Column(
        "actual_finish",
        _words("实际竣工时间 实际竣工日期 实际完工时间 实际完工日期 实际竣工 实际完工 实际投产时间 实际建成时间"),
        cells.day,
        "date",
    ),
    Column(
        "started_on",
        _words("开工时间 开工日期 开工年月 开工"),
        cells.day,
        "date",
    ),
    Column(
        "planned_period",
        _words(
            "建设起止时间 建设起止年限 建设年限 起止年限 起止时间 建设周期 建设工期 建设期限 计划建设工期 "
            "建设起止年月 起止年月 工期 计划工期 起止日期 建设起止日期 开竣工时间 "
            "计划开竣工时间 开竣工日期 开（竣）工时间"
        ),
        cells.date_range,
        "date_range",
    ),
)

PLAN = (
    Column(
        "annual_plan_wan",
        _words(
            "年度计划投资 年度投资计划 计划投资 当年计划投资 本年计划投资 今年计划投资 全年计划投资 年计划投资 "
            "年度计划 投资计划 计划完成投资 年度目标投资 年度投资目标 年度投资任务 年度计划投资额 年计划 "
            "本年度计划投资 年度投资 当年投资计划"
        ),
        cells.wan,
        "money",
        (
            r"(?=.*(?:计划|目标|任务))(?=.*(?:投资|年))(?!.*(?:总投资|资金|计划(?:及|和)?完成情况$))"
            r"(?:年度|本年度?|当年|今年|全年|年|度|计划|目标|任务|投资|完成|固定资产|额|数|总量|情况|及|和)+",
        ),
        period="none",
    ),
    Column(
        "month_plan",
        _words(
            "分月计划 月度计划 分月累计计划 月度累计计划 分月投资计划 分月计划投资 月度投资计划 月度计划投资 "
            "分月累计计划投资 分月累计投资计划 累计计划投资 计划投资 累计投资计划 累计计划 计划累计投资 "
            "投资计划 计划 计划完成投资 计划累计完成投资 各月累计计划 年度分月计划 月度投资累计计划"
        ),
        cells.wan,
        "month_plan",
        (
            r"(?=.*计划)(?!.*(?:率|占|比|下月|下步))(?:年度|分月|月度|各月|逐月|按月|累计|投资|计划|完成|额|数|进度|安排|分解|情况)+",
        ),
        period="month",
        by_context=True,
    ),
    Column(
        "target",
        _words(
            "年度目标 年度工作目标 年度形象进度目标 年度建设目标 年度建设内容 年度主要建设内容 年度目标任务 "
            "年度形象目标 年度形象进度计划 关键节点目标 年度建设任务 年度工作任务 年度形象进度 "
            "年度计划建设内容 目标 工作目标 计划建设内容 建设目标 年度进度目标 建设内容 主要建设内容 "
            "形象进度目标 目标任务 年度任务目标"
        ),
        cells.words,
    ),
    Column(
        "measures",
        _words("推进措施 工作措施 保障措施 措施 采取措施 采取措施和建议 下步措施 下一步措施 工作举措 推进举措"),
        cells.words,
    ),
    Column(
        "milestones",
        _words(
            "关键节点 节点 节点名称 重要节点 年度节点 节点目标 里程碑 重要节点安排 项目建设重要节点安排 关键节点安排"
        ),
        cells.words,
    ),
    Column(
        "milestone_due",
        _words("完成时限 节点时限 节点完成时间 完成时间 时限 节点时间 节点完成时限 计划完成时间"),
        cells.day,
        "date",
    ),
)

RESPONSIBILITY = (
    Column(
        "responsible_unit",
        _words(
            "责任单位 主要责任单位 牵头单位 挂钩责任单位 牵头责任单位 主体责任单位 管理部门 主管单位 主管部门 "
            "项目责任单位 责任主体 牵头部门 责任部门 推进单位 推进责任单位 责任单位（牵头） 责任镇区 "
            "实施责任单位 负责单位 责任镇 责任镇区 责任镇街 责任乡镇 责任单位名称 承担单位"
        ),
        cells.people,
        patterns=(r".*责任单位(?:单位)?(?:名称)?", r".*责任单位及(?:责任|负责)人"),
    ),
    Column(
        "supporting_unit",
        _words("配合单位 协办单位 配合部门 协助单位 配合责任单位 协同单位"),
        cells.people,
    ),
    Column(
        "responsible_person",
        _words(
            "责任人 负责人 项目负责人 责任单位负责人 主要负责人 单位负责人 责任单位责任人 主要责任人 "
            "第一责任人 直接责任人 项目责任人 具体负责人 具体责任人"
        ),
        cells.people,
        patterns=(
            r"联系人|联络人|项目联系人",
            r"(?:责任单位|项目)?(?:责任人|负责人|联系人|联络人)(?:姓名)?及?(?:联系)?(?:电话|方式|手机)(?:号码)?",
        ),
        not_under=r"业主|投资方|投资商|建设单位|法人|部门",
    ),
    Column(
        "lead_official",
        _words(
            "包挂领导 挂钩领导 包联领导 包抓领导 包保领导 挂包领导 挂点领导 联系领导 联系县领导 包挂县领导 "
            "县包挂领导 挂钩县领导 县挂钩领导 牵头领导 牵头县领导 县领导 责任领导 包干领导 挂钩县级领导 "
            "项目挂点领导 包挂责任人 包挂人 挂联领导 县级领导 责任县领导 县责任领导 包片领导 包案领导 挂牌领导"
        ),
        cells.people,
        patterns=(
            r"(?:县|市|镇|区|项目|县级|市级|市或县)*(?:包挂|挂钩|包联|包抓|包保|挂包|挂点|联系|挂联|分包)+(?:县|市|区|县级|市级|责任)*领导(?:姓名)?",
        ),
    ),
    Column(
        "team_leader",
        _words(
            "班子成员 责任班子成员 服务班子成员 跟踪服务班子成员 责任单位班子成员 分管班子成员 分管责任人 "
            "跟踪服务负责人"
        ),
        cells.people,
    ),
    Column(
        "service_staff",
        _words(
            "跟踪服务人员 服务人员 跟踪服务班子 服务班子 服务专班 跟踪服务人 跟踪服务工作人员 工作人员 跟踪服务责任人"
        ),
        cells.people,
        not_under=r"部门",
    ),
    Column(
        "paired_department",
        _words(
            "挂钩部门 挂钩帮扶部门 帮扶部门 挂钩单位 帮扶单位 挂钩帮扶单位 服务单位 服务部门 挂钩服务部门 "
            "挂钩服务单位 结对部门 挂钩帮扶 挂钩县直部门 县直挂钩部门"
        ),
        cells.people,
        patterns=(r"(?:挂钩|帮扶)+(?:县直)?(?:部门|单位)(?:部门|单位)?(?:名称)?",),
    ),
    Column(
        "department_leader",
        _words(
            "部门分管领导 分管领导 挂钩部门分管领导 帮扶部门分管领导 挂钩帮扶分管领导 帮扶领导 "
            "挂钩帮扶部门分管领导 部门领导 部门负责人"
        ),
        cells.people,
        patterns=(r"(?:挂钩|帮扶)+(?:部门|单位)(?:分管)?(?:领导|负责人|责任人)",),
    ),
    Column(
        "department_staff",
        _words(
            "部门工作人员 挂钩部门工作人员 帮扶部门工作人员 帮扶人员 挂钩人员 挂钩工作人员 帮扶工作人员 "
            "部门帮扶人员 挂钩帮扶工作人员 挂钩帮扶部门工作人员 部门服务人员"
        ),
        cells.people,
        patterns=(r"(?:挂钩|帮扶)+(?:部门|单位)(?:工作|服务|帮扶)*人员",),
    ),
)

MONTHLY = (
    Column(
        "completion_pct_stated",
        _words(
            "完成率 投资完成率 年度投资完成率 占年计划 占年度计划 完成年度计划 完成比例 占计划 占年度投资计划 "
            "投资完成比例 完成年度投资计划 计划完成率 完成年计划 占年计划比例 占年度计划比例 占比 占年计划比重 "
            "投资进度"
        ),
        cells.pct,
        "percent",
        (r"(?!.*(?:月计划|本旬|形象|节点|排名|序时|同比))(?=.*(?:完成率|占.*计划|完成比例|完成.*计划比例|占比)).*",),
    ),
    *_investments(
        "verified",
        _VERIFIED,
        {
            "month": _words("核实本月完成投资 本月核实投资"),
            "ytd": _words(
                "督查核实累计完成投资 核实累计完成投资 督查核实 核实投资 核实完成投资 督查核实投资 核实数 "
                "督查核实数 督查组核实投资 核实累计"
            ),
        },
    ),
    *_investments(
        "statistical",
        _COUNTED,
        {
            "month": _words("本月纳统投资 本月入库投资"),
            "ytd": _words(
                "纳统投资 纳统累计投资 累计纳统投资 入统投资 入库投资 统计投资 纳统数 固投完成数 固定资产投资入库数"
            ),
        },
    ),
    Column(  # only to check the month's figures against, see `sense`
        "previous_ytd_wan",
        _words(
            "上月累计完成投资 上月止累计完成投资 上月末累计完成投资 截至上月底累计完成投资 上月底累计完成投资 "
            "上月止累计 截至上月累计完成投资 至上月底累计完成投资 上月累计 上月累计完成 截止上月底累计完成投资 "
            "年初至上月累计完成投资"
        ),
        cells.wan,
        "money",
        period="none",
    ),
    *_investments(
        "reported",
        _REPORTED,
        {
            "month": _words(
                "本月完成投资 当月完成投资 本月投资 月完成投资 本月完成 当月投资 当月完成 本月完成投资额 "
                "本月实际完成投资"
            ),
            "to_date": _words(
                "开工以来累计完成投资 开工至今累计完成投资 自开工累计完成投资 开工累计完成投资 "
                "开工至本月底累计完成投资 项目开工以来累计完成投资 开工以来累计完成 总累计完成投资"
            ),
            "ytd": _words(
                "累计完成投资 本年累计完成投资 年初以来累计完成投资 年初至今累计完成投资 年初至本月完成 "
                "本年度累计完成投资 今年累计完成投资 完成投资 累计完成 已完成投资 实际完成投资 累计投资 "
                "累计完成额 投资完成额 完成投资额 本年完成投资 投资完成情况 累计完成投资额 已完成投资额 "
                "累计完成投资数 本年累计完成 全年完成投资 完成情况 累计"
            ),
        },
    ),
    Column(
        "physical_progress_plan_pct",
        _words("计划形象进度 形象进度计划 计划进度 序时形象进度 形象进度序时 应达形象进度"),
        cells.pct,
        "percent",
    ),
    Column(
        "physical_progress_pct",
        _words(
            "完成年度形象目标 完成年度形象进度目标 占年度形象目标 形象进度百分比 形象进度完成百分比 形象进度完成比例"
        ),
        cells.pct,
        "percent",
    ),
    Column(
        "physical_progress",
        _words(
            "形象进度 工程进度 工程形象进度 当前形象进度 目前形象进度 本月形象进度 实际形象进度 形象进度实际 "
            "项目形象进度 形象进度情况 进展情况 目前进展情况 项目进展情况 工程进展情况 项目进展 工程进展 "
            "建设进展 建设进展情况 进展 进度 建设进度 项目进度 进度情况 目前进度 目前进展 目前项目建设形象进度 "
            "完成形象进度 主要进展 形象进度完成率 形象进度完成情况 工程形象进度情况 项目建设进展情况 "
            "形象进度描述 项目建设进展 总体进度 总体形象进度 当前进度 工程总体进度 项目总体进度 工作进展 本月工作进展 "
            "工作进展情况 最新进展 最新进度 推进情况 项目推进情况 工程推进情况 推进进度 推进进展情况 建设情况 "
            "工程建设情况 项目建设情况 施工进度 施工进展"
        ),
        cells.progress,
        "progress",
        patterns=(
            r"(?!.*(?:计划|目标|下月|下步|要求)).*(?:形象进度|进展情况).{0,4}",
            r"(?!.*(?:计划|目标|下月|下步|要求)).*(?:进度|进展|进展情况)(?:及|和)存在的?(?:主要)?(?:问题|困难)",
        ),
    ),
    Column(
        "node_judgement",
        _words("节点评定 节点完成情况 节点判定 节点评价 节点完成评定 节点目标完成情况 节点达到情况 节点完成判定"),
        cells.judgement,
    ),
    Column(
        "problems",
        _words(
            "存在问题 存在的问题 存在主要问题 存在的主要问题 主要问题 问题 项目建设中存在问题 项目存在问题 "
            "当前存在问题 存在困难 存在问题及原因 督查发现问题 发现问题"
        ),
        cells.words,
        patterns=(
            r".*存在.*(?:问题|困难).*|.*需.*协调.*(?:问题|事项).*|问题及.*",
            r"(?:主要|当前|目前)?(?:困难|问题|难点)[与和及]?(?:困难|问题|难点)|制约因素",
            r"(?:影响|制约|阻碍).{0,8}(?:主要|突出)?(?:问题|困难|因素)",
        ),
    ),
    Column(
        "team",
        _words("督查组 督查组别 督查小组 考评组 责任督查组 督查考评组 组别"),
        cells.label,
    ),
    Column(
        "score",
        _words(
            "得分 考评得分 督查得分 日常考评得分 本月得分 评分 督查评分 考核得分 月度得分 综合得分 总分 总得分 "
            "督查考评得分 督查组评分 考评分 考核评分 督查组得分 督查打分 督查组打分 月度考评得分 月度考核得分 打分 "
            "本月督查得分 本月考评得分 本月考核得分 本月评分 月度督查得分"
        ),
        cells.number,
        "number",
    ),
    Column(
        "state",
        _words("项目状态 进展状态 建设状态 状态 项目进展状态 开工状态 开工情况 是否开工 建设阶段 项目阶段 工程状态"),
        cells.label,
    ),
    Column(
        "declaration",
        _words("督查情况 特殊情况 特殊情况说明 未考评原因 未督查原因 免考情况 督查状态 受检情况"),
        cells.label,
    ),
    Column(
        "remarks",
        _words("备注 备注说明 附注 其他说明 说明"),
        cells.words,
    ),
)

# 督查评分表: the team's points, for the project by indicator and for its responsible unit's service.
SCORES = (
    Column("indicator_points", (), cells.number, "number"),  # see `indicator`
    Column(
        "tracking_service_points",
        _words("跟踪服务 跟踪服务得分 跟踪服务评分 跟踪服务情况 跟踪服务分 责任单位跟踪服务 责任单位跟踪服务得分"),
        cells.number,
        "number",
    ),
    Column(
        "progress_speed_points",
        _words("推进速度 推进速度得分 推进速度评分 推进速度情况 推进速度分 责任单位推进速度 责任单位推进速度得分"),
        cells.number,
        "number",
    ),
)

# 帮扶记录表: one line for each time the paired department was there.
VISITS = (
    Column(
        "visited_on",
        _words(
            "帮扶时间 帮扶日期 走访时间 走访日期 服务时间 服务日期 活动时间 活动日期 到场时间 现场帮扶时间 "
            "挂钩帮扶时间 对接时间 上门时间 上门服务时间 日期 时间"
        ),
        cells.day,
        "date",
    ),
    Column(
        "visitors",
        _words("帮扶人 帮扶责任人 走访人员 走访人 参加人员 参加人 参与人员 到场人员 带队领导 走访领导 上门人员"),
        cells.people,
    ),
    Column(
        "visit_content",
        _words(
            "帮扶内容 帮扶事项 帮扶工作 帮扶情况 帮扶措施 帮扶举措 服务内容 服务事项 走访内容 走访情况 开展工作 "
            "工作内容 帮扶工作内容 帮扶工作情况 主要帮扶内容 开展帮扶工作 开展帮扶情况 帮扶活动内容"
        ),
        cells.words,
    ),
    Column(
        "visit_outcome",
        _words(
            "帮扶成效 成效 帮扶效果 工作成效 帮扶成果 取得成效 帮扶结果 解决问题 解决问题情况 问题解决情况 "
            "协调解决问题 解决的问题 帮助解决问题"
        ),
        cells.words,
    ),
    Column(
        "visit_evidence",
        _words("佐证材料 佐证资料 佐证 证明材料 印证资料 影像资料 图片资料 痕迹资料 照片 附件 证据"),
        cells.words,
    ),
)
_SUPPORT = frozenset(
    "seq name code category responsible_unit lead_official paired_department department_leader department_staff "
    "service_staff problems remarks".split()
)

# Headings that mean something else right of an organisation's column; "" is nothing that is kept.
ORGANISATIONS = frozenset({"responsible_unit", "supporting_unit", "paired_department", "investor", "lead_official"})
NEIGHBOURS = {
    ("paired_department", "工作人员"): "department_staff",
    ("paired_department", "服务人员"): "department_staff",
    ("paired_department", "责任人"): "department_leader",
    ("paired_department", "负责人"): "department_leader",
    ("paired_department", "联系人"): "department_staff",
    ("investor", "负责人"): "",
    ("investor", "联系人"): "",
    ("investor", "联络人"): "",
}

NEIGHBOUR_WORDS = frozenset(heading for _, heading in NEIGHBOURS)

# What a row may also say and what this product does not keep; naming them spares the clerk a notice.
NOT_KEPT = frozenset(
    key(text)
    for text in _words(
        "联系电话 电话 手机 手机号 联系方式 电话及传真 排名 名次 序时进度 时间进度 错误 填报人 填表人 填报时间"
    )
)

_PROJECT = IDENTITY + FACTS + PLAN + RESPONSIBILITY + MONTHLY
_ALL = _PROJECT + SCORES + VISITS
_PLAN_MARKS = frozenset({"annual_plan_wan", "month_plan", "target", "milestones"})
_MONTHLY_MARKS = frozenset(column.field for column in MONTHLY) - {"remarks", "state"}
_RESPONSIBILITY_MARKS = frozenset(column.field for column in RESPONSIBILITY)

_SERVICE_MARKS = frozenset({"tracking_service_points", "progress_speed_points"})

SPECS = (
    SheetSpec(
        "monthly",
        "月度进展表",
        _PROJECT,
        _MONTHLY_MARKS,
        _words("进展 进度 月报 完成情况 督查考评 推进情况"),
        is_monthly=True,
    ),
    SheetSpec(
        "annual_plan",
        "年度计划表",
        _PROJECT,
        _PLAN_MARKS,
        _words("年度计划 计划表 投资计划 项目清单 项目库 项目计划 安排表"),
    ),
    SheetSpec(
        "responsibility",
        "责任分解表",
        _PROJECT,
        _RESPONSIBILITY_MARKS,
        _words("责任分解 责任表 责任落实 包挂 挂钩 分工"),
    ),
    SheetSpec(
        "team_scores",
        "督查评分表",
        _PROJECT + SCORES,
        _SERVICE_MARKS | {"score", "indicator_points", "node_judgement"},
        _words("评分表 打分表 督查评分 考评评分 考核评分 考评打分 评分汇总"),
        is_monthly=True,
    ),
    SheetSpec(
        "support_visits",
        "帮扶记录表",
        tuple(column for column in _PROJECT if column.field in _SUPPORT) + VISITS,
        frozenset({"visited_on", "visitors", "visit_content", "visit_outcome", "visit_evidence"}),
        _words("帮扶记录 走访记录 帮扶台账 帮扶活动 帮扶情况 服务记录 走访台账"),
        may_repeat=True,
    ),
)


def spec_named(name: str) -> SheetSpec:
    return next(spec for spec in SPECS if spec.name == name)


MAX_HEADING = 30  # characters; what is longer is a sentence, not a heading

# Names that only examples and templates carry.
EXAMPLE_NAMES = frozenset({"示例项目", "示例", "样例", "例", "xx项目", "××项目", "某某项目", "范例"})
# Sheets that explain how to fill in the others.
GUIDE_SHEETS = re.compile(r"填表说明|填报说明|使用说明|说明$|示例|样表|模板|范例|字典|下拉|选项")
# The first cell of what this product has worked out and handed out itself: scores are not figures to be read again.
EXPORT_TITLES = re.compile(r"(?:分级排名|风险预警) \d{4}年|督查覆盖（|明细：项目、月份、指标|核算：与「排名」逐行对应")
# A table of sums by unit or class, not by project.
SUMMARY_HEADINGS = re.compile(r"项目(?:个)?数(?:量)?|个数|项数")


@dataclass(frozen=True, slots=True)
class Match:
    column: Column
    exact: bool


def match(heading: Heading) -> Match | None:
    """The column a heading means, or None. The whole heading first, then its last part, then its last two."""
    core, inline = heading.core, heading.inline
    if len(heading.leaf.inline) > MAX_HEADING or "。" in heading.text:
        return None  # a sentence
    if indicator(heading):
        return Match(SCORES[0], True)
    table = _exact()
    for text in dict.fromkeys((inline, core)):
        for column in table.get(text, ()):
            if _fits(column, heading) and (text == inline or not column.by_context):
                if text == inline and _is_persons_unit(column, core):
                    continue
                return Match(column, True)
    if len(heading.parts) > 1:
        for text in dict.fromkeys((heading.leaf.inline, heading.leaf.core)):
            for column in table.get(text, ()):
                if column.by_context or (text == heading.leaf.inline and _is_persons_unit(column, heading.leaf.core)):
                    continue
                if _fits(column, heading):
                    return Match(column, True)
    for text in dict.fromkeys((inline, core)):
        if text and (found := _by_pattern(text, heading)):
            return Match(found, False)
    if len(heading.parts) > 1:
        for text in dict.fromkeys((heading.leaf.inline, heading.leaf.core)):
            for column in table.get(text, ()):
                if _fits(column, heading) and not _foreign_parent(heading):
                    return Match(column, False)
            if text and not _foreign_parent(heading) and (found := _by_pattern(text, heading)):
                return Match(found, False)
    if len(heading.parts) > 2 and _NEUTRAL_PARENT.fullmatch(heading.parts[0].inline):
        return match(heading.without_first())  # 投资完成情况 ▸ 年度投资 ▸ 计划
    return None


# A parent that says nothing about what stands below it.
_NEUTRAL_PARENT = re.compile(
    r"(?:投资|项目|工程|完成|建设|进展|进度|推进|执行|情况|年度|本年度?|当年|主要|指标|信息|及|和|与|计划(?=.*完成))+"
)


def _is_persons_unit(column: Column, core: str) -> bool:
    """责任单位（责任人） holds a unit, and in brackets who answers for it: its `core` names an organisation."""
    return column.field == "responsible_person" and any(
        known.field in ORGANISATIONS for known in _exact().get(core, ())
    )


_STATED_MARKS = re.compile(r"[(（\[【](?:满分)?\d+(?:\.\d+)?分[)）\]】]")
_POINTS_WORDS = re.compile(r"(?:得|评|计|赋|打)分(?:值|数)?$")
_POINTS_PARENT = re.compile(
    r"(?:督查组?|考评|考核|日常|各项|分项|指标|单项|月度|本月|各)*(?:得分|评分|打分|计分)(?:项目|指标|内容|情况|明细)?"
)
_NO_INDICATOR = re.compile(r"总|合计|平均|均分|加分|扣分|减分|最终|最后|上月|上季|季度|年度|排名|名次|折算|复核|自评")


def indicator(heading: Heading) -> str:
    """The name of the indicator whose points a column holds; "" for any other column.

    投资完成得分, 投资完成（60分） and 评分 ▸ 投资完成 all hold the points of 投资完成.
    """
    leaf = heading.leaf.core
    name = _POINTS_WORDS.sub("", leaf)
    has_marks = _STATED_MARKS.search(heading.text.rpartition(JOINT)[2]) is not None
    is_points = name != leaf or (has_marks and not leaf.endswith(("率", "比", "比例")))
    is_under = any(_POINTS_PARENT.fullmatch(part.core) for part in heading.parts[:-1])
    if not name or not (is_points or is_under) or heading.is_percent or heading.unit:
        return ""
    if _NO_INDICATOR.search(leaf) or _POINTS_PARENT.fullmatch(leaf):
        return ""
    for column in (found for text in (heading.core, leaf, name) for found in _exact().get(text, ())):
        if column.field == "score" or column in SCORES or (column.kind == "text" and not is_points):
            return ""
    return name


def _by_pattern(text: str, heading: Heading) -> Column | None:
    for column in _ALL:
        if _fits(column, heading) and any(_compiled(pattern).fullmatch(text) for pattern in column.patterns):
            return column
    return None


_FOREIGN_PARENT = re.compile(
    "上年|去年|往年|历年|上月|下月|下步|明年|次月|同期|到位|资金|(?:计划|目标)(?!.*(?:完成|执行|落实)情况)"
)


def _foreign_parent(heading: Heading) -> bool:
    """A parent that makes the last part something else: 去年 ▸ 完成投资."""
    return any(_FOREIGN_PARENT.search(part.inline) for part in heading.parts[:-1])


def _fits(column: Column, heading: Heading) -> bool:
    period = heading.period
    names_month = period is not None and period.last is not None
    if column.period == "none" and names_month:
        return False
    if column.period == "month" and not names_month:
        return False
    if column.period == "one_month" and not (names_month and period is not None and not period.cumulative):
        return False
    if column.field == "content" and period is not None:
        return False  # 2014年建设内容 is this year's target
    if column.kind in ("money", "month_plan") and heading.is_percent:
        return False
    if column.kind == "percent" and heading.leaf.unit is not None:
        return False
    if (
        period is not None
        and period.cumulative
        and period.first not in (None, 1)
        and column.kind in ("money", "month_plan")
    ):
        return False  # 6-8月完成投资 is neither the month's figure nor the year's
    if (
        column.field.endswith("_ytd_wan")
        and names_month
        and period is not None
        and not period.cumulative
        and "累计" not in heading.inline
    ):
        return False  # 8月完成投资 is the month's own figure
    if column.kind in ("money", "month_plan") and column.field != "previous_ytd_wan" and _PRIOR.search(heading.text):
        return False
    if column.field == "target" and column.headings and heading.core in _CONTENT and period is None:
        return False
    return not (column.not_under and any(re.search(column.not_under, part.inline) for part in heading.parts[:-1]))


_PRIOR = re.compile(
    r"上年|上一年|[一二三四]五[”\"」]?(?:时期|期间|规划|完成)|去年|往年|历年|上月|下月|下步|明年|次月|同期|(?:19|20)\d{2}年?度?(?:底|末)|年底(?:止)?累计"
)
_CONTENT = frozenset({"建设内容", "主要建设内容"})


@cache
def _exact() -> dict[str, tuple[Column, ...]]:
    table: dict[str, tuple[Column, ...]] = {}
    for column in _ALL:
        for heading in column.headings:
            table[key(heading)] = (*table.get(key(heading), ()), column)
    return table


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def spec_of(fields: Iterable[str], title: str) -> SheetSpec | None:
    """Which sheet this is, by its columns; between plan and responsibility, progress and scores the title decides."""
    present = set(fields)
    monthly, annual, responsibility, scores, visits = SPECS
    has_investment = any(field.endswith(("_month_wan", "_ytd_wan", "_to_date_wan")) for field in present)
    if not has_investment and {"visited_on", "visit_content"} & present:
        if {"visited_on", "visit_content"} <= present or any(word in title for word in visits.titles):
            return visits
    if present & _SERVICE_MARKS or ("indicator_points" in present and not has_investment):
        return scores
    if present & scores.marks and any(word in title for word in scores.titles):
        return scores
    if present & monthly.marks:
        figures = {field for field in present & monthly.marks if field not in ("problems", "team")}
        if figures or any(word in title for word in monthly.titles):
            return monthly
    if any(word in title for word in responsibility.titles) and present & responsibility.marks:
        return responsibility
    if present & annual.marks or (present & {"total_investment_wan"} and not present & responsibility.marks):
        return annual
    if present & responsibility.marks:
        return responsibility
    return monthly if present & monthly.marks else None
