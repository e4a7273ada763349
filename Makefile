# Every target sets up what it needs. Only Python >= 3.11 and make must be there.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready
JOBS ?= 2
unexport PYTHONDONTWRITEBYTECODE # what Python compiled is kept: a third of a short command would be compiling again

.PHONY: demo help test test-fast fuzz matrix check docs setup bench calibrate live goldens clean

demo: $(READY)  ## two simulated markets, one with a planted lead; ends with reports to open
	$(BIN)/harbinger demo

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: $(READY)  ## the whole suite, without network, its branches counted (bound: fail_under in pyproject.toml)
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=term --durations=25

test-fast: $(READY)  ## all of it but what takes seconds
	$(BIN)/python -m pytest -n $(JOBS) -m "not live and not slow"

matrix: $(READY)  ## the fast tests on every Python from 3.11 that is here, and with the lowest declared versions
	$(BIN)/python scripts/matrix.py

docs: $(READY)  ## the site, into site/: strict links, API from docstrings, search without a server
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

fuzz: $(READY)  ## ten minutes of new CSV, TOML, command lines and constraints; then 5,000 examples of the engines
	$(BIN)/python -W ignore -m tests.fuzz 600
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n $(JOBS) tests/project/test_mistakes.py
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n $(JOBS) tests/backtests/engine/test_ruin.py tests/backtests/engine/kernel/test_kernel.py tests/backtests/engine/test_engine.py

check: $(READY)  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(READY)  ## .venv with the exact versions of constraints.txt

bench: $(READY)  ## measure what the README quotes; writes docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks.bench

calibrate: $(READY)  ## how often the lead lab and the verdict on luck err on simulated worlds; writes docs/calibration*.md
	$(BIN)/python -m tests.benchmarks.calibrate
	$(BIN)/python -m tests.benchmarks.calibrate_evidence

live: $(READY)  ## ask the real Yahoo and FRED
	$(BIN)/python -m pytest -m live

goldens: $(READY)  ## write the golden results again and show what changed
	$(BIN)/python -m tests.goldens
	git --no-pager diff --stat -- tests/goldens docs

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "harbinger needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up .venv with $(PYTHON): about a minute, once"
	@$(PYTHON) -m venv .venv
	@echo "what builds it:"
	@$(BIN)/python scripts/say_pip.py install -c constraints.txt hatchling editables
	@echo "harbinger and the libraries of constraints.txt:"
	@$(BIN)/python scripts/say_pip.py install --no-build-isolation -c constraints.txt -e ".[dev]"
	@echo "compiling, some seconds"
	@$(BIN)/python -m compileall -q data signals strategies backtests
	@touch $(READY)

clean:
	rm -rf .venv .venv-bench .matrix site htmlcov .coverage dist build runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
