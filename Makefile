# `make` lists what there is. Every target makes the virtual environments it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The environments are made side by side; that is most of a cold start's time.
MAKEFLAGS += --no-print-directory --jobs=3

BASE_PYTHON ?= python3.13
PYTHON := .venv/bin/python
PIP_INSTALL = install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement

# What a shell may hold and what must not reach the tools.
unexport PYTHONPATH PYTHONHOME

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

# ------------------------------------------------------------ the local stack

.PHONY: run up down invoke logs dashboard
run: .venv/run .venv-sam/done .venv-emulator/done ## start the stack and send demo batches through it
	@$(PYTHON) -m local.demo

up: .venv/run .venv-sam/done .venv-emulator/done ## start the stack
	@$(PYTHON) -m local.up

down: .venv/run ## stop the stack; what it holds is kept
	@$(PYTHON) -m local.down

invoke: .venv/run .venv-sam/done ## run one function: FUNCTION=worker EVENT=events/worker/<name>.json
	@$(PYTHON) -m local.tools invoke "$(FUNCTION)" "$(EVENT)"

logs: .venv/run .venv-sam/done ## print the functions' logs, or one's: FUNCTION=worker
	@$(PYTHON) -m local.tools logs "$(or $(FUNCTION),all)"

dashboard: .venv/dev ## draw both dashboards from the local stack's logs, as pictures
	@$(PYTHON) -m local.dashboard

# ---------------------------------------------------------------------- checks

.PHONY: test check lint bench proof mutants cost
test: .venv/dev .venv-sam/done .venv-emulator/done .venv-checkov/done lint ## everything, with the deployed stack
	$(PYTHON) -m local.tools validate
	$(PYTHON) -m pytest -m "not stack" -q --numprocesses 2
	$(PYTHON) -m pytest -q tests/afterwards/grants.py
	$(PYTHON) -m pytest -m stack

check: .venv/dev lint ## the fast part of it, for the inner loop
	$(PYTHON) -m pytest -m "not stack and not slow" -q --numprocesses 2

lint: .venv/dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	PYTHONPATH=layers/batchgate .venv/bin/lint-imports --no-logo
	.venv/bin/cfn-lint template.yaml

bench: .venv/dev .venv-sam/done .venv-emulator/done ## measure costs and rates, or some: ONLY="cold rate cost push loyalty"
	@PYTHONPATH=layers/batchgate POWERTOOLS_SERVICE_NAME=bench POWERTOOLS_METRICS_NAMESPACE=Bench \
	  POWERTOOLS_LOG_LEVEL=ERROR $(PYTHON) -m bench $(ONLY)

proof: .venv/dev .venv-sam/done .venv-emulator/done ## prove what is promised, in up to 40 minutes, or some: ONLY="ledger model"
	@PYTHONPATH=layers/batchgate POWERTOOLS_SERVICE_NAME=proof POWERTOOLS_METRICS_NAMESPACE=Proof \
	  POWERTOOLS_LOG_LEVEL=CRITICAL $(PYTHON) -m proof $(ONLY)

mutants: .venv-mutants/done ## break the code and see which tests notice, in 20 minutes, or some: ONLY="access engine/work"
	@.venv-mutants/bin/python -m proof.mutants $(ONLY)

cost: .venv/dev ## write what a month costs into docs/operations.md
	@PYTHONPATH=layers/batchgate POWERTOOLS_SERVICE_NAME=bench POWERTOOLS_METRICS_NAMESPACE=Bench \
	  $(PYTHON) -m bench.month

fmt: .venv/dev ## put the code into shape
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

# -------------------------------------------------------- virtual environments

# A stamp is newer than the pinned requirements that it was made from. What only
# checks and tests need comes second, so that a cold `make run` does not wait for it.
.venv/run: requirements/run.txt
	@$(call say,Make the virtual environment: run)
	@$(call environment,.venv)
	@$(PYTHON) -m pip $(PIP_INSTALL) requirements/run.txt
	@ln -sf ../../batchgate .venv/bin/batchgate
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	@$(call say,Make the virtual environment: dev)
	@$(PYTHON) -m pip $(PIP_INSTALL) requirements/dev.txt
	@touch $@

.venv-%/done: requirements/%.txt
	@$(call say,Make the virtual environment: $*)
	@$(call environment,.venv-$*)
	@.venv-$*/bin/python -m pip $(PIP_INSTALL) requirements/$*.txt
	@touch $@

say = echo "  $(1) …"
environment = command -v $(BASE_PYTHON) >/dev/null && $(BASE_PYTHON) -c '' 2>/dev/null \
  || { echo "$(BASE_PYTHON) is missing: install Python 3.13, or name it with BASE_PYTHON=/path/to/python3.13." >&2; exit 1; }; \
  [ -x $(1)/bin/python3.13 ] || $(BASE_PYTHON) -m venv --clear $(1)

# ------------------------------------------------------------------ maintenance

.PHONY: lock licences openapi fmt clean
COMPILE = ../.venv-lock/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-header

openapi: .venv/dev ## write docs/openapi.json anew, from the types that the contracts read
	@PYTHONPATH=layers/batchgate $(PYTHON) -m ops.openapi docs/openapi.json

lock: ## bring the pinned requirements up to date
	@$(call environment,.venv-lock)
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check 'pip-tools==7.6.2'
	for one in layers/batchgate functions/proposal_sign_in; do \
	  (cd $$one && ../$(COMPILE) requirements.in --output-file requirements.txt); done
	cd requirements && for one in run dev sam emulator checkov mutants; do $(COMPILE) $$one.in --output-file $$one.txt; done

licences: .venv/run ## write what of others is shipped into docs/licences.md
	@$(PYTHON) -m ops.licences

clean: ## stop the stack and remove all that was made
	@[ ! -x $(PYTHON) ] || $(PYTHON) -m local.down
	rm -rf .local .mutants .aws-sam .venv .venv-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
