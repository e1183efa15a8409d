"""Does what the sheet says make sense (合理性核对): against itself, its own totals, last month and the stored plan.

Nothing is repaired in silence. What is odd is a notice; what would change a figure is a question whose answer is
applied to the row handed back. Answers: `as_written`, `blank` (leave the figure out), or the corrected figure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isqrt
from statistics import median
from typing import TYPE_CHECKING, Any

from importers.cells import TO_WAN, compact, half_up, plain, quoted
from importers.events import proposed_event
from importers.result import Choice, Fault, FieldValue, Question, Row

if TYPE_CHECKING:
    from importers.tables import Totals

AS_WRITTEN = "as_written"
BLANK = "blank"
YTD_FIELDS = ("reported_ytd_wan", "verified_ytd_wan", "statistical_ytd_wan")

_SLIPS = (Decimal(10_000), Decimal(1_000))  # 亿 for 万, 千
_ABSURD = Decimal(5)  # times the annual plan
_SUSPICIOUS = Decimal(20)
_RATE_TOLERANCE = Decimal("0.1")
_IN_YUAN = re.compile(r"[^\d]{0,3}(\d[\d,]*(?:\.\d+)?)元")
_SANE_MEDIAN_WAN = (Decimal(20), Decimal(5_000_000))  # a county's projects: 20万元 to 500亿元


_LEFT_OUT = Choice(BLANK, "不采用，按未填处理")


@dataclass(frozen=True, slots=True)
class Previous:
    """What is stored about a row's project before this sheet: last month's figures and the plan in force, 万元."""

    month: str | None = None  # the last month with figures, YYYY-MM
    reported_ytd_wan: Decimal | None = None
    verified_ytd_wan: Decimal | None = None
    statistical_ytd_wan: Decimal | None = None
    reported_to_date_wan: Decimal | None = None
    annual_plan_wan: Decimal | None = None
    total_investment_wan: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(slots=True)
class _Findings:
    """What was found about one row, and the row with answers applied."""

    row: Row
    answers: Mapping[str, str]
    asked: set[str]
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def notice(self, code: str, name: str, text: str) -> None:
        found = self.row.fields[name]
        message = f"{self.row.sheet}!{found.cell} {found.heading}“{quoted(found.raw)}”{text}。"
        fault = Fault(code, message, "notice", self.row.sheet, found.cell, found.heading, found.raw)
        if fault not in self.row.faults:
            self.faults.append(fault)

    def ask(self, code: str, name: str, text: str, choices: Sequence[Choice]) -> None:
        """Ask about one cell, or apply the answer already given."""
        found = self.row.fields[name]
        identifier = f"{code}:{self.row.sheet}!{found.cell}"
        answer = self.answers.get(identifier)
        if answer is not None and self._apply(name, answer, [choice.value for choice in choices]):
            return
        if identifier in self.asked:
            return
        self.asked.add(identifier)
        message = f"{self.row.sheet}!{found.cell} {found.heading}“{quoted(found.raw)}”{text}"
        self.questions.append(
            Question(identifier, code, message, tuple(choices), self.row.sheet, self.row.row, found.cell)
        )

    def _apply(self, name: str, answer: str, offered: Sequence[str]) -> bool:
        found = self.row.fields[name]
        if answer not in offered:
            return False
        if answer == AS_WRITTEN:
            return True
        value: Any = None
        if answer != BLANK:
            value = Decimal(answer) if isinstance(found.value, Decimal) else answer
        self.row = replace(self.row, fields={**self.row.fields, name: found._replace(value=value)})
        return True

    def is_asked(self, code: str, name: str) -> bool:
        return f"{code}:{self.row.sheet}!{self.row.fields[name].cell}" in self.asked

    def is_settled(self, name: str) -> bool:
        """Whether a person confirmed this cell's figure, or is being asked about it."""
        cell = f"{self.row.sheet}!{self.row.fields[name].cell}" if name in self.row.fields else ""
        return any(identifier.endswith(f":{cell}") for identifier in (*self.answers, *self.asked)) if cell else False

    def done(self) -> Row:
        return replace(self.row, faults=(*self.row.faults, *self.faults))


# ------------------------------------------------------------------------------------------- the sheet against itself


def check_rows(rows: Sequence[Row], totals: Sequence["Totals"], answers: Mapping[str, str]) -> Checked:
    """Each row by itself, the rows against the sheet's own subtotals, the sheet's unit as a whole."""
    asked: set[str] = set()
    questions: list[Question] = []
    out: list[Row] = []
    unit_questions = _unit_questions(rows, answers)
    medians = {name: _median(rows, name) for name in ("total_investment_wan", "annual_plan_wan")}
    doubtful = {question.sheet for question in unit_questions}
    for row in rows:
        findings = _Findings(row, answers, asked)
        _lost_unit(findings)
        if row.sheet not in doubtful:
            _against_plan(findings, findings.row.value("annual_plan_wan"))
            _plan_against_total(findings, medians)
        _within_row(findings)
        out.append(findings.done())
        questions += findings.questions
    return Checked(tuple(out), tuple(_against_totals(out, totals)), (*unit_questions, *questions))


def _median(rows: Sequence[Row], name: str) -> Decimal | None:
    sizes = [value for row in rows if (value := row.value(name)) is not None and value > 0]
    return median(sizes) if len(sizes) >= 3 else None


def _unit_questions(rows: Sequence[Row], answers: Mapping[str, str]) -> tuple[Question, ...]:
    """A sheet whose every total investment is out of proportion has the wrong unit on it."""
    questions = []
    for sheet in dict.fromkeys(row.sheet for row in rows):
        identifier = f"unit:{sheet}"
        own = [row for row in rows if row.sheet == sheet]
        middle = _median(own, "total_investment_wan") or _median(own, "annual_plan_wan")
        if identifier in answers or middle is None or _SANE_MEDIAN_WAN[0] <= middle <= _SANE_MEDIAN_WAN[1]:
            continue
        size = f"{plain(half_up(middle / 10_000))}亿元" if middle > 10_000 else f"{plain(middle)}万元"
        questions.append(
            Question(
                identifier,
                "unit",
                f"工作表“{sheet}”按现在的单位读取，各项目投资的中位数是{size}，与县级项目不符，请选定数字的单位。",
                tuple(Choice(unit, unit) for unit in ("万元", "亿元", "元")),
                sheet,
            )
        )
    return tuple(questions)


def _lost_unit(findings: _Findings) -> None:
    """An amount written in 元 that is less than a hundred 元: 11.3元 has lost its 亿."""
    for name, found in list(findings.row.fields.items()):
        if not name.endswith("_wan") or not isinstance(found.value, Decimal) or abs(found.value) >= 1:
            continue
        written = _IN_YUAN.fullmatch(compact(found.raw or ""))
        size = Decimal(written[1].replace(",", "")) if written else Decimal(0)
        if size:
            readings = [half_up(size * 10_000), half_up(size)]
            choices = [*(Choice(plain(other), f"改为{plain(other)}万元") for other in readings), _LEFT_OUT]
            findings.ask("unit_lost", name, "不像一个项目的投资，可能漏写了“亿”或“万”，请选定数值。", choices)


def _against_plan(findings: _Findings, plan: Decimal | None) -> None:
    """Investment of the year far above the annual plan, or ten thousand times below it."""
    if plan is None or plan <= 0:
        return
    for name in YTD_FIELDS:
        ytd = findings.row.value(name)
        if ytd is None or ytd <= 0 or findings.is_asked("unit_lost", name):
            continue
        ratio = ytd / plan
        corrected = _corrections(ytd, plan, Decimal("0.005"), Decimal(2)) if ratio >= _SUSPICIOUS else []
        if ratio < 1 / Decimal(1_000) and ytd < 100:
            corrected = _corrections(ytd, plan, Decimal("0.03"), Decimal("1.5"))
        if corrected:
            findings.ask(
                "unit_slip",
                name,
                f"与年度计划{plain(plan)}万元相差悬殊，可能写错了单位，请选定数值。",
                _choices(ytd, corrected),
            )
        elif ratio >= _ABSURD:
            findings.ask(
                "far_above_plan",
                name,
                f"是年度计划{plain(plan)}万元的{plain(half_up(ratio, 1))}倍，请核实后选定。",
                _choices(ytd, []),
            )
        elif ratio >= 2:
            findings.notice("above_plan", name, f"是年度计划{plain(plan)}万元的{plain(half_up(ratio, 1))}倍，请核实")


def _plan_against_total(findings: _Findings, medians: Mapping[str, Decimal | None]) -> None:
    total, plan = findings.row.value("total_investment_wan"), findings.row.value("annual_plan_wan")
    if total is None or plan is None or total <= 0 or plan <= total:
        return
    if plan / total < _SUSPICIOUS:
        findings.notice("plan_above_total", "annual_plan_wan", f"大于总投资{plain(total)}万元，请核实")
        return
    wrong_total = _distance(total, medians["total_investment_wan"]) > _distance(plan, medians["annual_plan_wan"])
    name, size, other, words = (
        ("total_investment_wan", total, plan, "年度计划") if wrong_total else ("annual_plan_wan", plan, total, "总投资")
    )
    low, high = (Decimal(1), Decimal(50)) if wrong_total else (Decimal("0.02"), Decimal(1))
    corrected = _corrections(size, other, low, high)
    text = f"与{words}{plain(other)}万元相差悬殊，可能写错了单位，请选定数值。"
    findings.ask("unit_slip", name, text, _choices(size, corrected))


def _distance(size: Decimal, middle: Decimal | None) -> Decimal:
    if middle is None or middle <= 0 or size <= 0:
        return Decimal(0)
    return max(size / middle, middle / size)


def _corrections(size: Decimal, against: Decimal, low: Decimal, high: Decimal) -> list[Decimal]:
    """The readings of `size` a unit away that stand in a plausible proportion to `against`."""
    factors = [1 / slip for slip in _SLIPS] if size > against else list(_SLIPS)
    return [half_up(size * factor) for factor in factors if low <= size * factor / against <= high]


def _choices(size: Decimal, corrected: Sequence[Decimal]) -> list[Choice]:
    return [
        Choice(AS_WRITTEN, f"按原数{plain(size)}万元"),
        *(Choice(plain(other), f"改为{plain(other)}万元") for other in corrected),
        _LEFT_OUT,
    ]


def _within_row(findings: _Findings) -> None:
    row = findings.row
    score = row.value("score")
    if score is not None and not 0 <= score <= 100:
        choices = [Choice(AS_WRITTEN, f"按原数{plain(score)}分")]
        if 100 < score <= 1000:
            choices.append(Choice(plain(half_up(score / 10)), f"改为{plain(half_up(score / 10))}分"))
        findings.ask("score_range", "score", "不在0至100分之间，请选定。", [*choices, _LEFT_OUT])
    if row.value("declaration") == "停工":
        findings.ask(
            "stoppage",
            "declaration",
            "没有写明停工有无正当理由，请选定。",
            [Choice("无正当理由停工", "无正当理由停工（计0分）"), Choice(BLANK, "有正当理由，照常考评")],
        )
    _stated_rate(findings)
    _state_and_figures(findings)
    start, finish = row.value("planned_start"), row.value("planned_finish")
    if start is not None and finish is not None and start > finish and finish.year < start.year:
        findings.notice("start_after_finish", "planned_finish", "早于开工时间，开工竣工时间都不采用，请核实")
    elif (
        start is not None and finish is not None and start > finish and row.fields["planned_finish"].precision != "year"
    ):
        findings.notice("start_after_finish", "planned_finish", "早于开工时间，开工竣工时间都不采用，请核实")
    for name, found in row.fields.items():
        if name.endswith("_wan") and isinstance(found.value, Decimal) and found.value < 0:
            findings.notice("negative", name, "是负数，请核实")
    for name in ("physical_progress_pct", "physical_progress_plan_pct"):
        size = row.value(name)
        if size is not None and not 0 <= size <= 100:
            findings.notice("percent_range", name, "不在0至100%之间，请核实")
    ytd, month = row.value("reported_ytd_wan"), row.value("reported_month_wan")
    if ytd is not None and month is not None and month > ytd:
        findings.notice("month_above_ytd", "reported_month_wan", f"大于本年累计{plain(ytd)}万元，请核实")
    _own_last_month(findings)


def _own_last_month(findings: _Findings) -> None:
    """上月累计 + 本月 = 本月累计, by the sheet's own columns; 核减 with a reason may break it."""
    row = findings.row
    last, month, ytd = (row.value(f"{name}_wan") for name in ("previous_ytd", "reported_month", "reported_ytd"))
    if last is None or ytd is None or re.search("核减|调减|冲减", _words_of_state(row)):
        return
    if month is not None and abs(last + month - ytd) > 1:
        text = f"加上月累计{plain(last)}万元不等于本月累计{plain(ytd)}万元，请核实"
        findings.notice("month_identity", "reported_month_wan", text)
    elif month is None and ytd < last:
        findings.notice("ytd_below_previous", "reported_ytd_wan", f"低于表中的上月累计{plain(last)}万元，请核实")


def _stated_rate(findings: _Findings) -> None:
    stated, computed = findings.row.value("completion_pct_stated"), completion_pct(findings.row)
    if stated is None or computed is None or abs(stated - computed) <= _RATE_TOLERANCE:
        return
    written = compact(findings.row.fields["completion_pct_stated"].raw or "")
    if re.fullmatch(r"[01]?\.\d+|[01]", written) and abs(Decimal(written) * 100 - computed) <= _RATE_TOLERANCE:
        return  # a bare 0.972 among percentages: the row's own figures say that it is a ratio
    findings.notice(
        "rate_differs", "completion_pct_stated", f"与按投资算得的{plain(computed)}%不一致，以算得的为准，请核实"
    )


def _state_and_figures(findings: _Findings) -> None:
    row = findings.row
    full = next(
        (name for name in ("physical_progress_pct", "completion_pct_stated") if (row.value(name) or 0) >= 100), None
    )
    if full and (stopped := re.search("暂缓|停建|已停工|未开工", _words_of_state(row))):
        findings.notice("full_beside_suspended", full, f"与“{stopped[0]}”矛盾，请核实")
    ytd = invested_ytd(row)
    if row.value("states_not_started") and ytd is not None and ytd > 0:
        findings.notice("not_started_with_investment", "state", f"与已完成投资{plain(ytd)}万元矛盾，请核实")
    _words_against_state(findings)
    size = row.value("physical_progress_pct")
    if size is not None and size < 100 and proposed_event(row) == "完工":
        findings.notice("completed_below_full", "physical_progress_pct", "不足100%而写明已完工，请核实")


_NOT_BEGUN = re.compile(
    r"(?:^|[,。;])(?:项目|工程|目前|该项目)*(?:尚|还|暂|仍)?未(?:能)?(?:正式|实质性)?(?:开工|动工|启动|进场)"
)
_UNDER_WAY = re.compile(r"正在|(?:基础|主体|土建|路基|桩基|管网|设备)(?:工程)?(?:施工|安装)|在建|续建|开挖|浇筑|浇注")
_DONE = re.compile(r"完工|竣工|建成|投产|投用|验收|交付|投入使用")


def _words_against_state(findings: _Findings) -> None:
    """形象进度 in words against 项目状态 and against what was invested."""
    row = findings.row
    words, state = (compact(str(row.value(name) or "")) for name in ("physical_progress", "state"))
    if not words:
        return
    is_begun = _NOT_BEGUN.search(words) is None
    event = proposed_event(replace(row, fields={"physical_progress": row.fields["physical_progress"]}))
    ytd = invested_ytd(row)
    if not is_begun and (_DONE.search(state) or re.search("在建|续建|已开工|施工", state)):
        other = f"项目状态“{state}”"
    elif not is_begun and not _UNDER_WAY.search(words) and ytd is not None and ytd > 0:
        other = f"已完成投资{plain(ytd)}万元"
    elif event == "完工" and re.search("在建|未开工|前期|停工|暂缓", state):
        other = f"项目状态“{state}”"
    elif _completed(state) and _UNDER_WAY.search(words) and not _DONE.search(words):
        other = f"项目状态“{state}”"
    else:
        return
    findings.notice("progress_against_state", "physical_progress", f"与{other}矛盾，请核实")


def _completed(state: str) -> bool:
    return _DONE.search(state) is not None and re.search("未|部分|预计|计划|拟|待", state) is None


def _words_of_state(row: Row) -> str:
    return compact(
        " ".join(str(row.value(name) or "") for name in ("state", "remarks", "declaration", "physical_progress"))
    )


def invested_ytd(row: Row) -> Decimal | None:
    """投资 of the year as the sheet's plain column gives it: reported, or verified where only that stands."""
    reported: Decimal | None = row.value("reported_ytd_wan")
    verified: Decimal | None = row.value("verified_ytd_wan")
    return reported if reported is not None or "reported_ytd_wan" in row.fields else verified


def completion_pct(row: Row) -> Decimal | None:
    """100 × invested ÷ annual plan, half-up to 0.01; None when either is absent or the plan is not positive."""
    ytd, plan = invested_ytd(row), row.value("annual_plan_wan")
    if ytd is None or plan is None or plan <= 0:
        return None
    return half_up(100 * ytd / plan)


def _against_totals(rows: Sequence[Row], totals: Sequence["Totals"]) -> list[Fault]:
    """The sheet's own subtotal and total rows against the rows above them."""
    by_place = {(row.sheet, row.row): row for row in rows}
    faults = []
    for total in totals:
        covered = [by_place[total.sheet, row] for row in total.covers if (total.sheet, row) in by_place]
        if not covered:
            continue
        if total.count is not None and total.count.value != len(covered):
            place, stated_count = f"{total.sheet}!{total.count.cell}", total.count.value
            message = f"{place} 写明{stated_count}个项目，表里读到{len(covered)}个，请核实是否有漏。"
            faults.append(
                Fault("count_differs", message, "notice", total.sheet, total.count.cell, None, total.count.raw)
            )
        for name, stated in total.fields.items():
            if any(_is_unreadable(row, name) for row in covered):
                continue
            added = sum((row.value(name) for row in covered if row.value(name) is not None), Decimal(0))
            if abs(added - stated.value) > _tolerance(stated, len(covered)):
                word = "小计" if total.reason == "subtotal" else "合计"
                message = (
                    f"{total.sheet}!{stated.cell} {stated.heading}{word}“{quoted(stated.raw)}”与"
                    f"{len(covered)}个项目相加的{plain(added)}万元不一致，请核实。"
                )
                faults.append(
                    Fault("sum_differs", message, "notice", total.sheet, stated.cell, stated.heading, stated.raw)
                )
    return faults


def _is_unreadable(row: Row, name: str) -> bool:
    found = row.fields.get(name)
    return found is not None and any(fault.cell == found.cell and fault.severity == "error" for fault in row.faults)


def _tolerance(stated: FieldValue, count: int) -> Decimal:
    """What rounding of the single figures may add up to; whole numbers are taken as they stand."""
    found = re.search(r"\d[\d,]*(?:\.(\d+))?", compact(stated.raw or ""))
    if not found or not stated.value:
        return Decimal(1)
    written = Decimal(found[0].replace(",", ""))
    scale = abs(stated.value) / written if written else Decimal(1)
    nearest = min(TO_WAN.values(), key=lambda unit: abs(unit - scale))
    half_digit = Decimal("0.5").scaleb(-len(found[1] or "")) * nearest
    return half_digit * (1 + isqrt(count)) if found[1] else half_digit


# ----------------------------------------------------------------------------------- the sheet against what is stored


def compare(
    rows: Sequence[Row],
    previous: Mapping[tuple[str, int], Previous],
    answers: Mapping[str, str],
    asked: Sequence[str] = (),
) -> Checked:
    """Rows against the stored figures of their projects, by (sheet, row). `asked`: ids of questions already put."""
    known = set(asked)
    questions: list[Question] = []
    out: list[Row] = []
    for row in rows:
        before = previous.get((row.sheet, row.row))
        findings = _Findings(row, answers, known)
        if before is not None:
            if row.value("annual_plan_wan") is None:
                _against_plan(findings, before.annual_plan_wan)
            _against_stored_plan(findings, before)
            _against_last_month(findings, before)
        out.append(findings.done())
        questions += findings.questions
    return Checked(tuple(out), (), tuple(questions))


def _against_stored_plan(findings: _Findings, before: Previous) -> None:
    for name, stored, words in (
        ("annual_plan_wan", before.annual_plan_wan, "已存的年度计划"),
        ("total_investment_wan", before.total_investment_wan, "已存的总投资"),
    ):
        size = findings.row.value(name)
        if size is None or stored is None or stored <= 0 or size <= 0 or size == stored or findings.is_settled(name):
            continue
        ratio = max(size / stored, stored / size)
        corrected = _corrections(size, stored, Decimal("0.2"), Decimal(5)) if ratio >= 100 else []
        if corrected:
            text = f"与{words}{plain(stored)}万元相差悬殊，可能写错了单位，请选定数值。"
            findings.ask("unit_slip", name, text, _choices(size, corrected))
        else:
            findings.notice("plan_changed", name, f"与{words}{plain(stored)}万元不同，请核实")


def _against_last_month(findings: _Findings, before: Previous) -> None:
    when = f"{int(before.month[5:])}月" if before.month else "上次"
    for name in (*YTD_FIELDS, "reported_to_date_wan"):
        found = findings.row.fields.get(name)
        last: Decimal | None = getattr(before, name)
        if found is None or found.value is None or last is None or last <= 0:
            continue
        size: Decimal = found.value
        ratio = size / last
        slipped = ratio >= 100 or 0 < ratio <= Decimal("0.01")
        corrected = _corrections(size, last, Decimal("0.8"), Decimal(10)) if slipped else []
        if corrected:
            text = f"与{when}累计{plain(last)}万元相差悬殊，可能写错了单位，请选定数值。"
            findings.ask("unit_slip", name, text, _choices(size, corrected))
        elif size < last:
            text = f"低于{when}累计{plain(last)}万元，请核实后选定。"
            findings.ask("ytd_lower", name, text, _choices(size, []))
    ytd, month, last = (
        findings.row.value("reported_ytd_wan"),
        findings.row.value("reported_month_wan"),
        before.reported_ytd_wan,
    )
    is_said = any(fault.code == "month_identity" for fault in findings.row.faults)
    if is_said or ytd is None or month is None or last is None or ytd < last:
        return
    if abs(last + month - ytd) > 1:
        findings.notice(
            "month_identity",
            "reported_month_wan",
            f"加{when}累计{plain(last)}万元不等于本月累计{plain(ytd)}万元，请核实",
        )
