# Runproof. `make test` proves the tool, `make gameday` drills the runbooks. Both prepare what they need, once.

PYTHON ?= python3
ARMS ?= remedy
WORKERS ?= auto
PATIENCE ?= 120
OUT ?= reports/out
BUDGET ?=
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin

.PHONY: help venv setup test gameday bench reference plan findings lint clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "  ARMS=remedy|no-remedy|no-fault|all   WORKERS=auto|n (drills side by side)   PATIENCE=seconds   OUT=dir   PYTEST_ARGS='-k name'"
	@echo "  BUDGET=20m (drill for so long: what changed, failed or is due first; without it, drill everything)"

venv: $(VENV)/.installed ## the Python environment, from the locked requirements

# The stamp carries the installed lock file: a second run does nothing, a new lock installs again.
$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 4; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  rm -rf $(VENV); \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null; } \
	    || { echo "$(PYTHON) -m venv fails; install python3-venv" >&2; exit 4; }; \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@cp requirements.lock $@

setup: venv ## a Docker Engine and all images
	@$(BIN)/python -m environments.setup engine
	@$(BIN)/python -m environments.setup images

test: setup ## the tool's own tests
	@$(BIN)/python -m environments.setup browser
	$(BIN)/python -m pytest reports environments steps -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Statuses 0 and 1 are a run that ended; one that did not start or was interrupted has no evidence to verify.
gameday: setup ## every drill of every runbook (ARMS=all adds the controls); then its evidence is verified
	@status=0; \
	$(BIN)/python -m pytest features --drill-arm $(ARMS) --drill-patience $(PATIENCE) -n $(WORKERS) -rfE --drill-output $(OUT) \
	  $(if $(BUDGET),--drill-budget $(BUDGET)) \
	  $(PYTEST_ARGS) || status=$$?; \
	if [ $$status -le 1 ]; then $(PYTHON) -S -E -s -m reports.verify $(OUT)/latest || [ $$status -ne 0 ] || status=1; fi; \
	exit $$status

bench: setup ## how fast reports are derived, replicas start and fail-overs are known; exits 1 where a target is missed
	@$(BIN)/python -m environments.setup browser
	@status=0; $(BIN)/python -m reports.tests.bench || status=1; $(BIN)/python -m steps.tests.bench || status=1; exit $$status

reference: venv ## steps/REFERENCE.md, made from the code
	$(BIN)/python -m steps.reference --write

plan: venv ## what the drills would do; starts nothing
	$(BIN)/python -m pytest features --drill-plan $(PYTEST_ARGS)

findings: venv ## all findings as a Markdown table, and a patch for each document
	@$(BIN)/python -m steps.findings

lint: venv ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

clean: venv ## containers, networks and volumes that killed runs left; caches
	@$(BIN)/python -m environments.machine.reaper
	rm -rf .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
