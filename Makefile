# The same words everywhere. Every target installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
WORKERS ?= 2
export PORT

.DEFAULT_GOAL := help
.PHONY: help install demo tour test test-long check format bench bench-compare compare-installed chaos stop clean lock openapi

help: ## Show these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed ## Install everything the lock file names, checked by hash

$(VENV)/installed: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit("Interlude needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing packages (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: install ## Start a demo plant on http://127.0.0.1:8000 (PORT= changes it)
	@$(BIN)/python -m app.cli demo

stop: install ## Stop the demo
	@$(BIN)/python -m app.cli demo --stop

tour: install ## Walk the main job end to end against the demo
	@$(BIN)/python -m app.cli tour

test: install ## Run the whole suite on a real PostgreSQL and Valkey
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test-long: install ## The full-size forms of the longest tests, which take an hour or two
	@$(BIN)/python -m pytest -q -m long -n $(WORKERS) --dist worksteal

check: install ## Lint, types, layers, shape, API document, migrations: what CI checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell
	@$(BIN)/python -m app.cli content lint content/packs/starter
	@$(BIN)/python -m app.cli content schema --check
	@$(BIN)/python -m pytest -q tests/shape $(wildcard tests/api/test_openapi.py)

format: install ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

# The short form, which CI runs, compares with nobody.
bench: install $(if $(findstring --short,$(BENCH)),,compare-installed) ## Benchmarks as ratios in one run; writes var/bench.json
	@$(BIN)/python -m benchmarks.run $(BENCH)

compare-installed:
	@test -x .venv-compare/bin/python || $(PYTHON) -m venv .venv-compare
	@.venv-compare/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-compare.lock \
	  || echo "ortools cannot be installed here: CP-SAT is left out."

bench-compare: install compare-installed ## The planner beside CP-SAT and plain HiGHS alone
	@$(BIN)/python -m benchmarks.compare.run $(COMPARE)

chaos: install ## Kill, fault and race harnesses; writes var/chaos.json
	@$(BIN)/python -m benchmarks.chaos $(CHAOS)

openapi: install ## Write docs/openapi.json
	@$(BIN)/python -m app.cli openapi docs/openapi.json

lock: install ## Resolve the lock files anew; what ships is what was tested
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 pyproject.toml --extra planner --constraints requirements-dev.lock -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --group pyproject.toml:compare -o requirements-compare.lock

clean: ## Remove everything that was built
	rm -rf $(VENV) .venv-compare var .mypy_cache .ruff_cache
