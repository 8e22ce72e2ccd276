# Hanmo: everything a newcomer types. Each target makes its own .venv, installs what it needs, and is quick the second time.
#   make run    start and open the browser      (ARGS="--port 9000" passes flags on)
#   make test   everything: style, types, tests, front end, browser
#   make test-crash  kills the server a hundred times
#   make check  style and types only            make fix    mend what can be mended
#   make docs   write the generated docs anew   make bench  measure
#   make pictures  take the README's pictures anew
#   make bench-write   long texts against the same model asked once (ARGS="--prompts FILE")

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
ARGS ?=

.PHONY: run test test-crash check fix docs pictures bench bench-write clean
.DEFAULT_GOAL := run

run: $(RUNTIME)
	@$(PY) hatch_build.py
	@exec $(VENV)/bin/hanmo serve $(ARGS)

test: check
	@tools/need-chromium
	@$(PY) hatch_build.py npm run --silent test
	@$(PY) -m pytest -q

test-crash: $(DEV)
	@HANMO_KILLS=100 $(PY) -m pytest -q tests/crash

check: $(DEV)
	@$(PY) hatch_build.py
	@$(PY) -m ruff check . && $(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy
	@$(PY) hatch_build.py npm run --silent check
	@$(PY) hatch_build.py npm run --silent lint

fix: $(DEV)
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .
	@$(PY) hatch_build.py npm run --silent format

docs: $(DEV)
	@$(PY) tools/make_docs.py

pictures: $(DEV)
	@tools/need-chromium
	@$(PY) hatch_build.py
	@$(PY) -m pytest -q tests/browser/test_screenshots.py --pictures

bench: $(DEV)
	@$(PY) hatch_build.py
	@$(PY) -m benchmarks $(ARGS)
	@$(PY) hatch_build.py npm run --silent bench

bench-write: $(DEV)
	@$(PY) -m benchmarks.writing $(ARGS)

$(VENV)/.made:
	@tools/make-venv $(VENV)
	@touch $@

$(RUNTIME): $(VENV)/.made pyproject.toml constraints.txt hatch_build.py
	@echo "Installing Hanmo and what it needs …"
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the tools for tests …"
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt --group dev $$($(PY) hatch_build.py needs-node)
	@touch $@

clean:
	rm -rf $(VENV) ui/node_modules src/hanmo/web/static
