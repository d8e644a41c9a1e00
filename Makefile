# The commands of a person who works on headcount. `make help` lists them. They need Python 3.11 or later, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
LOCAL := $(if $(HEADCOUNT_LOCAL),$(HEADCOUNT_LOCAL),.local)
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# For example: make test TESTS=tests/domain
TESTS ?=
TEMPLATES := services/gateway/templates
ROUNDS ?= 500
SEEDS ?= 2000
CASES ?= 50000
PEOPLE ?= 10000

.DEFAULT_GOAL := help
.PHONY: help dev test races pythons cover check fix bench faults soak soak-guards fuzz mutants stripe-check screenshots clean lock charts scale upgrade-check

help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dev: $(STAMP) ## run the whole system on this machine, with a demo agency; Ctrl-C ends it, its state stays
	@$(BIN)/python -m deploy.local

test: $(STAMP) ## run every test, each part timed (TESTS=tests/domain: only that part)
	@$(BIN)/python -m deploy.local prepare
	@$(BIN)/python -m tests $(TESTS)

races: $(STAMP) ## let two people act in the same instant (ROUNDS=500 of each race)
	@$(BIN)/pytest -q -n auto tests/journeys/test_races.py --rounds $(ROUNDS)

pythons: $(STAMP) ## test domain, contracts, webserver and chassis on every promised Python that this machine has
	@.ci/pythons

cover: $(STAMP) ## fail if a branch of a rule or of the contracts is not tested
	@$(BIN)/pytest -q tests/domain tests/contracts --cov

check: $(STAMP) ## lint, format, types, import rules; templates, style sheet and scripts of the pages too
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint $(TEMPLATES) --check --lint --quiet
	@$(BIN)/python -m deploy.local.biome check

fix: $(STAMP) ## what ruff, djLint and Biome can put right by themselves
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djlint $(TEMPLATES) --reformat --quiet
	@$(BIN)/python -m deploy.local.biome fix

bench: $(STAMP) ## measure first logins and pages, beside floors and rivals in the same run
	@$(BIN)/python -m bench

faults: $(STAMP) ## run 10,000 first logins while real processes are killed, frozen, full and lost; prints a table
	@$(BIN)/python -m tests.faults --people $(PEOPLE)

upgrade-check: $(STAMP) ## run the services of FROM=v1.2.0 (a tag or commit) beside these, with people and crashes
	@$(BIN)/python -m tests.faults --beside $(or $(FROM),$(shell git describe --tags --abbrev=0 --match 'v[0-9]*')) --people 200 --agencies 5 --rounds 1

soak: $(STAMP) ## simulate the whole system with faults, from SEEDS=2000 seeds; prints the seeds that fail
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

soak-guards: $(STAMP) ## take each guard out of a copy of the source, and count the runs until the simulation fails
	@$(BIN)/python -m tests.simulation --guards

fuzz: $(STAMP) ## send CASES=50000 malformed calls, forms, Stripe events and records of the bus
	@$(BIN)/python -m tests.fuzz --cases $(CASES)

mutants: $(STAMP) ## change every rule in small ways; prints those that tests/domain does not notice
	@$(BIN)/python -m tests.mutants

stripe-check: $(STAMP) ## try what no page of Stripe's says at the test account of STRIPE_TEST_KEY; prints what differs
	@$(BIN)/python -m deploy.local.stripe_check

charts: $(VENV)/checkov/installed ## let Checkov look at what the Helm charts render (deploy/kubernetes)
	@$(VENV)/checkov/bin/checkov --config-file deploy/checkov.yaml

$(VENV)/checkov/installed: $(STAMP) requirements/checkov.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/checkov
	@$(BIN)/uv pip sync --quiet --python $(VENV)/checkov/bin/python --require-hashes requirements/checkov.lock
	@touch $@

scale: $(STAMP) ## measure what an agency's month writes, and write the tables of docs/scale.md and docs/operations.md
	@$(BIN)/python -m tests.scale

screenshots: $(STAMP) ## take every page and state as PNG, into .local/screenshots (ONLY=members: only those)
	@$(BIN)/pytest -q tests/browser/screenshots.py
	@echo "They are in $(LOCAL)/screenshots"

clean: ## delete the local world: its data, secrets, logs and downloads
	@rm -rf "$(LOCAL)"

lock: $(STAMP) ## write the newest versions that pyproject.toml allows into the locks
	@$(COMPILE) pyproject.toml --upgrade --extra local --group dev --output-file requirements/dev.lock
	@$(COMPILE) --upgrade --group pyproject.toml:checkov --output-file requirements/checkov.lock
	@$(COMPILE) pyproject.toml --constraint requirements/dev.lock --output-file requirements/runtime.lock

$(STAMP): pyproject.toml requirements/uv.lock requirements/dev.lock services/gateway/assets/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "headcount needs Python 3.11 or later; name it so: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) from the locks (about a minute the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m deploy.local.assets
	@$(BIN)/python -m deploy.local.biome install
	@touch $@
