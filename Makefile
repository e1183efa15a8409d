# 三重一大项目督查考评平台. Two commands matter: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run env assets demo test test-all test-postgresql lint types bench backtest lock bundle backup drill clean

HOST ?= 127.0.0.1
PORT ?= 8000
export SANZHONG_HOST := $(HOST)
export SANZHONG_PORT := $(PORT)
# 编译好的留着：平台和测试要起许多进程，不必各编译一遍
export PYTHONDONTWRITEBYTECODE :=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUNDLE := dashboard/node_modules/.ready
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
WORKERS ?= 2
CHECK_TYPES = $(BIN)/mypy scoring importers app dashboard data

help:  ## 列出所有命令
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 22

run: $(READY) assets  ## 启动平台：装好环境、升级数据库、首次装入演示数据、打印网址和各角色的一次性登录链接
	@exec $(BIN)/sanzhong serve --with-demo

env: $(READY)  ## 只准备运行环境

$(READY): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "没有找到 Python 3.11 或更高版本：请先安装 Python（如 apt install python3 python3-venv），再执行一次。" >&2; exit 1; fi
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV) \
		&& uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock \
		&& uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
		$(PYTHON) -m venv $(VENV) || { echo "无法建立运行环境：请安装 venv 组件（Debian/Ubuntu：apt install python3-venv），再执行一次。" >&2; exit 1; }; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi || { echo "依赖安装没有完成：请检查软件包源能否访问，再执行一次；已装好的部分会接着用。" >&2; exit 1; }
	@touch $@

assets: $(BUNDLE)

# 有 npm 时取图表库的小包（少传约 1 MB）；没有 npm 或取不到时，Dash 自带的完整包照样可用
$(BUNDLE): dashboard/package-lock.json
	@if command -v npm >/dev/null 2>&1 && npm ci --prefix dashboard --ignore-scripts --no-audit --no-fund --silent; then :; \
	else echo "没有取到图表库的小包，改用自带的完整包（首次打开稍慢）。" >&2; mkdir -p $(dir $(BUNDLE)); fi
	@touch $@

demo: $(READY)  ## 重新生成演示工作簿（结果应与已提交的一致）
	@$(BIN)/python -m data.demo

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@$(CHECK_TYPES)

# 类型检查用一个核，与测试同时进行；它不通过，整个命令也不通过
test: $(READY) assets lint  ## 全部检查与测试（10 分钟内）；缺浏览器或 PostgreSQL 时说明并跳过
	@$(CHECK_TYPES) & types=$$!; passed=yes; \
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not slow" || passed=no; \
	wait $$types && [ $$passed = yes ]

test-all: $(READY) assets lint types  ## 连同慢的和随机的（留给夜里，一个多小时）
	@HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n $(WORKERS) --dist loadgroup

test-postgresql: $(READY) assets  ## 全部测试都在 PostgreSQL 上跑一遍（约与 make test 同长；只关 SQLite 的说明并跳过）
	@TEST_ENGINE=postgresql $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not slow"

bench: $(READY)  ## 量一量：各项耗时与最小程序之比（约3分钟）
	@$(BIN)/python -m tests.bench

backtest: $(READY)  ## 用过去年份检验各种推算，改写 docs/回测.md（需要 ../shared/testdata/portfolio）
	@$(BIN)/python -m tests.backtest --write

DIR ?= $(or $(SANZHONG_BACKUP_DIR),var/backups/full)

backup: $(READY)  ## 备份到 DIR（make backup DIR=/mnt/backup），运行时也可以做
	@$(BIN)/sanzhong backup "$(DIR)"

drill: $(READY)  ## 恢复演练：最新的备份恢复到临时位置，全部重算并比对
	@$(BIN)/sanzhong drill "$(DIR)"

lock:  ## 按 pyproject.toml 重新锁定依赖（需要 uv）
	@command -v uv >/dev/null 2>&1 || { echo "锁定依赖需要 uv：请先安装（pip install uv）。" >&2; exit 1; }
	@uv pip compile pyproject.toml --all-extras --no-strip-extras --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet -o requirements.lock

# 源文件取已提交的版本；轮子按 requirements.lock 下载并核对散列，给与本机同类的机器用
bundle: $(READY) assets  ## 制作离线安装包 dist/sanzhong-版本-机器.tar.gz（在没有网络的机器上运行其中的 install.sh）
	@name=sanzhong-$$($(BIN)/python -c 'from importlib.metadata import version; print(version("sanzhong"))')-$$(uname -m); \
	rm -rf dist/$$name dist/$$name.tar.gz && mkdir -p dist/$$name/wheels \
	&& git archive HEAD | tar -x -C dist/$$name \
	&& $(BIN)/python -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
		-r requirements.lock -d dist/$$name/wheels \
	&& cp -a dashboard/node_modules dist/$$name/dashboard/ && cp docs/部署/install.sh dist/$$name/ \
	&& uname -m > dist/$$name/MACHINE \
	&& $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' > dist/$$name/PYTHON \
	&& (cd dist/$$name && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS) \
	&& tar -C dist --owner=0 --group=0 -czf dist/$$name.tar.gz $$name && rm -rf dist/$$name \
	&& echo "做好了：dist/$$name.tar.gz（$$(du -h dist/$$name.tar.gz | cut -f1)）"

clean:  ## 删除运行环境和缓存（不动 var/ 里的数据）
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
