"""Command line: `python -m codegen` writes the generated files, `--check` only compares them."""

import argparse
import sys
from pathlib import Path

from codegen.facts import read_facts
from codegen.funnel_files import funnel_files
from codegen.macro_file import documented_facts_macros
from codegen.macro_properties import macro_properties
from codegen.overview import overviews
from codegen.property_files import property_files, rule_results_fixture
from codegen.semantic_file import semantic_file
from codegen.stages_picture import stages_picture


def generated_files(project_dir):
    """Every generated file's path within the project, with the text that it should have."""
    facts = read_facts(project_dir / "seeds")
    macros = {"macros/documented/documented_facts.sql": documented_facts_macros(facts)}
    return {
        **macros,
        "macros/_macros.yml": macro_properties(project_dir, macros),
        "assets/stages.svg": stages_picture(facts),
        **overviews(project_dir, facts),
        "models/semantic/_semantic_models.yml": semantic_file(facts),
        "tests/fixtures/column_rule_results_of_bad_events.csv": rule_results_fixture(
            facts, project_dir / "tests" / "fixtures"
        ),
        **property_files(facts),
        **funnel_files(facts),
    }


def out_of_step(project_dir, files):
    """The generated files that are missing or differ from what the seeds say."""
    stale = []
    for name, text in files.items():
        path = project_dir / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    return stale


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if out of step")
    parser.add_argument("--project-dir", type=Path, default=Path(__file__).parent.parent)
    options = parser.parse_args(arguments)

    files = generated_files(options.project_dir)
    stale = out_of_step(options.project_dir, files)
    if options.check:
        for name in stale:
            print(f"out of step with the seeds: {name} (run `make generate`)")
        return 1 if stale else 0

    for name in stale:
        path = options.project_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8")
        print(f"written: {name}")
    print(f"{len(files)} generated files, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
