# Students: make course. Whoever works on the course: make check, make test. `make` alone lists the rest.
PYTHON ?= python3
BIN := .venv/bin
LAB ?=
NB ?=

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "make %-14s %s\n", $$1, $$2}'
.PHONY: help

# One virtual environment; a stamp for each set of extras, older than what it was made from means: install again.
.venv/.lab: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -f .venv/.dev || $(BIN)/python -m pip install -q --no-input -c constraints.txt torch
	$(BIN)/python -m pip install -q --no-input -c constraints.txt -e '.[lab]'
	@touch $@
.venv/.dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --no-input -c constraints.txt -e '.[dev]'
	@touch $@ .venv/.lab

course: .venv/.lab ## open the course in JupyterLab; LAB="--no-browser --port 8899" goes to JupyterLab
	$(BIN)/dlcourse lab $(LAB)
