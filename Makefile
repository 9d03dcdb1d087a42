# Two commands for a newcomer: `make demo` and `make test`. Both set everything up first, with python3 and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
KEEP ?=

export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test test-all lint bench soak docs lock clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(READY) ## The virtual environment, from the hashed lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: setup ## One activation from trigger to report, on the real stack (KEEP=1 leaves it up)
	$(BIN)/konbit demo $(if $(KEEP),--keep)

test: setup ## What a newcomer runs: no server, no network, under a minute
	$(BIN)/python -m pytest -q -n 2 -m "not postgres and not prefect and not browser and not acceptance and not slow" \
		--ignore tests/acceptance --ignore tests/orchestrate tests

test-all: setup ## Adds Prefect, PostgreSQL, the browser and the acceptance tests
	.ci/tiers $(BIN)

lint: setup ## Style, types, arrows between modules, drift of what is generated
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/konbit check
	$(BIN)/python -m konbit.cli.generate --check

bench: setup ## Side-by-side figures, printed and written to var/bench.json
	mkdir -p var
	$(BIN)/python -m pytest -q bench --benchmark-json=var/bench.json

soak: setup ## Long campaigns: kills, storms, hours of running
	$(BIN)/python -m pytest -q -m soak soak

docs: setup ## Writes what is generated: references, schema, prefect.yaml
	$(BIN)/python -m konbit.cli.generate

lock: setup ## Resolves the dependencies anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --no-strip-extras --all-extras --python-version 3.11 pyproject.toml --output-file requirements.lock

clean: ## Removes what was set up
	rm -rf $(VENV) var
