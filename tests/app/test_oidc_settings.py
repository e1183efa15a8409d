"""The settings of sign-in by an identity provider (统一身份认证的设置): whole or off, and their secret kept."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.maintenance.backups import settings_json
from app.settings import Settings
from tests.app.test_command import Run, home, run

__all__ = ["home", "run"]  # fixtures

ISSUER = "https://sso.example.gov.cn/realms/county"
SOMEBODY = "user"
WHOLE = {"oidc_issuer": ISSUER, "oidc_client_id": "sanzhong", "oidc_client_secret": "s3cret"}
PARTS = (
    "统一身份认证的设置不全：SANZHONG_OIDC_ISSUER、SANZHONG_OIDC_CLIENT_ID 和 SANZHONG_OIDC_CLIENT_SECRET"
    "（或 SANZHONG_OIDC_CLIENT_SECRET_FILE）要一起设，或者都不设。"
)


def sentence(**given: Any) -> str:
    with pytest.raises(ValidationError) as error:
        Settings(**given)
    [fault] = error.value.errors()
    return str(fault["ctx"]["error"])


def test_it_is_off_unless_it_is_set() -> None:
    assert not Settings().has_oidc()
    assert Settings(**WHOLE).has_oidc()
    assert Settings(**WHOLE).oidc_source() == f"{ISSUER} sub"


@pytest.mark.parametrize("missing", WHOLE)
def test_half_of_it_is_refused_in_one_sentence(missing: str) -> None:
    assert sentence(**{name: value for name, value in WHOLE.items() if name != missing}) == PARTS


@pytest.mark.parametrize(
    "issuer",
    [
        "http://sso.example.gov.cn",
        "http://127.0.0.1.example.gov.cn",
        f"https://{SOMEBODY}@sso.example.gov.cn",
        "https://sso.example.gov.cn/?tenant=1",
        "https://sso.example.gov.cn/#x",
        "https://sso.example.gov.cn:port",
        "https://[sso",
        "sso.example.gov.cn",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_a_provider_is_reached_by_https_or_on_this_very_machine(issuer: str) -> None:
    assert sentence(**WHOLE | {"oidc_issuer": issuer}).startswith("SANZHONG_OIDC_ISSUER 要是 https:// 开头的网址")


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9000", "http://localhost:9000/realm", "http://[::1]:9000"])
def test_on_this_very_machine_plain_http_will_do(issuer: str) -> None:
    assert Settings(**WHOLE | {"oidc_issuer": issuer}).has_oidc()


def test_the_secret_may_be_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    by_file = {"oidc_issuer": ISSUER, "oidc_client_id": "sanzhong", "oidc_client_secret_file": file}
    assert Settings(**by_file).oidc_secret() == "from the file"
    assert sentence(**WHOLE | by_file).endswith("只能设一个，请去掉一个。")
    unusable = "SANZHONG_OIDC_CLIENT_SECRET_FILE 所指的文件读不出或是空的，请核对文件和权限。"
    for content in (b"", b" \n", b"\xff"):
        file.write_bytes(content)
        assert sentence(**by_file) == unusable
    file.unlink()
    assert sentence(**by_file) == unusable


def test_the_secret_is_in_no_description_of_the_settings_and_in_no_backup() -> None:
    made = Settings(**WHOLE)
    assert "s3cret" not in repr(made)
    kept = settings_json(made)
    assert "s3cret" not in str(kept)
    assert kept["oidc_issuer"] == ISSUER
    with pytest.raises(ValidationError) as error:
        Settings(**WHOLE | {"oidc_issuer": "http://sso.example.gov.cn"})
    assert "s3cret" not in str(error.value)


def test_a_command_says_what_is_wrong_with_them_and_stops(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANZHONG_OIDC_ISSUER", ISSUER)
    assert run("verify") == (2, "", f"{PARTS}\n")


def test_the_command_binds_and_unbinds(run: Run, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    add = ("user", "add", "宋办", "--role", "office", "--password-stdin")
    assert run(*add, stdin="Gongcheng-2023\n").code == 0
    off = "没有启用统一身份认证，不能登记对应关系；启用的办法见部署说明。\n"
    assert run("user", "bind", "宋办", "u-1001") == (1, "", off)
    for name, value in WHOLE.items():
        monkeypatch.setenv(f"SANZHONG_{name.upper()}", value)
    assert run("user", "bind", "宋办", "u-1001") == (0, "", "“宋办”已对应统一身份“u-1001”。\n")
    assert run("user", "unbind", "宋办") == (0, "", "“宋办”不再对应统一身份，其登录已全部失效。\n")
    again = run("user", "unbind", "宋办")
    assert (again.code, again.err) == (1, "“宋办”对应的统一身份没有变化，不必保存。\n")
