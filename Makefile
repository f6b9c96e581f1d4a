# What a developer types. It needs Python 3.11 or newer, make and git; everything else goes into .venv.
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Whoever has nothing left to do takes tests of another process: some take a minute, most some milliseconds.
PYTEST = $(BIN)/python -m pytest --numprocesses=$(J) --dist=worksteal
# No index address, so that the files say nothing about the machine they were compiled on.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header

CLIENTS = .venv-clients
NODE_MODULES = tests/generated/node_modules

# make test T=tests/domain J=0
T = tests
# Long, and hungry for the whole machine: by themselves.
FAULTS = tests/faults
J = auto
CATALOGUES = src/helpdesk_api/mail/locale

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/installed ## Start the service with a PostgreSQL of its own; ARGS="--port 9000"
	@$(BIN)/helpdesk-api serve $(ARGS)

test: $(VENV)/installed-dev ## Run the tests, or a part of them: T=tests/domain; J=0 for one process
	$(PYTEST) --ignore=$(FAULTS) $(T)

test-external: $(VENV)/installed-dev ## Run them on an installed PostgreSQL: Debian's 15, or the one in PG_BINDIR
	tests/run_on_external_postgres.sh $(PYTEST) --ignore-glob='*/test_embedded*' --ignore=$(FAULTS) $(T)

test-faults: $(VENV)/installed-dev ## Kill, hang, starve and race real services (3 minutes; PostgreSQL as for test-external)
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal $(FAULTS)

soak: $(VENV)/installed-dev ## Mixed load for 10 minutes: memory, connections and files must not grow; ARGS="--minutes 1"
	$(BIN)/python benchmarks/soak.py $(ARGS)

fuzz: $(VENV)/installed-dev ## Let schemathesis try the whole OpenAPI document as each role; ARGS=--help
	$(BIN)/python tests/fuzz/run.py $(ARGS)

deploy-test: $(VENV)/installed-dev ## Put nginx and Caddy in front of the service as in deploy/, restart it under load
	$(BIN)/python -m pytest -rP tests/deploy

test-browser: $(VENV)/installed-dev ## See /docs and /redoc work in Chromium (Debian's); ARGS="--screenshots FOLDER"
	$(BIN)/python -m pytest tests/browser $(ARGS)

test-clients: $(VENV)/installed-dev $(CLIENTS)/installed $(NODE_MODULES)/.package-lock.json ## Generate clients in Python and TypeScript and use them (needs Node.js)
	$(BIN)/python -m pytest tests/generated $(ARGS)

image-test: $(VENV)/installed-dev ## Build the image without a Docker engine and run it (root; buildah, debootstrap)
	tests/run_on_external_postgres.sh $(BIN)/python tests/image/run.py $(ARGS)

check: lint ## Run everything CI runs: lint, then all tests with coverage
	$(PYTEST) --ignore=$(FAULTS) --cov --cov-report=term:skip-covered --cov-fail-under=95

bench: $(VENV)/installed-dev wrk ## Measure the service beside the limit of its stack (half an hour, 10 GB)
	$(BIN)/python benchmarks/run.py $(ARGS)

bench-quick: $(VENV)/installed-dev wrk ## See in two minutes that the benchmarks work
	$(BIN)/python benchmarks/run.py --quick

bench-slow: $(VENV)/installed-dev ## See what 500 slow clients do to others (six minutes); ARGS=--quick
	$(BIN)/python benchmarks/slow_clients.py $(ARGS)

# The load generator, from Debian's packages where it is missing.
wrk: ## Install the load generator where it is missing
	@command -v wrk >/dev/null || { apt-get update --quiet --quiet && apt-get install --yes --quiet --quiet wrk; } || \
		{ echo "wrk is missing: https://github.com/wg/wrk"; exit 1; }

lint: $(VENV)/installed-dev ## Check format, style, types, import contracts and the Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

audit: $(VENV)/installed-dev ## Look up known weaknesses of every locked package (needs the network: PyPI)
	for lock in requirements-dev.lock requirements-build.lock; do \
		$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner=off -r $$lock || exit 1; done

format: $(VENV)/installed-dev ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(VENV)/installed-dev ## Compile pyproject.toml to the lock files; ARGS=--upgrade for newer versions
	$(COMPILE) $(ARGS) pyproject.toml --extra embedded -o requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml -c requirements.lock -o requirements-production.lock
	$(COMPILE) $(ARGS) pyproject.toml -c requirements.lock --extra embedded --extra dev -o requirements-dev.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], \
		"editables", sep="\n")' | $(COMPILE) $(ARGS) - -c requirements-dev.lock -o requirements-build.lock
	$(COMPILE) $(ARGS) tests/generated/requirements.in -o tests/generated/requirements.lock
	cd tests/generated && npm install --package-lock-only --no-audit --no-fund

openapi: $(VENV)/installed-dev ## Write docs/openapi.json anew, so that a change of the contract shows in review
	$(BIN)/python tests/openapi_snapshot.py

messages: $(VENV)/installed-dev ## Collect what e-mails say for translators, and compile what they wrote
	$(BIN)/pybabel --quiet extract --mapping-file=pyproject.toml --no-location --sort-output --omit-header \
		--output-file=$(CATALOGUES)/mail.pot src
	$(BIN)/pybabel --quiet update --input-file=$(CATALOGUES)/mail.pot --output-dir=$(CATALOGUES) --domain=mail \
		--ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --directory=$(CATALOGUES) --domain=mail

clean: ## Remove .venv, caches and reports, but not var/, where the data is
	rm -rf $(VENV) $(CLIENTS) $(NODE_MODULES) dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src alembic tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test test-external test-faults soak fuzz deploy-test test-browser test-clients image-test check bench bench-quick bench-slow wrk lint audit format lock openapi messages clean

# The project is installed editable, so that after a `git pull` the same .venv runs the new code. It is built by the
# locked hatchling, not by one that pip would fetch for the occasion.
$(VENV)/installed: $(BIN)/python requirements.lock requirements-build.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(BIN)/python requirements-dev.lock requirements-build.lock pyproject.toml
	$(PIP) --require-hashes -r requirements-dev.lock -r requirements-build.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/installed $@

# The generators have an environment of their own: one of them holds typer back.
$(CLIENTS)/installed: tests/generated/requirements.lock
	rm -rf $(CLIENTS)
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

$(NODE_MODULES)/.package-lock.json: tests/generated/package-lock.json
	cd tests/generated && npm ci --no-audit --no-fund
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		"helpdesk-api needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.12")'
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
