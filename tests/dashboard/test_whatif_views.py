"""目标测算 on screen: what is certain, open or out of reach, in words and shapes; the range; one's own target."""

import dash_mantine_components as dmc

from dashboard.address import Place
from dashboard.views import target, whatif
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0], {"period": "2023", "id": "2", "target": "85"})


def page(**changed: object):  # type: ignore[no-untyped-def]
    return target.page(PLACE, payloads.whatif() | changed, payloads.whatif_overview())


def test_the_range_is_drawn_from_the_lowest_to_the_highest_and_said_in_words() -> None:
    shown = found(page(), "target-range")
    [span], [now] = with_class(shown, "range-span"), with_class(shown, "range-now")
    assert span.style == {"left": "56.34%", "width": "max(3px, calc(89.67% - 56.34%))"}
    assert now.style == {"left": "83.00%"}
    assert [words(tick) for tick in with_class(shown, "range-tick")] == ["优秀 90", "良好 80", "一般 50"]
    assert "都得100.00分，为89.67分" in words(shown)
    assert "最好第1名、最差第3名（同类3项）。" in words(shown)


def test_each_tier_has_its_verdict_as_word_and_shape() -> None:
    shown = words(found(page(), "target-tiers"))
    assert "优秀 90分起▲已不可能—已不可能：……差0.33分。" in shown
    assert "良好 80分起◐还需努力70.9811—12月平均不低于70.98分。" in shown
    assert "一般 50分起●已经确定—已经确定：……" in shown


def test_on_a_phone_a_tiers_sentence_stands_beneath_it() -> None:
    phone = Place(PLACE.programme, PLACE.query, is_phone=True)
    shown = found(target.page(phone, payloads.whatif(), payloads.whatif_overview()), "target-tiers")
    assert not [part for part in parts(shown) if type(part).__name__ == "Table"]
    assert "良好80分起◐还需努力11—12月平均不低于70.98分。" in words(shown)


def test_a_target_of_ones_own_is_asked_in_the_address_and_answered() -> None:
    shown = found(page(), "target-wishes")
    boxes = {part.name: part.value for part in parts(shown) if isinstance(part, dmc.TextInput)}
    assert boxes == {"target": "85", "rank": ""}
    assert "达到85.00分◐还需努力11—12月平均不低于85.98分" in words(shown)
    [pick] = [part for part in parts(shown) if isinstance(part, dmc.Select)]
    # Of the same group, without the project itself.
    assert pick.data == [{"value": "P1", "label": "中宇黑硅电池片扩建（96.40）"}]


def test_who_may_not_see_others_scores_is_asked_for_a_score_only() -> None:
    shown = found(page(shows_others=False, answers=[], neighbours=[]), "target-wishes")
    assert [part.name for part in parts(shown) if isinstance(part, dmc.TextInput)] == ["target"]
    assert "他人得分通报以后，还可以测算名次" in words(shown)


def test_neighbours_are_named_with_place_score_and_verdict() -> None:
    shown = words(found(page(), "target-neighbours"))
    assert "超过前一名中宇黑硅电池片扩建第1名 96.40分▲已不可能" in shown


def test_a_project_that_left_has_its_sentence_alone() -> None:
    left = page(
        range=None, places=None, tiers=[], answers=[], neighbours=[], status_sentence="已调出，不再计年度得分。"
    )
    assert "已调出，不再计年度得分。" in words(left)
    assert not [part for part in parts(left) if getattr(part, "id", None) in ("target-wishes", "target-tiers")]


def test_the_table_of_all_projects_leads_to_each() -> None:
    shown = whatif.page(Place(PLACE.programme, {"period": "2023"}), payloads.whatif_overview())
    assert "2023年全年 · 还剩11月、12月" in words(shown)
    assert "1项名次已定" in words(shown)
    table = found(shown, "whatif-table")
    assert [row["href"] for row in table.rowData][:2] == ["/whatif?id=1&period=2023", "/whatif?id=2&period=2023"]
    assert [column["headerName"] for column in table.columnDefs][:9] == [
        "名次",
        "项目名称",
        "得分",
        "最低可到",
        "最高可到",
        "最好名次",
        "最差名次",
        "优秀还需每月",
        "良好还需每月",
    ]


def test_one_group_alone_and_an_empty_table() -> None:
    place = Place(PLACE.programme, {"period": "2023", "group": payloads.CITY})
    table = found(whatif.page(place, payloads.whatif_overview()), "whatif-table")
    assert [row["code"] for row in table.rowData] == ["P6"]
    nothing = payloads.whatif_overview() | {"rows": []}
    assert "没有可以测算的项目" in words(whatif.page(PLACE, nothing))


def test_when_no_month_is_left_it_says_so() -> None:
    assert whatif.remaining_words([]) == "没有剩余的月份"
