# Students: make course. Instructors: make release. Whoever works on the course: make check, make test.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -q --no-input -c constraints.txt
LAB ?=
# A virtual environment that is active elsewhere is not the one whose Python runs here: IPython would warn.
unexport VIRTUAL_ENV

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

course: .venv/.lab ## open the course in JupyterLab; LAB="--no-browser --port 8899" is passed on to it
	@$(BIN)/dlcourse lab $(LAB)

# A stamp for each set of extras: older than what it was made from means install again.
.venv/.lab: pyproject.toml constraints.txt
	@echo "Installing the course into .venv (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -f .venv/.dev || $(INSTALL) -e '.[lab]'
	@touch $@

.PHONY: help course

# Instructors and maintainers: what follows is not in the students' copy.
NB ?=
NAME ?=
DIR ?=
# All that trains is rounded as on another processor, by noise that each commit has of its own.
PERTURB := --perturb commit
# Two processes of one torch thread each are faster on two cores than one of two, and never fight for them.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal $(PERTURB)

.venv/.dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -e '.[dev]'
	@touch .venv/.lab $@

check: .venv/.dev lint ## three minutes: lint, unit tests, homework, and the notebooks changed since main
	$(PYTEST) tests/unit tests/oracle tests/lessons tests/assignments
	$(BIN)/python -m pytest -q --doctest-modules src/dlcourse
	$(BIN)/python -m dlcourse.authoring.run --changed --jobs 2 $(PERTURB)

test: .venv/.dev lint ## everything that CI runs, but the browser
	$(PYTEST) tests --ignore=tests/browser
	$(BIN)/python -m pytest -q --doctest-modules src/dlcourse
	$(BIN)/python -m dlcourse.authoring.run --jobs 2 $(PERTURB)

test-browser: .venv/.dev ## drive a real JupyterLab in Chromium
	$(BIN)/python -m pytest -q -s tests/browser

soak: .venv/.dev ## grade 500 submissions while killing the grader; run all lessons three times
	$(BIN)/python scripts/soak.py
	$(BIN)/python -m dlcourse.authoring.run --repeat 3 --jobs 2 $(PERTURB)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache

notebooks: .venv/.dev ## build the notebooks whose text has changed, and all tables of contents
	$(BIN)/python -m dlcourse.authoring.build $(NB)
	$(BIN)/python -m dlcourse.authoring.index

adopt: .venv/.dev ## carry an edited notebook back into its text: NB=course/03_cnn/01_convolution.ipynb
	$(BIN)/python -m dlcourse.authoring.adopt $(NB)

prove: .venv/.dev ## try the checks of one assignment on its answers: NAME=03_cnn
	@test -n "$(NAME)" || { echo "make prove: which assignment? make prove NAME=03_cnn" >&2; exit 2; }
	$(BIN)/python -m dlcourse.authoring.build solutions/$(NAME)/$(NAME).md
	$(BIN)/python -m dlcourse.authoring.kill_table
	$(BIN)/python -m pytest -q --tb=short tests/assignments -k "($(NAME) or for_nothing) and not mutants"
	$(BIN)/python -m dlcourse.authoring.mutate $(NAME)
	@grep -rno "CHANGE: .*" --include=*.md --include=*.py solutions/$(NAME) tests/assignments/$(NAME) src/dlcourse/checks || true

release: .venv/.dev ## make assignments/ from solutions/ with nbgrader, and prove that nothing leaks
	$(BIN)/dlcourse release

publish: .venv/.dev ## write the students' copy of the course: DIR=../dlcourse-students
	$(BIN)/dlcourse publish $(DIR)

bench: .venv/.dev ## the start, the nets of chapters 03 and 06 and grading, each against its peer
	$(BIN)/python scripts/bench/bench_start.py
	$(BIN)/python scripts/bench/bench_cnn.py
	$(BIN)/python scripts/bench/bench_transformer.py
	$(BIN)/python scripts/bench/bench_grading.py --dask

.PHONY: check test test-browser soak lint notebooks adopt prove release publish bench
