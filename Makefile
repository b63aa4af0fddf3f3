# make build: set up, make the sample export, build the warehouse, print it.
# make test: set up, lint, run the build's tests and Python's.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# What two makes at once must not do both: the second waits. Locks are freed by the system, also after a kill.
ALONE := $(PYTHON) setup/one_at_a_time.py
SAMPLE := sample/export
LATE := sample/late
# How many events the benchmarks make: make bench EVENTS=1000000
EVENTS ?= 10000000
# What to compare with: make compare BASE=HEAD~1, make check BASE=HEAD
BASE ?= main
# A file to append tables to as Markdown, in CI the job's summary: make compare MARKDOWN=compared.md
MARKDOWN ?= $(GITHUB_STEP_SUMMARY)
# Which tests to run on Spark: make test-spark TESTS="tests/spark/test_builds.py -k sample"
TESTS ?= tests/spark

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)

.PHONY: help build test sample dbt-build freshness summary lint lint-sql lint-python lint-yaml lint-generated \
	lint-conventions lint-workflow lint-container test-python generate lock late-build results site browser pictures compare \
	bench bench-staging check clean test-spark test-spark-cluster test-spark-delta test-spark-iceberg lock-spark test-dbt-next lock-dbt-next

help: ## Show the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A virtual environment with the pinned requirements, made again when they change.
.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 ..."; exit 1; }
	@$(ALONE) .locks/install "installing the requirements" setup/install.sh $(PYTHON)

# The summary belongs to the build: in between, another one could take the warehouse.
build: sample ## Set up, make the sample export, dbt build, print the funnel; V=1 for all that dbt says.
	@$(ALONE) .locks/build "building" $(SHELL) $(.SHELLFLAGS) '$(if $(V),dbt build,python -m report.layers); python -m report'

sample: .venv/installed ## Make the sample export, unless it is there.
	@$(ALONE) .locks/sample "making the sample export" python -m sample_export $(SAMPLE) --no-violations --if-missing

dbt-build: sample
	@$(ALONE) .locks/build "building" dbt build

freshness: sample ## Say how old the newest data is; fail only where source_error_after_hours is set.
	@dbt source freshness

summary: .venv/installed ## Print what the warehouse holds.
	@python -m report

results: .venv/installed ## Say what failed, warned and took longest in the last run of dbt.
	@python -m report.results $(if $(MARKDOWN),--markdown "$(MARKDOWN)")

test: lint dbt-build test-python ## Set up, lint, and run the build's tests and Python's.

check: sample ## Check what differs from BASE (main) in about a minute: lint, build and test it.
	@python -m check --base $(BASE)

lint: lint-sql lint-python lint-yaml lint-generated lint-conventions lint-workflow lint-container ## Check SQL, Python, YAML, conventions, workflow, container.

lint-sql: .venv/installed
	@sqlfluff lint --processes 2 $(if $(GITHUB_ACTIONS),--format github-annotation-native)

lint-python: .venv/installed
	@ruff check $(if $(GITHUB_ACTIONS),--output-format github) . && ruff format --check .

lint-yaml: .venv/installed
	@yamllint --strict .

lint-generated: .venv/installed
	@python -m codegen --check

lint-conventions: .venv/installed
	@dbt --quiet --warn-error --show-all-deprecations parse && dbt-bouncer run --show-all-failures

# Without asking GitHub anything.
lint-workflow: .venv/installed
	@zizmor --quiet --offline $(if $(GITHUB_ACTIONS),--format github) .github

lint-container: .venv/installed
	@hadolint Containerfile

test-python: .venv/installed sample browser
	@python -m pytest -q -n auto --maxprocesses 4 --durations 15

# An environment of its own, because dbt-spark and pyspark are of no use to whoever has DuckDB alone.
.venv-spark/installed: requirements-spark.txt
	@java -version 2>&1 | grep -qE 'version "(17|21)' \
		|| { echo "Spark needs Java 17 or 21, and \`java -version\` names none: install one, such as openjdk-17-jre."; exit 1; }
	@echo "Installing the pinned requirements of Spark into .venv-spark"
	@rm -rf .venv-spark; $(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt
	@touch .venv-spark/installed

test-spark: sample .venv-spark/installed ## Build small exports and the sample on Spark and on DuckDB, and compare all rows: docs/spark.md.
	@.venv-spark/bin/python -m pytest -q --rootdir tests/spark -m 'not cluster and not delta and not iceberg' --durations 5 $(TESTS)

test-spark-cluster: .venv/installed .venv-spark/installed ## The same for a small export in S3, on a cluster of one master and two workers.
	@.venv-spark/bin/python -m pytest -q --rootdir tests/spark -m cluster tests/spark

test-spark-delta: .venv/installed .venv-spark/installed ## The same on Delta tables, with builds that are killed; needs Delta's jars.
	@.venv-spark/bin/python -m pytest -q --rootdir tests/spark -m delta tests/spark

test-spark-iceberg: .venv/installed .venv-spark/installed ## The same on Iceberg tables; needs Iceberg's jars.
	@.venv-spark/bin/python -m pytest -q --rootdir tests/spark -m iceberg tests/spark

# An environment of its own, with another dbt over the pinned requirements; why --no-deps: requirements-dbt-next.in.
.venv-dbt-next/installed: requirements.txt requirements-dbt-next.txt
	@echo "Installing the pinned requirements with the next dbt into .venv-dbt-next"
	@rm -rf .venv-dbt-next; $(PYTHON) -m venv .venv-dbt-next
	@.venv-dbt-next/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@.venv-dbt-next/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		-r requirements-dbt-next.txt
	@touch .venv-dbt-next/installed

# What dbt says to be deprecated fails here.
test-dbt-next: .venv-dbt-next/installed ## Build and test the sample, and a project that uses this one, with the next version of dbt.
	@$(ALONE) .locks/sample "making the sample export" \
		.venv-dbt-next/bin/python -m sample_export $(SAMPLE) --no-violations --if-missing
	@export DBT_TARGET_PATH=target/dbt-next FLARELANE_WAREHOUSE=target/dbt-next/warehouse.duckdb \
		FLARELANE_PUBLISHED_WAREHOUSE=; \
		.venv-dbt-next/bin/dbt --warn-error-options '{"error": ["Deprecations"]}' --show-all-deprecations build
	@.venv-dbt-next/bin/python -m pytest -q tests/python/test_package.py

generate: .venv/installed ## Write the files that follow from the seeds and the macros' comments.
	@python -m codegen

lock: ## Compile requirements.in into requirements.txt.
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate requirements.in -o requirements.txt

lock-spark: .venv-spark/installed ## Compile requirements-spark.in into requirements-spark.txt.
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-spark/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate requirements-spark.in -o requirements-spark.txt

lock-dbt-next: .venv-dbt-next/installed ## Compile requirements-dbt-next.in into requirements-dbt-next.txt.
	@.venv-dbt-next/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-dbt-next/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-deps \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		requirements-dbt-next.in -o requirements-dbt-next.txt

late-build: dbt-build ## Build the sample without its late files, then with them, and compare with one build.
	@rm -rf $(LATE) && mkdir -p $(LATE) && cp -Rp $(SAMPLE) $(LATE)/export
	@find $(LATE)/export -name 'late-*' -delete
	@export FLARELANE_EXPORT_ROOT=$(LATE)/export FLARELANE_WAREHOUSE=$(LATE)/warehouse.duckdb \
		FLARELANE_PUBLISHED_WAREHOUSE=; \
		dbt build --resource-type model --resource-type seed; \
		cp -Rp $(SAMPLE)/. $(LATE)/export; \
		dbt build
	@python -m compare --exit-code "$${FLARELANE_WAREHOUSE:-warehouse/flarelane.duckdb}" $(LATE)/warehouse.duckdb

site: .venv/installed ## Make the funnel report, the dbt docs and the marts as spreadsheets: target/site.
	@python -m report.site

browser: .venv/installed ## Find a browser for the tests of the site, or install one.
	@python -m report.browser

pictures: site browser ## Take the picture of the report that the README shows.
	@python -m report.pictures

compare: sample ## Build the sample with BASE (main) and with the code here, and show how the marts differ.
	@python -m compare --base $(BASE) $(if $(MARKDOWN),--markdown "$(MARKDOWN)")

bench: .venv/installed ## Time the whole build beside a lean script, EVENTS=10000000.
	@python -m benchmarks full --events $(EVENTS)

bench-staging: .venv/installed ## Time staging and rules beside a scan of all columns.
	@python -m benchmarks staging --events $(EVENTS)

clean: ## Remove what the build made; the environment stays.
	rm -rf target logs sample warehouse/*.duckdb*
