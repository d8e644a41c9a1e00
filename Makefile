# What a person does with headcount. `make help` lists it. Needed on the machine: Python 3.11 or later, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
LOCAL := $(if $(HEADCOUNT_LOCAL),$(HEADCOUNT_LOCAL),.local)
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# For example: make test TESTS=tests/domain
TESTS ?= tests
TEMPLATES := services/gateway/templates
ROUNDS ?= 500
SEEDS ?= 2000
CASES ?= 50000
PEOPLE ?= 10000

.DEFAULT_GOAL := help
.PHONY: help dev test races pythons cover check fix bench faults soak soak-guards fuzz mutants screenshots clean lock

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dev: $(STAMP) ## the whole system on this machine, with a demo agency; Ctrl-C ends it, its state stays
	@$(BIN)/python -m deploy.local

test: $(STAMP) ## every test, each part timed (TESTS=tests/domain: only that part)
	@$(BIN)/python -m deploy.local prepare
	@$(BIN)/python -m tests $(TESTS)

races: $(STAMP) ## two people in the same instant, over and over (ROUNDS=500 of each race)
	@$(BIN)/pytest -q -n auto tests/journeys/test_races.py --rounds $(ROUNDS)

pythons: $(STAMP) ## the tests of domain, contracts and chassis on every promised Python that this machine has
	@.ci/pythons

cover: $(STAMP) ## every branch of every rule and of the contracts is tested
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

bench: $(STAMP) ## what first logins and pages cost, against floors and rivals measured in the same run
	@$(BIN)/python -m bench

faults: $(STAMP) ## 10,000 first logins on the real thing while all of it is killed, frozen, full and lost; a table
	@$(BIN)/python -m tests.faults --people $(PEOPLE)

soak: $(STAMP) ## the whole system through whatever can happen, from SEEDS=2000 seeds; it prints those that fail
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

soak-guards: $(STAMP) ## each guard taken out of a copy of the source: how soon the simulation misses it
	@$(BIN)/python -m tests.simulation --guards

fuzz: $(STAMP) ## CASES=50000 of what nobody should send: calls, forms, Stripe's events, records of the bus
	@$(BIN)/python -m tests.fuzz --cases $(CASES)

mutants: $(STAMP) ## every rule changed in small ways: what tests/domain does not notice, beside what is listed
	@$(BIN)/python -m tests.mutants

screenshots: $(STAMP) ## every page and state as PNG, into .local/screenshots (ONLY=members: only those)
	@$(BIN)/pytest -q tests/browser/screenshots.py
	@echo "They are in $(LOCAL)/screenshots"

clean: ## forget the local world: its data, secrets, logs and downloads
	@rm -rf "$(LOCAL)"

lock: $(STAMP) ## the newest versions that pyproject.toml allows, into the locks
	@$(COMPILE) pyproject.toml --upgrade --extra local --group dev --output-file requirements/dev.lock
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
