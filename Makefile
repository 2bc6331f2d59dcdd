# `make demo` and `make test` do all their own set-up; they need Python 3.11 to 3.13 and a package index.

# The first working interpreter of a version, on PATH or under pyenv (whose shims may not work).
find_python = $(shell for p in $(foreach v,$(1),python$(v) $(HOME)/.pyenv/versions/$(v).*/bin/python); \
	do "$$p" --version >/dev/null 2>&1 && echo "$$p" && break; done)

PYTHON ?= $(or $(call find_python,3.11 3.12 3.13),python3)
VENV ?= .venv
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check
CHECK_PYTHON = import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) \
	else "Python 3.11 to 3.13 is needed: make PYTHON=/path/to/python3.11")

help:  ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/:/' | column -t -s:

demo: $(VENV)/ready  ## train, build, score; on the contest's data if it lies in data/, else on a sample
	$(VENV)/bin/python train.py
	$(VENV)/bin/python build_submission.py runs/latest --out submission.zip
	$(VENV)/bin/python score.py submission.zip

# In as many processes as there are cores, four at most: each loads TensorFlow. A file stays in one of them.
PYTEST = -m pytest -n auto --maxprocesses 4 --dist loadfile

test: $(VENV)/ready-dev  ## the everyday tests: at most 6 minutes on 2 idle cores
	$(VENV)/bin/python $(PYTEST) -m "not rest and not slow"

test-rest: $(VENV)/ready-dev  ## the others: all recipes, all bad zips, old TensorFlow, notebook, browser
	$(VENV)/bin/python $(PYTEST) -m "rest and not slow"

test-slow: $(VENV)/ready-dev  ## what takes minutes each: big nets, the demo with three seeds
	$(VENV)/bin/python -m pytest -m slow -s

test-313: .venv-313/ready  ## the everyday tests and the notebook on Python 3.13, which Colab has
	.venv-313/bin/python $(PYTEST) -m "not rest and not slow"
	.venv-313/bin/python -m pytest -m rest tests/commands/test_notebook.py

test-oldest: .venv-oldest/ready  ## the tests on Python 3.12 with the oldest TensorFlow and Keras
	.venv-oldest/bin/python $(PYTEST) -m "not slow"

lint: $(VENV)/ready-dev  ## style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

legacy: .venv-legacy/ready  ## an interpreter like the contest's server, .venv-legacy/bin/python

$(VENV)/ready: requirements.txt
	$(PYTHON) -c '$(CHECK_PYTHON)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	$(VENV)/bin/python $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.venv-oldest/ready: requirements.txt requirements-dev.txt requirements-oldest.txt
	$(or $(call find_python,3.12),python3.12) -m venv .venv-oldest
	.venv-oldest/bin/python $(PIP_INSTALL) -r requirements-dev.txt -c requirements-oldest.txt
	@touch $@

.venv-313/ready: requirements.txt requirements-dev.txt
	$(or $(PYTHON_313),$(call find_python,3.13),python3.13) -m venv .venv-313
	.venv-313/bin/python $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.venv-legacy/ready: requirements-legacy.txt
	$(or $(call find_python,3.9 3.10 3.8),python3.9) -m venv .venv-legacy
	.venv-legacy/bin/python $(PIP_INSTALL) -r requirements-legacy.txt
	@touch $@

.PHONY: help demo test test-rest test-slow test-313 test-oldest lint legacy
