"""What has to be checked when a file changes: linters, what dbt builds, Python tests."""

from fnmatch import fnmatch
from pathlib import Path

# Patterns of files (a * also stands for slashes) and the tests that belong to them; all that match count. A test file
# that changed is run itself. What a pattern leaves out on purpose, because it takes minutes, is in `make test`.
TESTS = {
    "analyses/*": ["test_analyses"],
    "benchmarks/*": ["test_benchmarks"],
    "check/*": ["test_check"],
    "codegen/*": ["test_codegen"],
    "seeds/*": ["test_codegen"],
    "compare/*": ["test_compare"],
    "compare/environment.py": ["test_check"],
    "compare/releases.csv": ["test_upgrade"],
    "conventions/*": ["test_conventions", "test_docs"],
    "README*.md": ["test_docs"],
    "docs/*.md": ["test_docs"],
    "docs/settings.md": ["test_settings"],
    "models/*.md": ["test_docs"],
    "models/semantic/*": ["test_metrics"],
    "models/staging/*.sql": ["test_export_folder", "test_scope"],
    "models/export/*.sql": ["test_export_folder", "test_scope"],
    "models/intermediate/*.sql": ["test_benchmarks"],
    "models/marts/*.sql": ["test_benchmarks"],
    "macros/builds/*": ["test_export_folder", "test_scope"],
    "macros/builds/passed_tests.sql": ["test_passed_tests"],
    "macros/engine/duckdb/text_literal.sql": ["test_scope"],
    "macros/engine/duckdb/test.sql": ["test_passed_tests"],
    "macros/engine/duckdb/state.sql": ["test_upgrade", "test_passed_tests"],
    "macros/export/*": ["test_export_folder", "test_scope", "test_source_freshness"],
    "macros/export/check_*": ["test_settings"],
    "macros/conversions/*": ["test_conversion_goals"],
    "macros/funnels/*": ["test_benchmarks"],
    "macros/messages/*": ["test_benchmarks"],
    "macros/staging/*": ["test_export_folder", "test_benchmarks"],
    "plugins/*": ["test_export_folder", "test_warehouse_folder", "test_source_freshness"],
    "plugins/s3_*.py": ["test_s3_objects"],
    "projects/*": ["test_projects"],
    "integration_tests/*": ["test_package"],
    "profiles.yml": ["test_export_folder"],
    "report/results.py": ["test_build_results"],
    "report/lineage.py": ["test_lineage"],
    "report/tables.py": ["test_build_results", "test_report"],
    "report/__main__.py": ["test_report"],
    "report/*": ["test_report"],
    "sample_export/*": ["test_sample_export"],
    "selectors.yml": ["test_selectors"],
    "tests/python/conftest.py": ["test_shares"],
}
# dbt's state:modified does not see that these change what every model builds.
BUILDS_EVERYTHING = ["macros/builds/*", "plugins/*", "profiles.yml", "dbt_project.yml", "requirements.txt"]
DBT = ["models/*", "macros/*", "seeds/*", "tests/*.sql", "tests/generic/*", "tests/fixtures/*", "analyses/*"]
MAKE = ["make", "--no-print-directory"]
# Make targets that lint the whole, and the files that they are about.
WHOLE_LINTERS = {
    "lint-generated": ["seeds/*", "codegen/*", "models/*", "macros/*", "tests/generic/*", "report/page/texts/*"],
    "lint-conventions": ["models/*", "macros/*", "seeds/*", "conventions/*", "dbt_project.yml", "dbt-bouncer.yml"],
    "lint-workflow": [".github/*"],
    "lint-container": ["Containerfile"],
}


def matching(files, patterns):
    """Return the files (list of str) that one of the patterns matches, in order."""
    return [file for file in files if any(fnmatch(file, pattern) for pattern in patterns)]


def python_tests(files):
    """Return the test files (list of str) that belong to changed files (list of str), each once, in order."""
    found = [file for file in files if fnmatch(file, "tests/python/test_*.py")]
    for pattern, names in TESTS.items():
        if matching(files, [pattern]):
            found += [f"tests/python/{name}.py" for name in names]
    return sorted(set(found))


def linters(files, deleted=()):
    """Return the commands (list of list of str) that lint changed files, or what was deleted from (lists of str)."""
    commands = []
    if ".sqlfluff" in files:
        commands.append([*MAKE, "lint-sql"])
    elif sql := matching(files, ["models/*.sql", "tests/*.sql", "analyses/*.sql"]):
        commands.append(["sqlfluff", "lint", *sql])
    if python := matching(files, ["*.py"]):
        commands += [["ruff", "check", *python], ["ruff", "format", "--check", *python]]
    if yaml := matching(files, ["*.yml", "*.yaml"]):
        commands.append(["yamllint", "--strict", *yaml])
    all_files = [*files, *deleted]
    commands += [[*MAKE, target] for target, patterns in WHOLE_LINTERS.items() if matching(all_files, patterns)]
    return commands


def dbt_selection(files):
    """Return what dbt has to build when files (list of str) changed: None, `everything` or `modified`."""
    if matching(files, BUILDS_EVERYTHING):
        return "everything"
    in_python = [file for file in files if Path(file).is_relative_to("tests/python")]
    return "modified" if matching([file for file in files if file not in in_python], DBT) else None
