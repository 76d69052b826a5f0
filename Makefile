# Each of these works from a fresh clone with this one command; `make` alone lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
SLOTKEEPER := .venv/bin/slotkeeper
CODE := libs services deploy/local tests
PIN := --quiet --allow-unsafe --generate-hashes --strip-extras --no-emit-find-links --no-emit-index-url --no-emit-trusted-host
# Three processes on two cores: most tests wait for other processes most of their time.
SIDE_BY_SIDE := -n 3 --dist loadscope --no-loadscope-reorder
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Tests start hundreds of processes: without bytecode half the time of each is spent on compiling.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv up down demo test bench crash simulate verify replay lint docs lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: .venv/installed ## the Python environment, pinned with hashes
.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.lock && .venv/bin/pip install -q --no-deps -e . && touch $@

up: venv ## start Kafka, PostgreSQL and the services
	@$(SLOTKEEPER) up

down: venv ## stop what `make up` started
	@$(SLOTKEEPER) down

demo: venv ## a clinic's quarter, played before your eyes
	@$(SLOTKEEPER) demo

test: venv ## every test, on real Kafka and PostgreSQL
	@.venv/bin/python -m local install; .venv/bin/pytest $(SIDE_BY_SIDE) --leave; code=$$?; .venv/bin/python -m local stop-tests; exit $$code

bench: venv ## how fast it is: a table, and .local/bench.json
	@.venv/bin/python -m local install; .venv/bin/python tests/bench/run.py

crash: venv ## kill -9 of booking and availability, 50 times each
	@.venv/bin/python -m local install; .venv/bin/pytest tests/crash --crashes=50; code=$$?; .venv/bin/python -m local stop-tests; exit $$code

simulate: venv ## random commands, crashes and clocks in one process: SEEDS=10000, SEEDS=17-17, PLAY=file
	@PYTHONPATH=tests .venv/bin/python -m simulation $(if $(PLAY),--play $(PLAY),$(SEEDS))

verify: venv ## prove the log of the running stack
	@$(SLOTKEEPER) verify

replay: venv ## the whole log of the running stack into .local/replay.ndjson
	@$(SLOTKEEPER) replay --from beginning --to now --into .local/replay.ndjson

lint: venv ## style, types, imports, generated documents
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy $(CODE) && .venv/bin/lint-imports && .venv/bin/python -m cli.docs --check

docs: venv ## write the generated documents again
	.venv/bin/python -m cli.docs

lock: venv ## pin requirements.in, with hashes, into requirements.lock
	.venv/bin/pip install -q pip-tools && .venv/bin/pip-compile $(PIN) --output-file=requirements.lock requirements.in

clean: ## remove the stack's data, after stopping it, and the environment
	@if [ -x $(SLOTKEEPER) ]; then $(SLOTKEEPER) down && .venv/bin/python -m local stop-tests && .venv/bin/python -m local clean; fi; rm -rf .venv *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
