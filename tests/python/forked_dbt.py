"""dbt builds in forked processes: they share one import and one parse of the project, and can be killed."""

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import sys
import weakref
from pathlib import Path

from environments import dbt_environment

REPOSITORY = Path(__file__).parents[2]


def drop_debug_events():
    """Let dbt make no events for its log, which nobody reads here; they take an eighth of a small build."""
    from dbt_common.events.base_types import DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire_event = EventManager.fire_event

    def fire_all_but_debug(manager, event, level=None, *others, **more):
        if (level or event.level_tag()) != EventLevel.DEBUG:
            fire_event(manager, event, level, *others, **more)

    EventManager.fire_event = fire_all_but_debug
    DebugLevel.__init__ = lambda *_, **__: None


class ForkedDbt:
    """Runs dbt on a warehouse and an export, each time in a process of its own.

    folder: where dbt's target, logs and the output of the runs lie. Warehouses must all be named warehouse.duckdb: the
    parsed project holds the name.
    artifacts: let builds write dbt's log, run results and manifest too, which takes longer than some models.
    """

    manifests = {}

    def __init__(self, folder, artifacts=False):
        self.folder = Path(folder)
        self.artifacts = artifacts

    def start(
        self,
        export_root,
        warehouse,
        full_refresh=False,
        vars=None,
        arguments=(),
        command="build",
        env=None,
        tests=False,
        goals=None,
        change=None,
        before=None,
    ):
        """Start `dbt build` without tests, or another command; return the process (multiprocessing.Process).

        vars: dict of dbt variables. arguments: more of dbt's arguments. env: environment variables (dict) to set.
        tests: with the data tests. Their limits are variables that dbt reads when it parses.
        goals: a file (path) in place of seeds/conversion_goals.csv. change: function of the parsed project (dbt's
        Manifest) that changes it for this run. before: function without arguments, called in the process before dbt.
        """
        manifest = self.project(vars if tests or command != "build" else None)
        without_artifacts = command == "build" and not self.artifacts
        words = ["--log-level-file", "none", "--no-write-json"] if without_artifacts else []
        words += [*command.split(), "--vars", json.dumps(vars or {})]
        if command == "build":
            words += ["--exclude", "resource_type:unit_test", *([] if tests else ["resource_type:test"])]
        words += [*(["--full-refresh"] if full_refresh else []), *arguments]
        target = (manifest, export_root, warehouse, words, env or {}, goals, change, before)
        (self.folder / "output.txt").write_text("")
        process = multiprocessing.get_context("fork").Process(target=self._run, args=target)
        process.start()
        return process

    def project(self, vars=None):
        """Return the parsed project (dbt's Manifest). vars: dict of dbt variables."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parsed_with = json.dumps(vars or {})
        if parsed_with not in ForkedDbt.manifests:
            ForkedDbt.manifests[parsed_with] = self._parse(parsed_with)
        return ForkedDbt.manifests[parsed_with]

    def build(self, export_root, warehouse, **options):
        """Run `dbt build` to its end; fail with its output unless it succeeds."""
        process = self.start(export_root, warehouse, **options)
        process.join()
        assert process.exitcode == 0, self.output()[-6000:]

    def output(self):
        """Return what the last run printed (str)."""
        return (self.folder / "output.txt").read_text(errors="replace")

    def output_size(self):
        """Return the bytes (int) of what the last run has printed so far."""
        return (self.folder / "output.txt").stat().st_size

    def _environment(self, export_root, warehouse):
        os.chdir(REPOSITORY)
        environment = dbt_environment(self.folder, export_root, FLARELANE_WAREHOUSE=warehouse)
        os.environ.clear()
        os.environ.update(environment)

    def _parse(self, vars):
        from dbt.cli.main import dbtRunner

        before = dict(os.environ), Path.cwd()
        self._environment(self.folder, self.folder / "warehouse.duckdb")
        with (self.folder / "parse.txt").open("w") as out, contextlib.redirect_stdout(out):
            result = dbtRunner().invoke(["--quiet", "parse", "--vars", vars])
        os.environ.clear()
        os.environ.update(before[0])
        os.chdir(before[1])
        assert result.success, result.exception
        self._make_ready_to_fork(result.result)
        return result.result

    def _make_ready_to_fork(self, manifest):
        """Do once what each process would do again: import, compile the macros, look for garbage in what is parsed."""
        from dbt_common.clients.jinja import template_cache

        for module in ("dbt.task.build", "dbt_common.clients.agate_helper", "numpy"):
            importlib.import_module(module)
        for macro in manifest.macros.values():
            if macro.package_name in ("flarelane", "dbt_duckdb") or "default__" in macro.name:
                template_cache.get_node_template(macro)
        gc.collect()
        gc.freeze()

    def _run(self, manifest, export_root, warehouse, words, env, goals, change, before):
        from dbt.cli.main import dbtRunner

        if goals:
            seed = manifest.nodes["seed.flarelane.conversion_goals"]
            seed.root_path, seed.original_file_path = str(Path(goals).parent), Path(goals).name
        if change:
            change(manifest)
        if goals or change:
            manifest.build_flat_graph()  # what macros see as `graph`
        output = os.open(self.folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        # pytest may have put files of its own in their place.
        sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
        self._environment(export_root, warehouse)
        os.environ.update(env)
        if not self.artifacts:
            drop_debug_events()
        if before is not None:
            before()
        result = dbtRunner(manifest=manifest).invoke(["--no-use-colors", *words])
        sys.stdout.flush()
        # What a process does at its end, without what pytest has to do at its own.
        weakref.finalize._exitfunc()
        os._exit(0 if result.success else 1)
