# Everything runs in .venv, installed from hash-pinned locks. Needs Python 3.11 or newer, make, and a package registry.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS   ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format types contracts test-slow bench lock clean

help: ## What there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime ## A small news site, the real daemon on it, the digest; no network
	@$(BIN)/watcher demo $(ARGS)

test test-slow: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev ## The tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)

check: lint types contracts test ## All that a change must pass

lint: $(VENV)/.dev ## Style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(VENV)/.dev ## Put the style right
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: $(VENV)/.dev ## Types
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## Which way imports run
	@$(BIN)/lint-imports

test-slow: $(VENV)/.dev ## The tests that take longer: kill loops, large inputs
	@$(BIN)/python -m pytest -m slow $(ARGS)

bench: $(VENV)/.dev ## The benchmarks, each beside a baseline in the same run
	@for file in benchmarks/*.py; do case $$file in */_*) ;; *) echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1;; esac; done

lock: $(VENV)/.dev ## Renew the locks from pyproject.toml
	@sh requirements/compile.sh $(BIN)/uv

clean: ## Take away what was installed and cached here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Watcher needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say `make PYTHON=python3.11 …`.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing (once) …"
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "installing what the tests need (once) …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
