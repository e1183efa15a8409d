#!/usr/bin/env bash
# 离线安装：在没有网络的机器上，于解开的安装包里运行 ./install.sh。装好的程序就在这个文件夹里，可以再运行一次。
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
say() { printf '%s\n' "$*" >&2; }

sha256sum --check --quiet SHA256SUMS || { say "安装包不完整或被改动过（见上），没有安装。请重新拷贝安装包。"; exit 1; }

wanted=$(cat PYTHON)
python=$(command -v "python$wanted" || command -v python3 || true)
if [ -z "$python" ] || [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" != "$wanted" ]; then
  say "这个安装包需要 Python $wanted，本机没有。请先安装 python$wanted 和 python$wanted-venv，再运行一次。"
  exit 1
fi
machine=$(cat MACHINE)
if [ "$(uname -m)" != "$machine" ]; then
  say "这个安装包是给 $machine 机器做的，本机是 $(uname -m)。请在同类机器上重新制作（make bundle）。"
  exit 1
fi

"$python" -m venv .venv || { say "无法建立运行环境：请安装 python$wanted-venv，再运行一次。"; exit 1; }
pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check "$@"; }
pip install --no-index --find-links wheels --require-hashes -r requirements.lock
pip install --no-index --no-deps --no-build-isolation --editable .
touch .venv/.ready dashboard/node_modules/.ready
.venv/bin/sanzhong --help >/dev/null
say "安装完毕。启动：$PWD/.venv/bin/sanzhong serve；配置成服务见 docs/部署.md。"
