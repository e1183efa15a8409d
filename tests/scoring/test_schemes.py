"""考核方案 as a rule book writes them: a block is complete or refused by key and reason; older books stay readable."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest

from scoring.measures import AssesseeKind, Measure
from scoring.rulebook import RuleBookError, parse
from scoring.schemes import GroupsBy, Post, Scheme, Share, Visible, When
from tests.scoring.cases import default_text

HEAD = """
[[assessees]]
name = "责任单位"
kind = "responsible_unit"
source = "示例"
effective_from = 2023-01-01
total = "share"
when = ["month"]
visible = "published"
groups_by = "none"
"""
MEAN = """
[[assessees.parts]]
name = "项目均分"
measure = "project_mean"
formula = "share"
full_marks = { value = 60, unit = "分" }
cap = "full_marks"
reference = "itself"
"""


def part(formula: str, body: str, measure: str = "started", marks: str = "40") -> str:
    full = f'full_marks = {{ value = {marks}, unit = "分" }}\n' if marks else ""
    return f'[[assessees.parts]]\nname = "第二项"\nmeasure = "{measure}"\nformula = "{formula}"\n{full}{body}'


BANDS = part(
    "bands",
    """bands = [
  { above = { value = 40, unit = "%" }, points = { value = 40, unit = "分" } },
  { from = { value = 0, unit = "%" }, points = { value = 20, unit = "分" } },
  { points = { value = 10, unit = "分" } },
]
""",
    "annual_completion",
)
MIN_MAX = part(
    "min_max",
    'at_minimum = { value = 70, unit = "%" }\nat_least = { value = 70, unit = "%" }\nwhen_equal = "full_marks"\n',
)
PLACES = part(
    "places",
    """places = [
  { through = { value = 3, unit = "名" }, points = { value = 40, unit = "分" } },
  { through = { value = 6, unit = "名" }, points = { value = 20, unit = "分" } },
]
""",
)
LINEAR = part(
    "linear",
    'base = { value = 40, unit = "分" }\npar = { value = 100, unit = "%" }\nstep = { value = 2, unit = "%" }\n'
    'points = { value = 1, unit = "分" }\n'
    'at_least = { value = 25, unit = "分" }\nat_most = { value = 55, unit = "分" }\n',
    "completion",
)


def written(*blocks: str) -> str:
    """The default book with these blocks in place of its own."""
    text = default_text()
    return text[: text.index("# 其他考核对象")] + "".join(blocks)


def scheme(*parts: str, head: str = HEAD) -> Scheme:
    return parse(written(head, *parts)).assessees[0]


@pytest.mark.parametrize("second", [BANDS, MIN_MAX, PLACES, LINEAR])
def test_each_formula_is_read_with_its_figures(second: str) -> None:
    assert scheme(MEAN, second).parts[1].full_marks == 40


def test_a_percentage_of_the_book_is_a_ratio_of_one_and_an_amount_stays_one() -> None:
    bands = scheme(MEAN, BANDS).parts[1].formula
    assert [(band.start, band.is_above) for band in bands.bands] == [  # type: ignore[union-attr]
        (Fraction(2, 5), True),
        (Fraction(0), False),
        (None, False),
    ]
    target = part("share", 'cap = "none"\nreference = "target"\ntarget = { value = 4, unit = "个" }\n')
    formula = scheme(MEAN, target).parts[1].formula
    assert isinstance(formula, Share) and formula.target == 4


REFUSED = [
    (HEAD, ('kind = "responsible_unit"', 'kind = "town"'), "assessees[1].kind", "“town”不在可选项（project、"),
    (HEAD, ('kind = "responsible_unit"\n', ""), "assessees[1].kind", "缺少这一项"),
    (HEAD, ('when = ["month"]', "when = []"), "assessees[1].when", "须列出至少一种考核期"),
    (HEAD, ('when = ["month"]', 'when = ["month", "month"]'), "assessees[1].when", "不得重复"),
    (HEAD, ('when = ["month"]', 'when = ["year", "year_end"]'), "assessees[1].when", "不能再列其他考核期"),
    (HEAD, ('when = ["month"]', 'when = ["week"]'), "assessees[1].when", "“week”不在可选项"),
    (HEAD, ('visible = "published"', 'visible = "own"'), "assessees[1].whole_for", "缺少这一项"),
    (HEAD, ('visible = "published"', 'visible = "all"'), "assessees[1].visible", "“all”不在可选项"),
    (HEAD, ('groups_by = "none"', 'groups_by = "project_count"'), "assessees[1].size_groups_from", "缺少这一项"),
    (HEAD, ('groups_by = "none"', 'groups_by = "named"'), "assessees[1].groups", "缺少这一项"),
    (
        HEAD,
        ('groups_by = "none"', 'groups_by = "named"\ngroups = { "一类" = ["甲镇"], "二类" = ["甲镇"] }'),
        "assessees[1].groups",
        "同一名称不得出现在两组",
    ),
    (MEAN, ('"project_mean"', '"mean"'), "assessees[1].parts[1].measure", "“mean”不在可选项（project_mean、"),
    (MEAN, ('"share"', '"root"'), "assessees[1].parts[1].formula", "“root”不在可选项（share、min_max、"),
    (MEAN, ("value = 60", "value = 0"), "assessees[1].parts[1].full_marks", "满分须大于0"),
    (MEAN, ("value = 60", "value = 50"), "assessees[1].parts", "责任单位各项满分合计应为100，现为90"),
    (MEAN, ('cap = "full_marks"', 'cap = "full_marks"\ncup = 1'), "assessees[1].parts[1].cup", "是未知的键"),
    (MEAN, ('"项目均分"', '"第二项"'), "assessees[1].parts", "名称重复"),
    (MEAN, ('"project_mean"', '"started"'), "assessees[1].parts[1].reference", "“开工完成数”不是比率"),
    (MEAN, ('"project_mean"', '"visits"'), "assessees[1].parts[1].measure", "“帮扶次数”只用于挂钩部门"),
    (MEAN, ('"project_mean"', '"tracking_service"'), "assessees[1].parts[1].full_scale", "缺少这一项"),
    (
        MEAN,
        ('"itself"', '"target"\ntarget = { value = 0, unit = "%" }'),
        "assessees[1].parts[1].target",
        "目标须大于0",
    ),
    (BANDS, ("{ above = { value = 40", "{ above = { value = -4"), "assessees[1].parts[2].bands", "由高到低"),
    (BANDS, ('from = { value = 0, unit = "%" }, ', ""), "assessees[1].parts[2].bands", "只有最后一档不写起点"),
    (
        BANDS,
        ('{ value = 40, unit = "分" } }', '{ value = 41, unit = "分" } }'),
        "assessees[1].parts[2].full_marks",
        "高于",
    ),
    (BANDS, ('{ value = 0, unit = "%" }', '{ value = 0, unit = "个" }'), None, "单位应为“%”，现为“个”"),
    (PLACES, ("value = 6", "value = 3"), "assessees[1].parts[2].places", "由前到后"),
    (
        PLACES,
        ('value = 20, unit = "分"', 'value = 45, unit = "分"'),
        "assessees[1].parts[2].full_marks",
        "高于满分40分",
    ),
    (LINEAR, ("step = { value = 2", "step = { value = 0"), "assessees[1].parts[2].step", "每一步须大于0"),
    (
        LINEAR,
        ("at_least = { value = 25", "at_least = { value = 56"),
        "assessees[1].parts[2].at_least",
        "不得高于最高分",
    ),
    (MIN_MAX, ('when_equal = "full_marks"\n', ""), "assessees[1].parts[2].when_equal", "缺少这一项"),
]


@pytest.mark.parametrize(
    ("where", "change", "key", "reason"), REFUSED, ids=[f"{one[2]} {one[3][:9]}" for one in REFUSED]
)
def test_a_faulty_block_is_refused_naming_key_and_reason(
    where: str, change: tuple[str, str], key: str | None, reason: str
) -> None:
    second = where if where in (BANDS, PLACES, LINEAR) else MIN_MAX
    text = written(HEAD, MEAN, second)
    changed = where.replace(*change)
    assert changed != where
    with pytest.raises(RuleBookError) as refused:
        parse(text.replace(where, changed))
    assert key is None or refused.value.key == key
    assert reason in refused.value.reason


def test_a_balance_needs_its_upper_bound_above_the_lower() -> None:
    body = (
        'each = { value = 0.1, unit = "分" }\nabove = { value = 20, unit = "%" }\nbelow = { value = 80, unit = "%" }\n'
    )
    with pytest.raises(RuleBookError, match="低的界限不得高于高的界限"):
        scheme(MEAN, MIN_MAX, part("per_item", body, "completion_balance", "").replace("第二项", "加扣"))


def test_a_block_without_parts_and_two_blocks_of_one_kind_are_refused() -> None:
    with pytest.raises(RuleBookError, match="至少要有一项"):
        parse(written(HEAD, "parts = []\n"))
    other = HEAD.replace('name = "责任单位"', 'name = "镇区"')
    with pytest.raises(RuleBookError, match="同一类考核对象只能有一个考核方案"):
        parse(written(HEAD, MEAN, MIN_MAX, other, MEAN, MIN_MAX))


def test_only_additions_may_stand_without_full_marks() -> None:
    with pytest.raises(RuleBookError) as refused:
        scheme(re.sub(r"full_marks = \{.*\n", "", MEAN, count=1), MIN_MAX)
    assert refused.value.key == "assessees[1].parts[1].full_marks"
    bonus = part("per_item", 'each = { value = 0.1, unit = "分" }\n', marks="").replace("第二项", "加分")
    assert scheme(MEAN, MIN_MAX, bonus).parts[2].full_marks is None


def test_an_open_ended_scheme_needs_no_hundred() -> None:
    assert len(scheme(MEAN, head=HEAD.replace('"share"', '"sum"')).parts) == 1


@pytest.mark.parametrize(
    ("projects", "group"),
    [
        (1, "1—2个项目"),
        (2, "1—2个项目"),
        (3, "3—5个项目"),
        (5, "3—5个项目"),
        (6, "6个项目及以上"),
        (40, "6个项目及以上"),
    ],
)
def test_units_are_grouped_by_1_to_2_3_to_5_and_6_projects(projects: int, group: str) -> None:
    units = parse(default_text()).assessees[0]
    assert units.group_of("甲镇", projects) == group
    assert group in units.group_order


def test_sizes_that_start_later_or_hold_one_number_say_so() -> None:
    sized = HEAD.replace(
        'groups_by = "none"', 'groups_by = "project_count"\nsize_groups_from = { value = [2, 3], unit = "个项目" }'
    )
    found = scheme(MEAN, MIN_MAX, head=sized)
    assert [found.group_of("", count) for count in (1, 2, 3)] == ["不足2个项目", "2个项目", "3个项目及以上"]


def test_named_groups_keep_the_books_order_and_the_unlisted_stand_last() -> None:
    named = HEAD.replace(
        'groups_by = "none"', 'groups_by = "named"\ngroups = { "两区" = ["开发区"], "一类" = ["甲镇"] }'
    )
    found = scheme(MEAN, MIN_MAX, head=named)
    assert [found.group_of(name, 9) for name in ("甲镇", "开发区", "乙镇")] == ["一类", "两区", "未编组"]
    assert found.group_order == ("两区", "一类", "未编组")
    assert found.groups_by is GroupsBy.NAMED


def test_leaders_are_assessed_at_year_end_only_and_three_posts_see_the_whole() -> None:
    leaders = next(one for one in parse(default_text()).assessees if one.kind is AssesseeKind.LEAD_OFFICIAL)
    assert (leaders.when, leaders.visible) == ((When.YEAR_END,), Visible.OWN)
    assert leaders.whole_for == (Post.HEAD, Post.FIRST_DEPUTY, Post.OFFICE_HEAD)


FIRST_EDITION = """# 其他考核对象
[[assessees]]
name = "责任单位"
source = "示例"
effective_from = 2023-01-01
size_groups_from = { value = [1, 3, 6], unit = "个项目" }
parts = { "项目均分" = { value = 60, unit = "分" }, "跟踪服务" = { value = 20, unit = "分" }, "推进速度" = { value = 20, unit = "分" } }

[[assessees]]
name = "挂钩部门"
source = "示例"
effective_from = 2023-01-01
visits_counted = { value = 2, unit = "次" }
parts = { "次数" = { value = 30, unit = "分" }, "态度" = { value = 20, unit = "分" }, "成效" = { value = 30, unit = "分" }, "达序时率" = { value = 20, unit = "分" } }

[[assessees]]
name = "县领导包挂"
source = "示例"
effective_from = 2023-01-01
parts = { "到场" = { value = 30, unit = "分" }, "问题办结" = { value = 40, unit = "分" }, "项目均分" = { value = 30, unit = "分" } }
"""  # noqa: E501 as it stood in the first edition


def test_a_book_of_the_first_edition_reads_to_the_same_schemes() -> None:
    now = {one.name: one for one in parse(default_text()).assessees}
    first = parse(written(FIRST_EDITION)).assessees
    assert [one == now[one.name] for one in first] == [True, True, True]


def test_the_first_edition_knows_its_own_names_alone() -> None:
    with pytest.raises(RuleBookError) as refused:
        parse(written(FIRST_EDITION.replace('"责任单位"', '"镇区"')))
    assert (refused.value.key, refused.value.reason) == ("assessees[1].kind", "缺少这一项")
    with pytest.raises(RuleBookError) as refused:
        parse(written(FIRST_EDITION.replace('"跟踪服务"', '"服务"')))
    assert refused.value.key == "assessees[1].parts.服务"
    with pytest.raises(RuleBookError, match="各项满分合计应为100，现为90"):
        parse(written(FIRST_EDITION.replace("value = 60", "value = 50")))


@pytest.mark.parametrize("measure", list(Measure))
def test_every_measure_says_what_it_is_its_unit_and_its_record(measure: Measure) -> None:
    assert measure.words and measure.record
    assert measure.unit in ("%", "个", "万元")


def test_figures_are_kept_exact() -> None:
    assert scheme(MEAN, LINEAR).parts[1].formula.base == Decimal(40)  # type: ignore[union-attr]


def test_periods_have_the_words_of_the_screen() -> None:
    assert [when.words for when in When] == ["月度", "季度", "年度", "年终"]
