"""Builds beside other users of the warehouse, and builds other than the plain one: what they may and may not change."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from conftest import MadeOnce, build
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from privileges import obey_permissions
from test_builds_mirror_the_export import differences

from sample_export import generate

READER = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print(connection.execute("select count(*) from fct_messages").fetchone()[0], flush=True)
    sys.stdin.read()
    print(connection.execute("select count(*) from fct_messages").fetchone()[0], flush=True)
"""


class Place:
    """An export that changes, dbt on it, and its warehouse, published beside it."""

    def __init__(self, original, folder):
        self.folder = folder
        self.mutator = ExportMutator(original, folder / "export", seed=3)
        self.export = folder / "export"
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published" / "flarelane.duckdb"
        self.dbt = ForkedDbt(folder)
        self.refreshes = 0

    def run(self, *arguments, succeeds=True, **options):
        """Run dbt build, or options["command"], with more arguments; return what it printed (str)."""
        process = self.dbt.start(self.export, self.warehouse, arguments=arguments, **options)
        process.join()
        assert (process.exitcode == 0) == succeeds, self.dbt.output()[-6000:]
        return self.dbt.output()

    def publish(self, *arguments, **options):
        """Run dbt with a path to publish to; return what it printed (str)."""
        env = {"FLARELANE_PUBLISHED_WAREHOUSE": str(self.published)} | options.pop("env", {})
        return self.run(*arguments, env=env, **options)

    def differences(self, **options):
        """Return what differs from a full refresh into a new warehouse. options: of ForkedDbt.start()."""
        self.refreshes += 1
        fresh = self.folder / f"fresh{self.refreshes}" / "warehouse.duckdb"
        ForkedDbt(self.folder / "fresh").build(self.export, fresh, full_refresh=True, **options)
        return differences(self.warehouse, fresh)

    def start_and_stop_at(self, model, **options):
        """Start a build and stop it, alive, when it begins on a model; return the process."""
        process = self.dbt.start(self.export, self.warehouse, **options)
        while process.is_alive() and f" model main.{model} " not in self.dbt.output():
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGSTOP)
        return process


@contextlib.contextmanager
def reader(path):
    """A process that reads a warehouse and keeps it open."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        process.first = int(process.stdout.readline())
        yield process
    finally:
        process.communicate()


def count(path, relation="fct_messages"):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"select count(*) from {relation}").fetchone()[0]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    root = tmp_path_factory.mktemp("original") / "export"
    generate(root, seed=5, projects=2, days=10, messages_per_day=10, dirt=0.1)
    return root


@pytest.fixture
def new_place(original, tmp_path):
    """A place without a warehouse."""
    return Place(original, tmp_path)


@pytest.fixture(scope="module")
def first_build(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first_build") / "place"
    Place(original, folder).publish()
    return MadeOnce(folder)


@pytest.fixture
def place(original, first_build):
    """A place after a first build, which was published."""
    return Place(original, first_build.put_back())


# ------------------------------------------------------------------------------------------ one file, one process


def assert_refused(refused, holder, warehouse):
    assert refused.returncode != 0
    assert f"The warehouse {warehouse} is in use by another process" in refused.output
    assert f"(PID {holder})" in refused.output
    assert "changed nothing" in refused.output
    assert "Traceback" not in refused.output


def test_a_second_build_says_that_one_runs_and_does_it_no_harm(new_place):
    first = new_place.start_and_stop_at("int_thread_events")
    refused = build(
        new_place.export, new_place.folder, check=False, env={"DBT_TARGET_PATH": str(new_place.folder / "second")}
    )
    os.kill(first.pid, signal.SIGCONT)
    first.join()
    assert_refused(refused, first.pid, new_place.warehouse)
    assert first.exitcode == 0, new_place.dbt.output()
    assert new_place.differences() == []


def test_a_build_says_that_a_reader_has_the_warehouse_open(place):
    with reader(place.warehouse) as process:
        refused = build(place.export, place.folder, check=False)
        assert_refused(refused, process.pid, place.warehouse)


def test_a_warehouse_that_cannot_be_opened_is_named(new_place):
    new_place.warehouse.write_bytes(b"something else altogether" * 1000)
    # From the command line, which prints an exception that nobody caught.
    refused = build(new_place.export, new_place.folder, check=False, from_command_line=True)
    assert refused.returncode != 0
    assert f"The warehouse {new_place.warehouse} cannot be opened" in refused.output
    assert "Traceback" not in refused.output


# ------------------------------------------------------------------------------------------ the published copy


def test_readers_have_the_last_good_state_while_a_build_runs(place):
    before = count(place.published)
    assert before == count(place.warehouse)
    with reader(place.published) as early:
        place.mutator.arrive()
        place.mutator.arrive()
        running = place.start_and_stop_at("dim_campaigns", env={"FLARELANE_PUBLISHED_WAREHOUSE": str(place.published)})
        assert count(place.published) == before, "while a build runs"
        os.kill(running.pid, signal.SIGCONT)
        running.join()
        assert running.exitcode == 0
        assert count(place.published) == count(place.warehouse) != before
        assert early.first == before
        rest = early.communicate()[0]
    assert int(rest) == before, "a reader keeps what it opened"
    assert sorted(path.name for path in place.published.parent.iterdir()) == [place.published.name]


def test_every_relation_of_the_published_copy_can_be_read_under_any_name(place):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place.published}' as another_name (read_only)")
        tables = "select table_name from information_schema.tables where table_catalog = 'another_name'"
        names = [row[0] for row in connection.execute(tables).fetchall()]
        assert {"fct_messages", "campaign_funnel", "stg_flarelane__crm_events"} <= set(names)
        for name in names:
            connection.execute(f"select count(*) from another_name.main.{name}").fetchone()


@pytest.mark.parametrize("words", [["public"], ["marts", "quality"]])
def test_the_published_copy_can_hold_some_models_alone_each_as_a_table(place, words):
    place.publish(vars={"published_models": words})
    models = [node for node in place.dbt.project().nodes.values() if node.resource_type == "model"]
    named = {node.alias for node in models if node.access in words or set(words) & set(node.fqn[:-1])}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place.published}' as copy (read_only)")
        connection.execute(f"attach '{place.warehouse}' as warehouse (read_only)")
        copied = connection.execute(
            "select table_name, table_type from information_schema.tables where table_catalog = 'copy'"
        ).fetchall()
        assert sorted(copied) == [(name, "BASE TABLE") for name in sorted(named)]
        assert "fct_messages" in named and "stg_flarelane__crm_events" not in named
        for name in named:
            of_copy, of_warehouse = f"from copy.main.{name}", f"from warehouse.main.{name}"
            for query in ("describe {}", "select count(*) {}"):
                results = [connection.execute(query.format(rows)).fetchall() for rows in (of_copy, of_warehouse)]
                assert results[0] == results[1]
            assert connection.execute(f"select * {of_copy} except select * {of_warehouse}").fetchall() == []
    assert sorted(path.name for path in place.published.parent.iterdir()) == [place.published.name]


def break_model(name):
    """Return a change of the parsed project: a model fails."""

    def change(manifest):
        manifest.nodes[f"model.flarelane.{name}"].raw_code = "select error('broken') as broken"

    return change


def test_what_is_unfinished_is_not_published_until_it_is_built(place):
    before = place.published.read_bytes()
    place.mutator.arrive()
    assert "Not published" in place.publish(change=break_model("base_flarelane__crm_rows"), succeeds=False)
    output = place.publish("--select", "campaign_failures")
    assert "Not published" in output, "one model built does not make up for the others"
    killed = place.start_and_stop_at("int_messages")
    killed.kill()
    killed.join()
    assert "Not published" in place.publish("--select", "campaign_failures")
    assert place.published.read_bytes() == before
    assert "Publishing" in place.publish()
    assert count(place.published) == count(place.warehouse)
    assert place.published.read_bytes() != before


def test_a_part_is_published_when_nothing_lags_behind_it(place):
    with duckdb.connect(str(place.warehouse)) as connection:
        connection.execute("insert into unfinished_models values ('a_model_that_is_no_more')")
    assert "Not published: " in place.publish("--select", "int_messages")
    assert "Publishing" in place.publish("--select", "int_messages+")
    assert "Publishing" in place.publish("--select", "campaign_funnel+")


def test_failed_data_tests_hold_nothing_back(new_place):
    """The export breaks rules, so tests fail; dbt skips nothing for it, as they stand on leaves."""
    env = {"FLARELANE_PUBLISHED_WAREHOUSE": str(new_place.published)}
    built = build(new_place.export, new_place.folder, check=False, tests=True, env=env)
    assert built.returncode == 1
    assert "FAIL" in built.output
    assert "SKIP=0" in built.output
    assert count(new_place.published) == count(new_place.warehouse)


def test_publishing_over_the_warehouse_itself_is_refused(new_place):
    output = new_place.run(env={"FLARELANE_PUBLISHED_WAREHOUSE": str(new_place.warehouse)}, succeeds=False)
    said = f"was not published as {new_place.warehouse}: it is the warehouse itself. Set FLARELANE_PUBLISHED_WAREHOUSE"
    assert said in output and "UDF" not in output
    assert count(new_place.warehouse)
    link = new_place.folder / "linked"
    link.symlink_to(new_place.folder)
    output = new_place.run(env={"FLARELANE_PUBLISHED_WAREHOUSE": str(link / new_place.warehouse.name)}, succeeds=False)
    assert "it is the warehouse itself" in output


@pytest.mark.parametrize("words", [[], ["public"]])
def test_a_place_that_cannot_be_written_is_named_and_the_warehouse_stays(place, words):
    folder = place.published.parent
    env = {"FLARELANE_PUBLISHED_WAREHOUSE": str(place.published)}

    def said():
        options = {"env": env, "vars": {"published_models": words}, "before": obey_permissions, "succeeds": False}
        output = place.run("--select", "campaign_failures", **options)
        assert "UDF" not in output and count(place.warehouse)
        return output.partition(f"The warehouse is built, and was not published as {place.published}: ")[2]

    folder.chmod(0o555)
    assert said().startswith("Permission denied. Let the user who runs dbt write there")
    folder.chmod(0o755)
    place.published.unlink()
    place.published.mkdir()
    assert said().startswith("Is a directory. Let")
    assert list(folder.iterdir()) == [place.published]
    shutil.rmtree(folder)
    folder.touch()
    assert said().startswith("File exists. Let")


# ------------------------------------------------------------------------------------------ builds other than plain


def test_retry_builds_what_failed(place):
    # dbt reads in them what to try again.
    place.dbt.artifacts = True
    place.mutator.arrive()
    place.publish(change=break_model("base_flarelane__crm_rows"), succeeds=False)
    output = place.publish(command="retry")
    assert "model main.base_flarelane__crm_rows" in output
    assert "model main.export_files" not in output
    assert "Publishing" in output
    assert place.differences() == []


def test_selected_models_are_built_and_no_others(place):
    place.mutator.arrive()
    place.run("--select", "+int_messages")
    output = place.run("--select", "campaign_funnel+")
    assert " model main.campaign_funnel " in output
    assert " model main.campaign_funnel_daily " not in output
    found = place.differences()
    assert found
    assert not any(text.startswith("campaign_funnel:") for text in found)
    place.run()
    assert place.differences() == []


def test_a_full_refresh_builds_all_that_is_selected_anew(place):
    with duckdb.connect(str(place.warehouse)) as connection:
        connection.execute("delete from int_messages")
    place.run()
    assert count(place.warehouse, "int_messages") == 0, "a plain build trusts what it has built"
    place.run("--select", "int_messages", full_refresh=True)
    assert place.differences() == []


def test_an_empty_build_is_refused(place):
    before = count(place.warehouse, "int_messages")
    assert "--empty is not supported" in place.run("--empty", succeeds=False)
    assert count(place.warehouse, "int_messages") == before


def test_another_key_reaches_all_that_hashes_reach(place):
    """The same files give other hashes, so what lies downstream is rebuilt although its partitions are the same."""
    other = {"env": {"FLARELANE_RECIPIENT_HASH_KEY": "another key"}}
    output = place.run(**other)
    assert "int_messages: its code or settings changed" in output
    assert place.differences(**other) == []
