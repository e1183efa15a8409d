"""A receipt worked again by hand (得分明细核算): from what is printed on it, and from nothing else.

Takes the JSON of one receipt and says every step that cannot be followed or does not come out. It shares no line with
scoring: the sentences are read as a clerk reads them, the arithmetic is Decimal's and Fraction's own.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

Json = Mapping[str, Any]
NUMBER = r"-?\d+(?:\.\d+)?"
SUM = rf"（(?:{NUMBER}|（{NUMBER}）)(?:＋(?:{NUMBER}|（{NUMBER}）))*）"
WORK = rf"（(?P<work>{NUMBER}|{NUMBER}(?:×{NUMBER})?／{NUMBER})）"
INVESTMENT = re.compile(
    rf"完成(?P<done>{NUMBER})(?P<added>{SUM})?／应完成(?P<due>{NUMBER})万元(?:{WORK})?，计(?P<points>{NUMBER})分"
)
PHYSICAL = re.compile(
    rf"(?:总体)?形象进度(?P<done>{NUMBER})%／计划(?P<due>{NUMBER})%(?:{WORK})?，计(?P<points>{NUMBER})分"
)
NODE = re.compile(rf"节点评定为(?:达到|基本达到|未达到)，按满分的(?P<share>{NUMBER})%计(?P<points>{NUMBER})分")
ENTERED = re.compile(rf"督查组评(?P<given>{NUMBER})分(?:，以0—(?P<most>{NUMBER})分为限计(?P<points>{NUMBER})分)?")
BLANK = re.compile(r".*未填，计0\.00分")
NOT_JUDGED = re.compile(r".*本项不计")
SUMMED = re.compile(
    rf"(?:督查组分项评分，)?100×（({NUMBER}(?:＋{NUMBER})*)）÷（({NUMBER}(?:＋{NUMBER})*)）＝({NUMBER})分"
)
MEAN = re.compile(rf"（({NUMBER}(?:＋{NUMBER})*)）÷(\d+)＝({NUMBER})分")
GIVEN = re.compile(
    rf"按(通报数|更正数|当时的考核办法计分)(?:为({NUMBER})分|没有得分)(?:（按现有月度得分为.*，不采用）)?"
)
FINAL = re.compile(rf"（({NUMBER}×{NUMBER}%(?:＋{NUMBER}×{NUMBER}%)*)）÷({NUMBER})%＝({NUMBER})分")
EXCUSED = {"暂缓", "未到计划开工", "增补前", "免考", "已调出"}  # such months alone excuse a quarter without score
QUARTER_NAMES = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}


def half_up(value: Fraction) -> Decimal:
    whole, rest = divmod(abs(value.numerator) * 100, value.denominator)
    hundredths = whole + (2 * rest >= value.denominator)
    return Decimal(-hundredths if value < 0 else hundredths).scaleb(-2)


def text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def numbers(words: str) -> list[Fraction]:
    return [Fraction(found) for found in re.findall(NUMBER, words)]


def worked(expression: str) -> Fraction:
    """9000×4／12, 1000／3 or 9259.255."""
    product, _, divisor = expression.partition("／")
    result = Fraction(1)
    for factor in product.split("×"):
        result *= Fraction(factor)
    return result / Fraction(divisor or 1)


def problems(receipt: Json) -> list[str]:
    """Every step of the receipt that does not come out, in words; empty when all do."""
    return list(_problems(receipt))


def _problems(receipt: Json) -> Iterator[str]:
    months = [month for quarter in receipt["quarters"] for month in quarter["months"]]
    for month in months:
        for found in _month(receipt, month, months):
            yield f"{receipt['code']} {receipt['period']} {month['month']}: {found}"
    for found in (*_quarters(receipt), *_score(receipt), *_steps(receipt)):
        yield f"{receipt['code']} {receipt['period']}: {found}"


# ---- months ---------------------------------------------------------------------------------------------------------


def _indicator(line: Json) -> Iterator[str]:
    marks, reason, shown = Fraction(line["full_marks"]), line["reason"], line["points"]
    if shown is None:
        if not NOT_JUDGED.fullmatch(reason):
            yield f"{line['name']} has no points and does not say why: {reason}"
        return
    points: Decimal | None = None
    if found := INVESTMENT.fullmatch(reason) or PHYSICAL.fullmatch(reason):
        done, due = Fraction(found["done"]), Fraction(found["due"])
        if (added := found.groupdict().get("added")) and sum(numbers(added)) != done:
            yield f"{line['name']}: {added} does not add up to {done}"
        if work := found["work"]:
            due = worked(work)
            if half_up(due) != Decimal(found["due"]):
                yield f"{line['name']}: {work} is not {found['due']}"
        points = half_up(min(max(marks * done / due, Fraction(0)), marks))
    elif found := NODE.fullmatch(reason):
        points = half_up(marks * Fraction(found["share"]) / 100)
    elif found := ENTERED.fullmatch(reason):
        points = half_up(min(max(Fraction(found["given"]), Fraction(0)), marks))
    elif BLANK.fullmatch(reason):
        points = Decimal("0.00")
    if text(points) != shown:
        yield f"{line['name']}: {reason!r} of {marks} gives {points}, printed {shown}"
    elif found and found.groupdict().get("points") and Decimal(found["points"]) != points:
        yield f"{line['name']}: the sentence says {found['points']}, the line {shown}"


def _month(receipt: Json, month: Json, months: list[Json]) -> Iterator[str]:
    for line in month["indicators"]:
        yield from _indicator(line)
    judged = [line for line in month["indicators"] if line["points"] is not None]
    computed = None
    if judged:
        marks = sum(Fraction(line["full_marks"]) for line in judged)
        computed = half_up(100 * sum(Fraction(line["points"]) for line in judged) / marks)
    if text(computed) != month["computed_score"]:
        yield f"the indicators give {computed}, printed {month['computed_score']}"
    source, score, sentence = month["source"], month["score"], month["sentence"]
    if source == "computed" or (source == "team" and month["team_score"] is None):
        found = SUMMED.fullmatch(sentence)
        if not found or numbers(found[1]) != [Fraction(line["points"]) for line in judged]:
            yield f"{sentence!r} is not the sum of the indicators"
        elif text(half_up(100 * sum(numbers(found[1])) / sum(numbers(found[2])))) != score or found[3] != score:
            yield f"{sentence!r} gives another score than {score}"
    elif source in ("team", "sheet"):
        if score != month[f"{source}_score"] or score not in sentence:
            yield f"{source} gave {month[f'{source}_score']}, printed {score}: {sentence}"
        if source == "sheet" and month["team_score"] is not None:
            yield "the team's score goes before the sheet's"
    elif source == "completed":
        if score != "100.00" or receipt["policy"]["completed"] != "full":
            yield f"completed counts {score} under {receipt['policy']['completed']}"
    elif source == "carried":
        yield from _carried(receipt, month, months)
    elif source == "policy":
        if score != "0.00" or receipt["policy"]["reasons"].get(month["reason"]) != "zero":
            yield f"{month['reason']} counts {score}, which the policy does not say"
    elif score is not None or month["reason"] is None or receipt["policy"]["reasons"].get(month["reason"]) == "zero":
        yield f"no source for {score} ({month['reason']})"
    yield from _evidence(month)


def _carried(receipt: Json, month: Json, months: list[Json]) -> Iterator[str]:
    found = re.fullmatch(rf"已完工，沿用最后一次月度得分（(\d+)月）({NUMBER})分", month["sentence"])
    if not found or found[2] != month["score"] or receipt["policy"]["completed"] != "carry":
        yield f"{month['sentence']!r} does not carry {month['score']}"
        return
    origin = next((one for one in months if int(one["month"][5:]) == int(found[1])), None)
    if origin is not None and origin["score"] != month["score"]:
        yield f"{origin['month']} scored {origin['score']}, not {month['score']}"


def _evidence(month: Json) -> Iterator[str]:
    """Whatever counts leads to a cell with who handed it in and when, or to the person who entered it."""
    told = [one for one in (month["evidence"], *month["cells"]) if one]
    if month["source"] in ("team", "sheet", "computed", "completed", "carried") and not told:
        yield "a score without evidence"
    needed = [line for line in month["indicators"] if line["points"] is not None and month["source"] == "computed"]
    for line in needed:
        if not line["cells"]:
            yield f"{line['name']} has points and no cell"
        told += line["cells"]
        if "应完成" in line["reason"]:
            if line["planned"] is None:
                yield f"{line['name']} does not say where the plan stands"
            else:
                told.append(line["planned"])
    for one in told:
        in_file = one["upload"] is not None and all(one[name] for name in ("file", "sha256", "sheet", "cell"))
        by_hand = one["upload"] is None and one["file"] is None
        of_event = one["field"] == "event" and one["file"]
        if not (one["uploader"] and one["at"] and (in_file or by_hand or of_event)):
            yield f"{one['field']} leads nowhere: {dict(one)}"


# ---- quarters, final ------------------------------------------------------------------------------------------------


def _quarters(receipt: Json) -> Iterator[str]:
    if "-" in receipt["period"]:
        return
    for quarter in receipt["quarters"]:
        scored = [Fraction(month["score"]) for month in quarter["months"] if month["score"] is not None]
        mean = text(half_up(sum(scores) / len(scores))) if (scores := scored) else None
        sentence, shown = (
            re.sub(r"，(?:按办法在最终得分中计0\.00分|最终得分不计这一季度)$", "", quarter["sentence"]),
            quarter["score"],
        )
        if quarter["is_published"]:
            found = GIVEN.fullmatch(sentence)
            if not found or found[2] != shown:
                yield f"{quarter['quarter']} is given, and {sentence!r} does not say so"
            elif (mean != shown) != ("不采用" in sentence):
                yield f"{quarter['quarter']}: the months give {mean}, and {sentence!r} does not say so"
        elif mean != shown:
            yield f"{quarter['quarter']}: the months give {mean}, printed {shown}"
        elif shown is not None:
            found = MEAN.fullmatch(sentence)
            if not found or numbers(found[1]) != scored or int(found[2]) != len(scored) or found[3] != shown:
                yield f"{quarter['quarter']}: {sentence!r} is not the mean of {scored}"


def _final(receipt: Json, policy: str) -> tuple[Decimal | None, dict[str, Fraction]]:
    """The final under a policy for begun quarters without score, with the weights that count."""
    weights: dict[str, Fraction] = {}
    points, is_scored = Fraction(0), False
    for quarter in receipt["quarters"]:
        weight = Fraction(quarter["weight"])
        excused = all(month["reason"] in EXCUSED for month in quarter["months"])
        if not weight or (quarter["score"] is None and (policy != "zero" or excused)):
            continue
        weights[quarter["quarter"]] = weight
        is_scored |= quarter["score"] is not None
        points += weight * Fraction(quarter["score"] or 0)
    if not is_scored:
        return None, {}
    return half_up(points / sum(weights.values())), weights


def _score(receipt: Json) -> Iterator[str]:
    period, shown, quarters = receipt["period"], receipt["score"], receipt["quarters"]
    other = receipt["alternative"]
    if not quarters:
        if shown is not None:
            yield f"{shown} from nothing"
        return
    if "-" in period or "Q" in period:
        below = quarters[0]["months"][0]["score"] if "-" in period else quarters[0]["score"]
        if shown != below or (len(quarters), other["score"]) != (1, shown):
            yield f"the score is {shown}, one level down {below}"
        return
    policy = receipt["policy"]["missing_quarter"]
    final, weights = _final(receipt, policy)
    if text(final) != shown:
        yield f"the quarters give {final}, printed {shown}"
    if other["missing_quarter"] == policy or text(_final(receipt, other["missing_quarter"])[0]) != other["score"]:
        yield f"the other policy gives {_final(receipt, other['missing_quarter'])[0]}, printed {other['score']}"
    total = sum(weights.values())
    for quarter in quarters:
        effective = half_up(100 * weights.get(quarter["quarter"], Fraction(0)) / total) if total else Decimal("0.00")
        if text(effective) != quarter["effective_weight"]:
            yield f"{quarter['quarter']} weighs {effective}, printed {quarter['effective_weight']}"
    if final is None:
        if receipt["formula"] != "没有计权的季度得分，不计最终得分":
            yield f"no final, and the formula says {receipt['formula']}"
        return
    found = FINAL.fullmatch(receipt["formula"])
    if not found:
        yield f"the formula cannot be followed: {receipt['formula']}"
        return
    terms = [tuple(map(Fraction, re.findall(NUMBER, term))) for term in found[1].split("＋")]
    by_name = {quarter["quarter"]: Fraction(quarter["score"] or 0) for quarter in quarters}
    if terms != [(by_name[name], weight) for name, weight in weights.items()]:
        yield f"the formula's terms are not the quarters': {receipt['formula']}"
    if (
        text(half_up(sum(score * weight for score, weight in terms) / Fraction(found[2]))) != found[3]
        or found[3] != shown
    ):
        yield f"the formula does not come out: {receipt['formula']}"


def _steps(receipt: Json) -> Iterator[str]:
    """The printed list of steps says the same, in the order in which it is worked."""
    expected = []
    is_month, is_year = "-" in receipt["period"], receipt["period"].isdigit()
    for quarter in receipt["quarters"]:
        for month in quarter["months"]:
            number = int(month["month"][5:])
            expected += [f"{number}月{line['name']}：{line['reason']}" for line in month["indicators"]]
            expected.append(f"{number}月：{month['sentence']}")
        if is_year:
            expected.append(f"{QUARTER_NAMES[quarter['quarter']]}：{quarter['sentence']}")
    if receipt["quarters"] and not is_month:
        expected.append(f"{receipt['period_label']}：{receipt['formula']}")
    if receipt["quarters"] and receipt["steps"] != expected:
        yield f"the steps say something else than the lines: {set(receipt['steps']) ^ set(expected)}"
