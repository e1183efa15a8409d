"""The units and the proxy's configuration that docs/部署 ships are run, not only read (部署文件)."""

import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.settings import Settings
from tests.conftest import absent, free_address, wait_until
from tests.operations.servers import ROOT, add_account, serving

DEPLOYMENT = ROOT / "docs" / "部署"
UNITS = sorted(path.name for path in DEPLOYMENT.glob("sanzhong*"))


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        absent(f"本机没有 {name}，跳过部署文件的检验")
    return found


# -- systemd ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with this machine's folders and account in the place of the county's."""
    me = pwd.getpwuid(os.getuid()).pw_name
    for name in UNITS:
        text = (DEPLOYMENT / name).read_text(encoding="utf-8").replace("/opt/sanzhong", str(ROOT))
        text = re.sub(r"^(User|Group)=sanzhong$", rf"\1={me}", text, flags=re.MULTILINE)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def verified(folder: Path) -> tuple[int, list[str]]:
    """What systemd-analyze says of the units in a folder, without what it says of the machine's own."""
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *(str(folder / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"},
    )
    return done.returncode, [line for line in done.stderr.splitlines() if str(folder) in line or "sanzhong" in line]


def test_the_units_are_what_systemd_understands(installed: Path) -> None:
    assert UNITS == ["sanzhong-drill.service", "sanzhong-drill.timer", "sanzhong.service"]
    assert verified(installed) == (0, [])


def test_a_unit_with_a_mistake_is_told(installed: Path) -> None:
    unit = installed / "sanzhong.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("ExecStart=", "ExecStart=/nowhere"), encoding="utf-8")
    code, words = verified(installed)
    assert code != 0 and any("/nowhere" in line for line in words)


def test_what_the_units_call_exists() -> None:
    called = {
        match[1]
        for name in UNITS
        for match in re.finditer(r"^ExecStart=\S+/sanzhong (\S+)", (DEPLOYMENT / name).read_text("utf-8"), re.MULTILINE)
    }
    helped = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "sanzhong"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert called == {"serve", "nightly"}
    assert {command for command in called if re.search(rf"^\W*{command}\b", helped, re.MULTILINE)} == called


# -- nginx ------------------------------------------------------------------------------------------------------------


@contextmanager
def proxied(folder: Path, upstream: str) -> Iterator[tuple[int, int]]:
    """nginx with the shipped file in front of `upstream`, on loopback: its ports for http and https."""
    nginx, openssl = program("nginx"), program("openssl")
    (_, http_port), (_, https_port) = free_address(), free_address()
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [*make, "-keyout", str(folder / "key"), "-out", str(folder / "pem")], check=True, capture_output=True
    )
    text = (DEPLOYMENT / "nginx.conf").read_text(encoding="utf-8")
    for shipped, own in (
        ("server 127.0.0.1:8000;", f"server {upstream.removeprefix('http://')};"),
        ("listen 80;", f"listen 127.0.0.1:{http_port};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{https_port} ssl http2;"),
        ("/etc/nginx/tls/kanban.pem", str(folder / "pem")),
        ("/etc/nginx/tls/kanban.key", str(folder / "key")),
    ):
        assert shipped in text
        text = text.replace(shipped, own)
    (folder / "sanzhong.conf").write_text(text, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    me = "user root;\n" if os.getuid() == 0 else ""
    (folder / "main.conf").write_text(
        f"{me}daemon off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/sanzhong.conf;\n}}\n",
        encoding="utf-8",
    )
    command = [nginx, "-c", str(folder / "main.conf"), "-e", str(folder / "errors")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(https_port) or process.poll() is not None, seconds=30)
        assert process.poll() is None, (folder / "errors").read_text(encoding="utf-8")
        yield http_port, https_port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def secure(port: int) -> http.client.HTTPSConnection:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trusting)


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


BEHIND_A_PROXY = {
    "SANZHONG_SECURE_COOKIES": "1",
    "SANZHONG_TRUSTED_PROXIES": '["127.0.0.1"]',
    "SANZHONG_FAILURES_BEFORE_WAIT": "2",
}


def test_behind_the_proxy_people_sign_in_over_https_and_nobody_lends_an_address(
    settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    add_account(settings.home, "谁")
    with (
        serving(settings.home, log, **BEHIND_A_PROXY) as (_, upstream),
        proxied(tmp_path, upstream) as (http_port, https_port),
    ):
        plain = http.client.HTTPConnection("127.0.0.1", http_port, timeout=30)
        status, headers, _ = asked(plain, "GET", "/ranking?period=2023-10", Host="kanban.example.gov.cn")
        assert (status, headers["location"]) == (301, "https://kanban.example.gov.cn/ranking?period=2023-10")

        connection = secure(https_port)
        status, headers, page = asked(connection, "GET", "/sign-in")
        assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")
        assert "登录" in page.decode()
        assert asked(connection, "GET", "/api/health")[0] == 200
        assert asked(connection, "GET", "/api/metrics")[0] == 404

        # The cookie goes over HTTPS alone, and a page of the proxy's own address may write.
        body = json.dumps({"name": "谁", "password": "wrong-Password-1"}).encode()
        origin = f"https://127.0.0.1:{https_port}"
        post = {"Content_Type": "application/json", "Origin": origin}
        # Wrong passwords are counted by the address that the proxy saw, whatever address is claimed.
        claimed = ("203.0.113.1", "203.0.113.2", "203.0.113.3")
        answers = [
            asked(connection, "POST", "/api/session", body, X_Forwarded_For=address, **post)[0] for address in claimed
        ]
        assert answers == [401, 401, 429]
        foreign = asked(
            connection,
            "POST",
            "/api/session",
            body,
            Content_Type="application/json",
            Origin="https://elsewhere.example",
        )
        assert foreign[0] == 403

        # A file beyond the limit is refused, a websocket gets as far as the question who it is.
        assert asked(connection, "POST", "/api/uploads", b"0" * (13 * 1024 * 1024), Origin=origin)[0] == 413
        connection = secure(https_port)
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": origin,
        }
        assert asked(connection, "GET", "/api/uploads/live", **upgrade)[0] == 403  # uvicorn's answer to a closed one


# -- what the operator reads ------------------------------------------------------------------------------------------


def test_every_setting_is_explained_to_the_operator_and_no_other() -> None:
    explained = set(re.findall(r"`SANZHONG_([A-Z_]+)`", (ROOT / "docs" / "部署.md").read_text(encoding="utf-8")))
    assert explained == {name.upper() for name in Settings.model_fields}
