# Everything a person types. Needs Python 3.11+ and make; the rest is built here, once, from requirements.lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: run test test-automation check benchmark benchmark-timesplit benchmark-docs benchmark-speed benchmark-speed-quick demo-sources docs ui lock clean help
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	@echo "Building $(VENV) from requirements.lock (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --compile -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@$(BIN)/python -m compileall -q enrichment_pipeline
	@touch $(READY)

run: $(READY) ## enrich the real sample: fetch it, run the whole asset graph, print the funnel (ARGS="--input DIR")
	@$(BIN)/enrich run $(ARGS)

test: $(READY) ## all tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal

test-automation: $(READY) ## of these, sensors, schedules, and those with a real daemon, webserver and browser
	@$(BIN)/python -m pytest -n 2 --dist worksteal enrichment_pipeline_tests/orchestration

check: $(READY) ## lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

benchmark: $(READY) ## how right the answers are: targets against results, all baselines, real sample (some 5 minutes)
	@$(BIN)/python -m benchmarks $(ARGS)

benchmark-timesplit: $(READY) ## the same where only sets before 2016 are known (some 5 minutes)
	@$(BIN)/python -m benchmarks.timesplit $(ARGS)

benchmark-docs: $(READY) ## put the tables of the last benchmarks into README.md and docs/
	@$(BIN)/python -m benchmarks.tables $(wildcard data/reports/benchmark.json data/reports/benchmark_timesplit.json) \
	  --into README.md --into docs/matching.md --into docs/measured.md

benchmark-speed: $(READY) ## rows, seconds, rows/s and peak memory of each stage, and how they grow
	@$(BIN)/python -m benchmarks.speed

benchmark-speed-quick: $(READY) ## the same for 10,000 lines only
	@$(BIN)/python -m benchmarks.speed --quick

demo-sources: $(READY) ## the whole job against simulated outside sources: every tier at work (ARGS="--input DIR")
	@$(BIN)/python -m enrichment_pipeline_tests.sources.demo $(ARGS)

docs: $(READY) ## write docs/tables.md again from the schema, and the tables of docs/operations.md
	@$(BIN)/python -m enrichment_pipeline.lake.docs
	@$(BIN)/python -m enrichment_pipeline.operations.docs

ui: $(READY) ## Dagster on http://127.0.0.1:3000
	@$(BIN)/dagster dev --host 127.0.0.1 --port 3000

lock: $(READY) ## compile requirements.lock again from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements.lock

clean: ## forget the environment and all state under data/ except the example
	rm -rf $(VENV) *.egg-info
	find data -mindepth 1 -maxdepth 1 ! -name example ! -name README.md -exec rm -rf {} +
