"""账号, 我的账号: what is shown of an account, whose buttons stand there, a link shown once."""

from typing import Any

from dashboard.components import shell
from dashboard.views import account, accounts, accounts_tabs
from tests.dashboard.trees import found, parts, words

FLAG = "“宋办”与经办它的系统管理员“陈管”用过同一个浏览器，请核实不是同一人在用。"


FLAGGED = {"code": "same_browser", "sentence": FLAG, "maker": "陈管", "at": "2023-11-01T00:00:00Z"}


def one(number: int, name: str, role: str = "office", **more: Any) -> dict[str, Any]:
    labels = {"office": "办公室", "leader": "县领导", "unit": "部门、镇区", "admin": "系统管理员"}
    return {
        "id": number,
        "name": name,
        "role": role,
        "role_label": labels[role],
        "unit": None,
        "official": None,
        "scope": "",
        "team": "",
        "viewing_for": None,
        "state": "active",
        "is_disabled": False,
        "never_activated": False,
        "link_expires_at": None,
        "created_at": "2023-01-03T01:00:00Z",
        "last_signed_in_at": "2023-11-05T17:30:00Z",
        "sessions": 1,
        "trusted_phones": 0,
        "password_age_days": 12,
        "password_expired": False,
        "subject": None,
        "subject_is_current": False,
        "flags": [],
        "actions": ["change", "reset", "disable", "end_sessions"],
        **more,
    }


def listing(**more: Any) -> dict[str, Any]:
    rows = [
        one(1, "宋办", flags=[FLAGGED]),
        one(2, "张县长", "leader", scope="county", password_age_days=91, password_expired=True, trusted_phones=1),
        one(3, "李秘书", "leader", viewing_for="张县长"),
        one(4, "田镇长", "unit", unit="杨屯镇", state="pending", never_activated=True, password_age_days=None,
            last_signed_in_at=None, link_expires_at="2023-11-08T00:00:00Z"),
        one(5, "陈管", "admin", actions=["end_sessions"]),
    ]  # fmt: skip
    return {
        "rows": rows,
        "total": 5,
        "units": ["杨屯镇", "龙固镇"],
        "leaders": ["张县长"],
        "teams": ["督查一组"],
        "may_manage": True,
        "password_max_days": 90,
        **more,
    }


def shown(chosen: str | None = None, *, is_phone: bool = False, **more: Any) -> Any:
    return accounts.page(listing(**more), role="admin", chosen=chosen, is_phone=is_phone)


def openers(tree: Any) -> list[str]:
    return [part.id["act"] for part in parts(tree) if getattr(part, "id", None) and "accounts-open" in str(part.id)]


def test_the_list_says_who_is_what_and_what_is_wrong_with_the_password() -> None:
    rows = found(shown(), "accounts-table").rowData
    assert [row["role_words"] for row in rows] == ["办公室", "县领导", "代看张县长", "部门、镇区", "系统管理员"]
    assert [row["belongs"] for row in rows] == ["—", "全县", "—", "杨屯镇", "—"]
    assert [row["state_words"] for row in rows] == ["● 正常"] * 3 + ["◐ 从未开通", "● 正常"]
    assert [row["password_words"] for row in rows][:2] == ["12天前设", "91天前设，已到期"]
    assert (rows[3]["password_words"], rows[3]["last_sign_in"]) == ("没有口令", "从未登录")
    assert rows[0]["last_sign_in"] == "2023-11-06 01:30"  # Shanghai
    assert [row["flag_words"] for row in rows] == ["▲ 请核实"] + ["—"] * 4


def test_a_flag_stands_above_the_list_in_its_own_sentence() -> None:
    assert f"需要核实1 处▲请核实{FLAG}" in words(shown())
    assert "需要核实" not in words(shown(rows=[one(2, "张县长", "leader")]))


def test_an_account_opens_by_its_address_with_the_buttons_that_the_api_names() -> None:
    assert openers(shown("1")) == ["add", "change-1", "reset-1", "end-sessions-1", "disable-1"]
    assert openers(shown("5")) == ["add", "end-sessions-5"]
    assert "没有这个账号，或它不归您管理。" in words(shown("99"))
    assert "重发开通链接…" in words(shown("4"))
    assert "已发出，2023-11-08 08:00前有效" in words(shown("4"))


def test_the_auditor_sees_everything_and_no_button() -> None:
    rows = [{**row, "actions": []} for row in listing()["rows"]]
    assert openers(shown("1", rows=rows, may_manage=False)) == []


def test_a_phone_keeps_name_role_and_state() -> None:
    table = found(shown(is_phone=True), "accounts-table")
    assert [column["field"] for column in table.columnDefs] == ["name", "role_words", "state_words"]


def test_without_accounts_the_page_says_how_the_first_is_made() -> None:
    assert "sanzhong user add" in words(shown(rows=[]))


def test_the_link_is_shown_once_whole_with_its_day() -> None:
    handed = {
        "name": "张三",
        "link": "/activate#abc",
        "expires_at": "2023-11-08T00:00:00Z",
        "notes": ["已登记领导“张三”。"],
    }
    box = accounts.handed(handed, "https://kanban.example.gov.cn")
    assert found(box, "accounts-link").children == "https://kanban.example.gov.cn/activate#abc"
    assert "2023-11-08 08:00前有效，只能用一次。" in words(box)
    assert "已登记领导“张三”。" in words(box)


def test_a_dialog_sends_what_its_role_needs_and_nothing_else() -> None:
    given = {"role": "viewer", "unit": "杨屯镇", "scope": "county", "viewing_for": "张县长", "team": "督查一组"}
    fields = [{"id": {"act": "add", "field": name}, "value": value} for name, value in given.items()]
    fields += [{"id": {"act": "add", "field": "name"}, "value": "李秘书"}]
    fields += [{"id": {"act": "change-1", "field": "role"}, "value": "admin"}]
    assert accounts.filled(fields, "add") == {"name": "李秘书", "role": "leader", "viewing_for": "张县长"}
    assert accounts.filled(fields, "change-1") == {"role": "admin"}


def test_accounts_and_trail_are_two_tabs_of_one_place() -> None:
    for role in ("admin", "auditor"):
        tabs = accounts_tabs.accounts_tabs("/trail", role)
        assert [(link.href, "page-tab-here" in link.className) for link in parts(tabs) if hasattr(link, "href")] == [
            ("/accounts", False),
            ("/trail", True),
        ]
    assert accounts_tabs.accounts_tabs("/trail", "office_head") is None  # one page alone is no choice


def test_the_administrator_is_led_to_the_accounts_auditor_and_head_to_the_trail() -> None:
    for role in shell.ROLES:
        paths = [path for path, _, _ in shell._places({"role": role})]
        assert ("/trail" in paths) == (role in ("auditor", "office_head")), role
        assert (paths == ["/accounts"]) == (role == "admin"), role


def test_everybody_is_led_to_their_own_account_by_their_name_and_on_a_phone_under_more() -> None:
    screen = shell.shell({"name": "李秘书（代看张县长）", "role": "leader"}, "")
    links = [part for part in parts(screen) if getattr(part, "href", None) == "/account"]
    assert [words(link) for link in links] == ["我的账号", "我的账号"]
    assert "李秘书（代看张县长）" in words(screen)


# -- 我的账号 ----------------------------------------------------------------------------------------------------------


def own(**more: Any) -> dict[str, Any]:
    at = "2023-11-05T17:30:00Z"
    session = {
        "id": 7,
        "opened_by": "pin",
        "address": "10.0.0.8",
        "agent": "手机 Safari",
        "since": at,
        "last_seen_at": at,
    }
    phone = {"id": 3, "agent": "手机 Safari", "since": at, "last_used_at": None, "until": at, "is_current": True}
    return {
        "name": "张县长",
        "role": "leader",
        "role_label": "县领导",
        "viewing_for": "",
        "password": {
            "is_set": True,
            "set_at": at,
            "expires_at": "2024-02-03T17:30:00Z",
            "must_change": False,
            "max_days": 90,
            "rules": "至少8位",
        },
        "sessions": [{**session, "is_current": True}, {**session, "id": 8, "is_current": False}],
        "phones": [phone],
        "phone_days": 30,
        "phone_refusal": None,
        **more,
    }


def posts(tree: Any) -> list[str]:
    return [getattr(part, "data-account-post") for part in parts(tree) if hasattr(part, "data-account-post")]


def test_ones_own_page_lists_phones_and_sessions_and_ends_any_but_this_one() -> None:
    page = account.page(own())
    assert posts(page) == [
        "/api/account/phones/3/end",
        "/api/account/sessions/end",
        "/api/account/sessions/8/end",
    ]
    assert "2024-02-04 01:30到期，请在此之前修改" in words(page)
    assert "信任这台手机30天" in words(page)


def test_who_may_not_trust_a_phone_is_told_why_and_asked_nothing() -> None:
    page = account.page(own(phone_refusal="按本单位的设置，您的账号不能使用信任手机，请每次用口令登录。"))
    assert "按本单位的设置" in words(page) and "信任这台手机30天" not in words(page)


def test_a_password_that_need_not_change_says_so_and_an_account_without_one_too() -> None:
    state = own()["password"]
    assert "不需要定期修改" in words(account.page(own(password={**state, "expires_at": None})))
    assert "您的账号没有口令" in words(account.page(own(password={**state, "is_set": False})))
