# Two commands matter: `make demo` runs the whole pipeline on the bundled data, `make test` checks it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
export BENTOML_HOME := $(CURDIR)/build/bentoml
export BENTOML_DO_NOT_TRACK := True
export GX_ANALYTICS_ENABLED := false
export DVC_NO_ANALYTICS := 1
# Compiled modules are kept, also where images say no: compiling takes longer than importing.
unexport PYTHONDONTWRITEBYTECODE
# Threads sleep while they wait: spinning ones make shared processors several times slower.
export OMP_WAIT_POLICY ?= PASSIVE
export OPENBLAS_THREAD_TIMEOUT ?= 4
export MLFLOW_TRACKING_URI ?= sqlite:///$(CURDIR)/mlflow.db

PROCESSORS ?= $(shell getconf _NPROCESSORS_ONLN)

.DEFAULT_GOAL := help
.PHONY: help install demo test lint style types ui tracking-server serve sweep scoreboard data clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# Where much is trained: large arrays come from memory that glibc keeps, in large pages, and steps take
# a sixth less. A service, which lives for long, gives memory back instead.
demo sweep test: export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=2147483648

# Programs of an environment begin with the path of the folder that it was made in.
install: $(VENV)/.installed ## The virtual environment, from the lock file
	@made=$$(sed -n '1s|^#!\(.*\)/python[0-9.]*$$|\1|p' "$(BIN)/thermocline" 2>/dev/null); \
	  [ -z "$$made" ] || [ "$$made" -ef "$(BIN)" ] || { echo "The environment was made as $$made, and does \
	not move with its folder. Type: rm -rf $(VENV) && make install && $(VENV)/bin/thermocline models moved"; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "Thermocline is locked for Python 3.11; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	"$(BIN)/pip" install --quiet --disable-pip-version-check uv
	@# uv is quick; pip knows mirrors that only pip was told about.
	UV_FIND_LINKS="$(PIP_FIND_LINKS)" "$(BIN)/uv" pip install --quiet --python "$(BIN)/python" \
	  -r requirements.lock || "$(BIN)/pip" install --quiet -r requirements.lock
	"$(BIN)/pip" install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: install ## The whole pipeline on the bundled data: raw files to a registered, packaged model
	dvc pull --quiet data.dvc
	@rm -rf build/outcomes
	@mkdir -p build
	@systems=$$(dvc stage list --name-only | sed -n 's/^train@//p'); \
	  $(MAKE) --no-print-directory --keep-going --jobs=$(PROCESSORS) \
	  $$(printf 'model-%s ' $$systems) $$(printf 'report-%s ' $$systems) || true
	dvc repro --keep-going || { printf '\nHow each stage stands:\n'; thermocline summary; exit 1; }
	@for report in build/reports/*/; do thermocline scoreboard --brief $$(basename $$report); done
	@printf '\nNext:\n  make ui     compare the runs in the MLflow UI\n  make serve  answer requests on http://localhost:3000\n  make sweep  search the settings\n'

# Systems need nothing of each other until they are packaged: one is made on each processor, with a log
# of its own; when no model is left to be made, those that are made are judged. What one leaves undone,
# the `dvc repro` that follows does again, or says why it cannot.
# Stages are asked for one by one: a whole `dvc repro` would lock the raw data, which all read.
JUDGED := ^(evaluate|register)@
alone = export OMP_NUM_THREADS=1; dvc stage list --name-only | grep '@$*$$' | $(1) | \
	  xargs -r dvc --wait-for-lock repro --single-item >>build/$*.log 2>&1

model-%:
	@echo '$* is made at the same time as others: build/$*.log'
	@rm -f build/$*.log; $(call alone,grep -Ev '$(JUDGED)')

report-%: model-%
	@$(call alone,grep -E '$(JUDGED)')

# Processes on one thread each, one more than there are processors, as flows often wait for others;
# tests of one file in one process, the longest files first.
TEST_WORKERS ?= $(shell echo $$(($(PROCESSORS) + 1)))

# Types are checked beside the tests; what is said of them is shown when the tests have ended.
test: install style ## Every check and test
	@mkdir -p build
	@mypy >build/mypy.log 2>&1 & types=$$!; status=0; \
	  pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder || status=$$?; \
	  wait $$types || status=$$?; cat build/mypy.log; exit $$status

lint: install style types ## Style, types, and the import rule

style: install
	ruff check .
	ruff format --check .
	lint-imports

types: install
	mypy

ui: install ## The MLflow UI on http://localhost:5000, with a password that it prints
	thermocline ui

tracking-server: install ## A team's MLflow server; docs/servers.md says what to set before
	thermocline server $(OPTIONS)

serve: install ## The champion as a service on http://localhost:3000
	bentoml serve bento.service:Thermocline --host 127.0.0.1 --port 3000 --timeout-graceful-shutdown 10

SYSTEM ?= reconstruct
sweep: install ## Search the settings with Optuna, tracked in MLflow; SYSTEM=… for another
	thermocline sweep $(SYSTEM)

scoreboard: install ## The scoreboard in full, the published preset on every case (an hour or more)
	python -m benchmarks.scoreboard

data: install ## Make the bundled data anew (rarely: every version stays in the history)
	python pipelines/make_data.py

clean: ## Remove what was built; raw data, the tracking database and the environment stay
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
