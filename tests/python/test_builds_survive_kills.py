"""A build that is killed, however often and wherever, leaves a warehouse that the next plain build brings to the end
that a full refresh comes to.

FLARELANE_TEST_KILLS asks for a longer run, FLARELANE_TEST_MESSAGES_PER_DAY for a larger export: from some 2000 on, with
transactions that insert more than 122,880 rows, which DuckDB writes in another way than small ones.
FLARELANE_TEST_SEED chooses another sequence.
"""

import os
import random
import re
import shutil
import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from test_builds_mirror_the_export import differences

from sample_export import generate

KILLS = int(os.environ.get("FLARELANE_TEST_KILLS", "10"))
MESSAGES_PER_DAY = int(os.environ.get("FLARELANE_TEST_MESSAGES_PER_DAY", "12"))
SEED = int(os.environ.get("FLARELANE_TEST_SEED", "1"))
MODELS_TO_HIT = ["export_files", "base_flarelane__crm_rows", "int_event_links", "int_messages", "campaign_funnel"]
BATCHES = {"batch_bytes": 2000 * MESSAGES_PER_DAY}


class Killer:
    """Starts builds and kills them. duration: seconds that a build takes, known better after each that ends."""

    def __init__(self, dbt, seed):
        self.dbt = dbt
        self.random = random.Random(seed)
        self.duration = 10.0
        self.moments = Counter()

    def build(self, export, warehouse, **options):
        """Run a build to its end and take its time."""
        start = time.monotonic()
        self.dbt.build(export, warehouse, **options)
        self.duration = time.monotonic() - start

    def kill_one(self, export, warehouse, **options):
        """Start a build and kill it at a random moment; one that ended before must have succeeded."""
        aim = self.random.choice([self._at_any_time, self._at_a_write, self._at_a_write, self._in_a_model])
        process = self.dbt.start(export, warehouse, **options)
        try:
            aim(process, warehouse)
        finally:
            process.kill()
            process.join()
        if process.exitcode == 0:
            self.moments["ended before"] += 1
            return
        assert process.exitcode == -9, self.dbt.output()[-6000:]
        started = re.findall(r"START sql \w+ model main\.(\w+)", self.dbt.output())
        self.moments[f"{aim.__name__[1:]}: {started[-1] if started else 'before the models'}"] += 1

    def _at_any_time(self, process, warehouse):
        process.join(self.random.uniform(0, self.duration))

    def _at_a_write(self, process, warehouse):
        """At some write to the warehouse or its log: with a checkpoint at each commit most belong to one."""
        process.join(self.random.uniform(0, self.duration))
        files = [warehouse, warehouse.with_name(warehouse.name + ".wal")]
        before = _states(files)
        writes = self.random.randint(1, 6)
        while process.is_alive() and writes:
            now = _states(files)
            writes -= now != before
            before = now
            time.sleep(0.0002)
        time.sleep(self.random.choice([0, 0, 0.0005, 0.002, 0.01]))

    def _in_a_model(self, process, warehouse):
        """While a model that writes much is built, most often early in it."""
        model = self.random.choice(MODELS_TO_HIT)
        printed, size = "", -1
        while process.is_alive() and not re.search(rf"START sql \w+ model main\.{model}\b", printed):
            time.sleep(0.002)
            # What is printed is read when there is more of it: reading takes the time that the build needs.
            before, size = size, self.dbt.output_size()
            printed = self.dbt.output() if size != before else printed
        process.join(self.random.expovariate(20 / self.duration))


def _states(files):
    return [(file.stat().st_size, file.stat().st_mtime_ns) if file.exists() else None for file in files]


def redeliver(mutator):
    """Every file comes again, so that a build deletes and inserts all there is."""
    for file in mutator.present():
        mutator.write(file, (mutator.root / file).read_bytes())


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    root = tmp_path_factory.mktemp("original") / "export"
    generate(root, seed=11, projects=2, days=30, messages_per_day=MESSAGES_PER_DAY, dirt=0.15)
    return root


def test_after_kills_a_build_gives_what_a_full_refresh_gives(original, tmp_path):
    export, warehouse = tmp_path / "export", tmp_path / "plain" / "warehouse.duckdb"
    mutator = ExportMutator(original, export, SEED)
    killer = Killer(ForkedDbt(tmp_path), SEED)
    fresh = tmp_path / "fresh" / "warehouse.duckdb"
    killer.build(export, fresh, full_refresh=True)
    played = []
    number = 0
    while number < KILLS:
        options = {"vars": killer.random.choice([{}, BATCHES])} if number else {}
        for _ in range(killer.random.randint(2, 6)):
            number += 1
            killer.kill_one(export, warehouse, full_refresh=killer.random.random() < 0.1, **options)
            if killer.random.random() < 0.3:
                played.append(mutator.step())
        killer.build(export, warehouse, **options)
        duration = killer.duration
        killer.build(export, fresh, full_refresh=True)
        killer.duration = duration
        assert differences(warehouse, fresh) == [], f"seed {SEED}, kill {number}: {played}, {killer.moments}"
        if killer.random.random() < 0.4:
            redeliver(mutator)
            played.append("redeliver")
        played.append(mutator.step())
    print("Killed", dict(sorted(killer.moments.items())))


BATCH = r"base_flarelane__crm_rows: committed batch .*between date '([\d-]+)' and date '([\d-]+)'"
LOADED = """
    select path, cast(partition_date as varchar) as partition_date, loaded_at
    from export_files
    where state = 'loaded' and source_table = 'crm_events'
"""


@pytest.mark.parametrize("again", [False, True], ids=["first load", "everything delivered again"])
def test_an_interrupted_load_is_taken_up_where_it_was_interrupted(original, tmp_path, again):
    export, warehouse = tmp_path / "export", tmp_path / "plain" / "warehouse.duckdb"
    mutator = ExportMutator(original, export, SEED)
    dbt = ForkedDbt(tmp_path)
    if again:
        dbt.build(export, warehouse)
        redeliver(mutator)
    process = dbt.start(export, warehouse, vars=BATCHES)
    while process.is_alive() and "base_flarelane__crm_rows: committed batch 3 of " not in dbt.output():
        time.sleep(0.005)
    process.kill()
    process.join()
    assert process.exitcode == -9
    loaded = rows(warehouse, LOADED)
    committed = max(partition_date for _, partition_date, _ in loaded)
    assert committed >= re.findall(BATCH, dbt.output())[-1][1]

    dbt.build(export, warehouse, vars=BATCHES)
    batches = re.findall(BATCH, dbt.output())
    assert batches
    assert all(begin > committed for begin, _ in batches), "what was committed is not read again"
    assert set(loaded) <= set(rows(warehouse, LOADED))
    fresh = tmp_path / "fresh" / "warehouse.duckdb"
    dbt.build(export, fresh, full_refresh=True)
    assert differences(warehouse, fresh) == []


def rows(warehouse, query):
    """Return the rows of a query on a warehouse (list of tuple)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_commits_leave_nothing_in_a_log(original, tmp_path):
    dbt = ForkedDbt(tmp_path)
    setting = "select current_setting($$checkpoint_threshold$$)"
    query = "{% if execute %}{% do print(run_query('" + setting + "').rows[0][0]) %}{% endif %} select 1"
    dbt.build(original, tmp_path / "warehouse.duckdb", command="show", arguments=["--inline", query])
    assert "\n0 bytes\n" in dbt.output()


# Where DuckDB's file has its blocks, and what lies in front of each.
HEADERS, BLOCK, CHECKSUM = 3 * 4096, 262144, 8


def damage(warehouse, block):
    """Leave a block (int) as a killed process may: its checksum is not that of its content."""
    with warehouse.open("rb+") as file:
        file.seek(HEADERS + block * BLOCK)
        checksum = file.read(CHECKSUM)
        file.seek(HEADERS + block * BLOCK)
        file.write(bytes(255 - byte for byte in checksum))


METADATA_BLOCKS = "select distinct block_id from pragma_metadata_info() order by all"
DATA_BLOCKS = "select distinct block_id from pragma_storage_info('int_messages') where block_id >= 0 order by all"


@pytest.fixture(scope="module")
def sound(original, tmp_path_factory):
    """The warehouse (path) of a first build, to copy."""
    folder = tmp_path_factory.mktemp("sound")
    ForkedDbt(folder).build(original, folder / "warehouse.duckdb")
    return folder / "warehouse.duckdb"


@pytest.mark.parametrize("blocks", [METADATA_BLOCKS, DATA_BLOCKS], ids=["seen when opened", "seen in a model"])
def test_a_damaged_warehouse_is_set_aside_and_built_anew(original, sound, tmp_path, blocks):
    warehouse = tmp_path / "plain" / "warehouse.duckdb"
    dbt = ForkedDbt(tmp_path)
    warehouse.parent.mkdir()
    shutil.copyfile(sound, warehouse)
    for (block,) in rows(warehouse, blocks):
        damage(warehouse, block)
    if blocks == DATA_BLOCKS:
        process = dbt.start(original, warehouse, full_refresh=True, arguments=["--select", "campaign_funnel"])
        process.join()
        said = " ".join(dbt.output().split())
        assert process.exitcode == 1 and "The warehouse is damaged (" in said, said
        assert "Build again: the next build sets the file aside" in said
    dbt.build(original, warehouse)
    assert f"was set aside as {warehouse}.damaged, which you may delete" in " ".join(dbt.output().split())
    assert differences(warehouse, sound) == []
    assert Path(f"{warehouse}.damaged").stat().st_size == sound.stat().st_size
    # And it is not said again.
    dbt.build(original, warehouse)
    assert "damaged" not in dbt.output()


def test_after_a_kill_the_metadata_is_read_that_opening_the_file_does_not(tmp_path, monkeypatch):
    # A warehouse of some 100 MB has such blocks; here the reading of a table's stands for them.
    import flarelane_connection

    warehouse, killed = tmp_path / "warehouse.duckdb", tmp_path / "killed"
    killed.mkdir()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table orders as select 1 as order_id")

    def tables(left, **config):
        with flarelane_connection.open_warehouse(str(warehouse), config, left) as opened:
            return opened.execute("select table_name from duckdb_tables()").fetchall()

    assert tables([killed]) == [("orders",)]

    def damaged(_):
        raise duckdb.IOException("Corrupt database file: computed checksum 1 does not match stored checksum 2")

    monkeypatch.setattr(flarelane_connection, "read_metadata", damaged)
    assert tables([]) == [("orders",)]
    assert tables([killed], access_mode="read_only") == [("orders",)], "who reads changes nothing"
    assert tables([killed]) == []
    assert Path(f"{warehouse}.damaged").exists()
