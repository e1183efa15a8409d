"""The offline bundle installs where there is no network, and refuses when a byte of it was changed (离线安装包)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.operations.servers import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundle of the committed files, unpacked on a machine that knows neither this folder nor a network."""
    if shutil.which("unshare") is None:
        absent("本机没有 unshare，不能在断网的环境里试装离线安装包")
    copy, folder = tmp_path_factory.mktemp("source") / "sanzhong", tmp_path_factory.mktemp("bundle")
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    prepared = (".venv", "dashboard/node_modules")
    for one in prepared:
        (copy / one).symlink_to(ROOT / one)
    as_they_are = [word for one in prepared for word in ("-o", f"{one}/.ready")]
    done = subprocess.run(["make", *as_they_are, "bundle"], cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        absent(f"离线安装包没有做成（软件包源访问不到？）：{done.stderr[-500:]}")
    [bundle] = (copy / "dist").glob("*.tar.gz")
    subprocess.run(["tar", "-C", str(folder), "-xzf", str(bundle)], check=True)
    [made] = folder.iterdir()
    yield made
    shutil.rmtree(folder)


def without_network(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run in a namespace that has no network, with nothing of this environment but where programs lie."""
    return subprocess.run(
        ["unshare", "--map-root-user", "--net", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "SANZHONG_HOME": str(folder / "home")},
    )


def test_it_installs_with_no_network_and_the_command_works(unpacked: Path) -> None:
    done = without_network(unpacked, "./install.sh")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("安装完毕。")
    added = without_network(
        unpacked, ".venv/bin/sanzhong", "programme", "add", "2024", "--name", "2024年度", "--year", "2024"
    )
    assert added.returncode == 0, added.stderr
    listed = without_network(unpacked, ".venv/bin/sanzhong", "programme", "list")
    assert listed.returncode == 0 and "2024年度" in listed.stdout


def test_one_changed_byte_is_refused_and_nothing_is_installed(unpacked: Path) -> None:
    wheel = max((unpacked / "wheels").iterdir(), key=lambda path: path.stat().st_size)
    with wheel.open("r+b") as file:
        file.seek(wheel.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    shutil.rmtree(unpacked / ".venv", ignore_errors=True)
    done = without_network(unpacked, "./install.sh")
    assert done.returncode == 1
    assert "安装包不完整或被改动过（见上），没有安装。请重新拷贝安装包。" in done.stderr
    assert not (unpacked / ".venv").exists()
