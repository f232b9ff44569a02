# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# All that is done with a checkout. `make` alone lists it. The checkout may lie in any folder: Ansible finds it as
# ansible_collections/netns/lab through .build, programs come from .venv, and `make clean` takes both away.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

core := $(if $(ANSIBLE_CORE),-core-$(ANSIBLE_CORE:.*=))
venv := .venv$(core)
old_venv := .venv-pyroute2-0.7.2$(core)
bin := $(venv)/bin
lab_requirements := requirements/ansible-core.txt requirements/pyroute2.txt requirements/constraints.txt tools/venv
dev_requirements := requirements/test.txt $(if $(ANSIBLE_CORE),,requirements/lint.txt)
stamp := echo "$(CURDIR)" >
# A venv that was moved or copied with its checkout holds the old paths: its stamp says where it was made.
moved = $(if $(filter-out x,x$(subst $(CURDIR),,$(file <$1))),FORCE)

export PATH := $(CURDIR)/$(bin):$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build
export ANSIBLE_HOME := $(CURDIR)/.build/ansible
export ANSIBLE_LOCALHOST_WARNING := false
export ANSIBLE_INVENTORY_UNPARSED_WARNING := false
export NETNS_LAB_PYTHONS := $(CURDIR)/$(old_venv)/bin/python:$(CURDIR)/$(bin)/python

play_args = -e lab_svg_dir=.build $(if $(LAB),-e @playbooks/labs/$(LAB).yml) $(if $(SRC),-e lab_src=$(SRC)) $(ARGS)
# Two workers more than two processors: tests wait for hosts, for the kernel and for ssh almost half of their time. They
# get their tests one by one, the longest first.
pytest = $(bin)/python -m pytest -n 4 --maxschedchunk=1 --durations=20 $(PYTEST_ARGS)
shell_scripts := .ci/run $(filter-out %.py,$(wildcard tools/*)) $(wildcard roles/*/files/*.sh)

##@ The lab (LAB=NAME: playbooks/labs/NAME.yml; SRC=FILE: a definition; ARGS='...': more arguments of ansible-playbook)

.PHONY: lab
lab: $(venv)/.lab ## build a lab on this machine, draw it and prove it; SANDBOX=1: on a throwaway host, without root
ifdef SANDBOX
	@ANSIBLE_REMOTE_TMP=/run/ansible tools/sandbox sh -ec \
	  'for play in site teardown; do ansible-playbook "$$@" "playbooks/$$play.yml"; done' lab $(play_args)
else
	@$(bin)/ansible-playbook playbooks/site.yml $(play_args)
endif

.PHONY: verify
verify: $(venv)/.lab ## prove again that the lab works
	@$(bin)/ansible-playbook playbooks/verify.yml $(play_args)

.PHONY: unlab
unlab: $(venv)/.lab ## take the lab away
	@$(bin)/ansible-playbook playbooks/teardown.yml $(play_args)

##@ Checks (ANSIBLE_CORE='2.17.*': with another ansible-core, in venvs of its own; PYTHON=/path: with another Python)

.PHONY: check
check: $(venv)/.dev ## lint and unit tests
	$(pytest) 'tests/checks/test_make.py::test_target[lint]' tests/unit

.PHONY: test
test: $(venv)/.dev $(old_venv)/.lab ## everything: lint, sanity, unit and integration tests
	$(pytest) tests/checks tests/unit tests/integration

.PHONY: lint
ifdef ANSIBLE_CORE
lint:
	@$(MAKE) lint ANSIBLE_CORE=
else
lint: $(venv)/.dev ## ruff, shellcheck, yamllint, ansible-lint, antsibull-changelog, antsibull-docs
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/shellcheck $(shell_scripts)
	$(bin)/yamllint --strict .
	$(bin)/antsibull-changelog lint
	$(bin)/antsibull-docs lint-collection-docs --plugin-docs .
	$(bin)/ansible-lint
endif

.PHONY: sanity
sanity: $(venv)/.dev ## ansible-test sanity, over the collection as it is built
	tools/sanity $(SANITY_ARGS)

.PHONY: unit
unit: $(venv)/.dev ## tests of pure code
	$(pytest) tests/unit

.PHONY: integration
integration: $(venv)/.dev $(old_venv)/.lab ## tests against the kernel, in sandboxes, with the oldest and the newest pyroute2
	$(pytest) tests/integration

.PHONY: soak
soak: $(venv)/.dev $(old_venv)/.lab ## the long forms of tests: every fault, hundreds of rounds; hours
	$(bin)/python -m pytest -n 2 -m soak -rP $(PYTEST_ARGS) $(if $(PYTEST_ARGS),,tests/checks tests/unit tests/integration)

.PHONY: molecule
molecule: $(venv)/.dev ## the scenarios of Molecule, on throwaway hosts (they are among the integration tests too); SCENARIO=NAME
	$(bin)/molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: bench
bench: $(venv)/.dev ## measure beside a floor program, ip, and looped tasks
	@tools/packages bench
	$(bin)/python tests/bench $(ARGS)

##@ The collection

.PHONY: build
build: $(venv)/.lab ## the tarball that ansible-galaxy installs, in .build/dist
	$(bin)/ansible-galaxy collection build --force --output-path .build/dist

.PHONY: docs
docs: $(venv)/.dev ## the reference of all modules and roles as web pages, in .build/docs
	tools/docs

.PHONY: setup
setup: $(venv)/.dev $(old_venv)/.lab ## only make what the other targets need

.PHONY: constraints
constraints: ## pin the newest releases of all that the pinned requirements bring along
	tools/constraints

.PHONY: clean
clean: ## remove all that make made here
	rm -rf .build .venv .venv-* .ansible .cache .hypothesis .pytest_cache .ruff_cache tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# --- what the targets need -------------------------------------------------------------------------------------------

.PHONY: link lab-packages test-packages FORCE
link:
	@mkdir -p .build/ansible_collections/netns
	@ln -sfn "$(CURDIR)" .build/ansible_collections/netns/lab

lab-packages test-packages:
	@tools/packages $(@:-packages=)

$(venv)/.lab: $(lab_requirements) $(call moved,$(venv)/.lab) | link lab-packages
	@tools/venv $(venv) '$(ANSIBLE_CORE)' -r requirements/pyroute2.txt
	@$(stamp) $@

$(venv)/.dev: $(lab_requirements) $(dev_requirements) $(call moved,$(venv)/.dev) | link test-packages
	@tools/venv $(venv) '$(ANSIBLE_CORE)' -r requirements/pyroute2.txt $(addprefix -r ,$(dev_requirements))
	@$(stamp) $(venv)/.lab
	@$(stamp) $@

$(old_venv)/.lab: requirements/ansible-core.txt requirements/pyroute2-0.7.2.txt requirements/constraints.txt tools/venv \
    $(call moved,$(old_venv)/.lab)
	@tools/venv $(old_venv) '$(ANSIBLE_CORE)' -r requirements/pyroute2-0.7.2.txt
	@$(stamp) $@
