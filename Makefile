# Everything a contributor needs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := tests/clients/node
# What npm writes last, so that an install that was cut short is not taken for one.
PACKAGES := $(CLIENTS)/node_modules/.package-lock.json
CLIP ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## extend a clip through every provider: make demo [CLIP=path/to/your.mp4]
	@$(BIN)/mockserver demo $(if $(CLIP),"$(CLIP)")

serve: $(STAMP) ## start the simulator on 127.0.0.1:8900
	@$(BIN)/mockserver serve

test: $(STAMP) $(PACKAGES) ## format, lint, types, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist worksteal

bench: $(STAMP) ## measure, as ratios against something in the same run
	$(BIN)/python -m tests.bench

clean: ## remove what was made, the environment too
	rm -rf $(VENV) build dist demo-output .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis $(CLIENTS)/node_modules

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
		|| { echo "creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# The JavaScript clients of tests/clients. Without npm their tests are skipped and say so.
$(PACKAGES): $(CLIENTS)/package.json
	@if command -v npm >/dev/null; then echo "installing $(CLIENTS)"; \
		cd $(CLIENTS) && npm install --loglevel=error --no-audit --no-fund --no-package-lock \
			&& touch node_modules/.package-lock.json; \
	else echo "no npm: the tests of JavaScript clients are skipped"; fi
