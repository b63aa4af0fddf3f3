"""Whatever lies in an export: each good event counts once, each bad file is named, and nothing stops the build.

Files are written by pyarrow, as other writers leave them: their names, their links, their types, their bytes.
"""

import os
import re
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import file_check
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY, build, write_goals, write_rows
from forked_dbt import ForkedDbt
from privileges import obey_permissions

DAY = "2026-03-01"
LEDGER = "select state, path, state_reason, seen_at, loaded_at from export_files order by path"
# Each is the name of a file with one event.
ODD_NAMES = [
    "a[1]", "a1", "[a1]", "a]", "st*r", "star", "q?", "qu", "[!a]1", "[^a]1", "**", "per%20cent", "percent%", "quo'te",
    'dou"ble', "new\nline", "back\\slash", "{a,b}", "~", "-dash", "#hash", "a;b", "a,b", "ünï", "신규", "emoji😀",
    "sp ace", "part-00000-2f8a.c000.snappy", "$dollar", "a=b", "$(touch x)", "\u202eright",
]  # fmt: skip
PROJECTS = ["p[1]", "p1", "p*", "p?", "p'", "p%5B1%5D%20x", "p\\"]


class Numbers:
    """Gives each event an id of its own."""

    last = 0

    @classmethod
    def next(cls):
        cls.last += 1
        return f"01J{cls.last:023}"


def event(**values):
    """Return a valid in-app event (dict of lists, for pyarrow)."""
    row = {
        "id": Numbers.next(), "type": "iam.closed", "channel": "iam", "time": f"{DAY}T09:00:00Z", "campaign_id": "c",
        "userid": "u", "iam_group": "g",
    } | values  # fmt: skip
    return {name: value if isinstance(value, pa.Array) else [value] for name, value in row.items()}


def bytes_as_text(content):
    """Return an array of one text whose bytes are no UTF-8."""
    offsets = b"".join(number.to_bytes(4, "little") for number in (0, len(content)))
    return pa.StringArray.from_buffers(1, pa.py_buffer(offsets), pa.py_buffer(content))


class Export:
    """An export that is written file by file. root: Path. events: ids of the events that must count, each once.

    bad: {path: what its reason must say}, of files that must be named as unreadable. ignored: the same, of those that
    hold no data.
    """

    def __init__(self, root):
        self.root, self.events, self.bad, self.ignored = Path(root), [], {}, {}

    def folder(self, project="shop", date=DAY, table="crm_events"):
        """Make a partition's folder; return its Path."""
        folder = self.root / table / f"projectid={project}" / f"date={date}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write(self, name, columns, folder=None, **options):
        """Write columns (dict) into a file of the name in a partition; return its Path. options: pyarrow's."""
        path = (folder or self.folder()) / f"{name}.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return path

    def good(self, name, columns=None, folder=None, **options):
        """Write a file whose events must count."""
        columns = columns or event()
        self.events += columns["id"]
        return self.write(name, columns, folder, **options)

    def named(self, name, said, columns=None, folder=None, **options):
        """Write a file that must be named, with a reason that says (a pattern) what is wrong."""
        path = self.write(name, columns or event(), folder, **options)
        self.bad[str(path)] = said
        return path


def write_names(export):
    for name in ODD_NAMES:
        export.good(name)
    for project in PROJECTS:
        export.good("a[1]" if project == "p[1]" else "part", folder=export.folder(project))
    path = export.folder("projects") / os.fsdecode(b"caf\xe9.parquet")
    export.write("plain", event(), path.parent).rename(path)
    export.bad[str(path.parent / "caf\\xe9.parquet")] = "not UTF-8"
    decoded = export.write("part", event(), export.folder("caf%E9"))
    export.bad[str(decoded)] = "projectid=caf%E9 is not UTF-8"
    # No file lies below it.
    (export.root / "crm_events" / os.fsdecode(b"projectid=\xff") / f"date={DAY}").mkdir(parents=True)
    (export.root / "crm_events" / os.fsdecode(b"\xff")).mkdir()
    export.ignored[str(export.root / "crm_events" / "\\xff")] = "not UTF-8"
    for name in ("_common_metadata", "_metadata", ".part-00000", "_temporary", "._part"):
        export.ignored[str(export.write(name, event()))] = "begins with _ or ."
    (export.folder() / "_SUCCESS").touch()
    (export.folder() / ".part-00000.c000.snappy.parquet.crc").write_bytes(b"crc")
    export.ignored[str(export.write("part", event(), export.folder(date="2026-02-30")))] = (
        "date=2026-02-30 is no date of the calendar"
    )
    misplaced = [export.folder(date="2026-3-1")]
    misplaced += [export.folder(table=f"crm_events/{table}") for table in ("crm_events", "old/customer_events")]
    for folder in misplaced:
        export.ignored[str(export.write("part", event(), folder))] = "^not <table>/projectid"


def write_links(export):
    folder = export.folder("links")
    (folder / "loop.parquet").symlink_to("loop.parquet")
    export.bad[str(folder / "loop.parquet")] = "loop.parquet cannot be opened: Too many levels of symbolic links"
    (folder / "nowhere.parquet").symlink_to("none.parquet")
    export.bad[str(folder / "nowhere.parquet")] = "nowhere.parquet cannot be opened: No such file"
    (folder / "loop").symlink_to("loop")
    export.ignored[str(folder / "loop")] = "Too many levels of symbolic links"
    for one, other in (("one", "other"), ("other", "one")):
        (folder / one).mkdir()
        (folder / one / "there").symlink_to(f"../{other}")
        export.ignored[str(folder / one / "there/there")] = "leads back to a folder above it"
    (folder / "root").symlink_to(export.root)
    export.good("beside links", folder=folder)


def write_types(export):
    nothing = {name: pa.nulls(1) for name in ("body", "iam_dont_show_minutes", "is_advertisement", "sender")}
    export.good("null-typed", event(**nothing))
    of_pandas = {"is_advertisement": pa.nulls(1, pa.float64()), "iam_dont_show_minutes": pa.nulls(1, pa.string())}
    export.good("nulls alone", event(**of_pandas))
    export.good("dictionary", event(campaign_name=pa.array(["x"]).dictionary_encode()))
    export.good("large string", event(campaign_name=pa.array(["x"], pa.large_string())))
    export.good("binary", event(campaign_name=pa.array([b"x"], pa.binary())))
    export.good("minutes", event(iam_dont_show_minutes=5.0))
    export.good("unsigned", event(iam_dont_show_minutes=pa.array([5], pa.uint64())))
    for compression in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
        export.good(compression, compression=compression, data_page_version="2.0")
    # Columns of which a documented one differs only in case.
    export.good("case behind", event(body="x") | {"Campaign_ID": ["other"], "Body": pa.array([{"a": 1}])})
    export.named("case before", "CAMPAIGN_ID stands before campaign_id", {"CAMPAIGN_ID": ["other"]} | event())
    minutes = "column iam_dont_show_minutes: .*"
    export.named("nan", minutes + "nan", event(iam_dont_show_minutes=float("nan")))
    export.named("1e300", minutes + "1e.300", event(iam_dont_show_minutes=1e300))
    export.named(
        "uint64", minutes + "18446744073709551615", event(iam_dont_show_minutes=pa.array([2**64 - 1], pa.uint64()))
    )
    # A text can name a person.
    export.named("latin", r"column body: .*not shown\)$", event(body=bytes_as_text(b"0100123\xe9")))
    export.named("latin-binary", r"column body: .*not shown\)$", event(body=pa.array([b"0100123\xe9"], pa.binary())))
    export.named("latin-person", r"column recipient: .*not shown\)$", event(recipient=bytes_as_text(b"0100123\xe9")))
    # Whose texts are others than those of the same ids and times elsewhere.
    export.named("id as double", "userid is DOUBLE, not varchar", event(userid=4711.0))
    export.named("id as decimal", "userid is DECIMAL.*, not varchar", event(userid=Decimal("47.11")))
    hours = pa.array([300 * 3600 * 10**6], pa.time64("us"))
    export.named("time of day", "body is TIME, not varchar", event(body=hours))
    export.named("half a minute", minutes + "not whole", event(iam_dont_show_minutes=0.5))
    export.good("id as number", event(userid=4711, deviceid=Decimal("4711")))
    export.named("struct", "body is NESTED, not varchar", event(body=pa.array([{"a": 1}])))
    export.named("text flag", "is_advertisement is VARCHAR", event(is_advertisement="yes"))
    cut = export.write("cut", event())
    cut.write_bytes(cut.read_bytes()[:-9])
    export.bad[str(cut)] = "cut.parquet"
    many = export.good("many", {name: values * 3 for name, values in event().items()} | {
        "id": [Numbers.next() for _ in range(3)]
    })  # fmt: skip
    broken = bytearray(many.read_bytes())
    broken[4:60] = bytes(56)
    (many.parent / "broken inside.parquet").write_bytes(broken)
    export.bad[str(many.parent / "broken inside.parquet")] = "."


def write_killers(export):
    """Files that a reader dies of: of the memory, or as dying_worker.py has it."""
    huge = pa.array(["x" * 400_000_000] * 2)
    row = {name: values * 2 for name, values in event().items()}
    options = {"compression": "brotli", "compression_level": 1, "use_dictionary": False, "write_statistics": False}
    bomb = export.named("bomb", "takes more than 0.4 GB", row | {"body": huge}, **options)
    assert bomb.stat().st_size < 500_000
    # In a column that no model reads: the events count.
    entries = pa.MapArray.from_arrays(pa.array([0, 1], pa.int32()), huge[:1], pa.array([1]))
    bomb = export.good("map", event(extra=entries), **options)
    assert bomb.stat().st_size < 500_000
    for name, said in {
        "segfault 1": "crashes the reader",
        "segfault 2": "crashes the reader",
        "endless": "takes longer",
        "internal": "INTERNAL Error: made by the test",
    }.items():
        export.named(name, said)


@dataclass
class Hostile:
    """The export and its build, with the test of unreadable files."""

    export: Export
    run: object


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    export = Export(folder / "ex[port]")
    for write in (write_names, write_links, write_types, write_killers):
        write(export)
    write_rows(export.root, "customer_events", "shop", DAY, [{"id": Numbers.next(), "time": f"{DAY}T09:00:00Z"}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_check, "WORKER", Path(__file__).with_name("dying_worker.py"))
        run = build(
            f"{folder}//{export.root.name}/", folder / "build", tests=True, check=False,
            select="+export_reconciliation +stg_flarelane__rejected_crm_events +stg_flarelane__crm_events "
            "+stg_flarelane__customer_events export_unreadable_files assert_every_file_can_be_read",
            env={"FLARELANE_MEMORY_LIMIT": "1GB", "DBT_INDIRECT_SELECTION": "empty"},
        )  # fmt: skip
    return Hostile(export, run)


def differing(expected, found):
    """Return what is missing and what is too much, as Counters."""
    expected, found = Counter(list(expected)), Counter(list(found))
    return expected - found, found - expected


def test_each_good_event_counts_once(hostile):
    found = [row["event_id"] for row in hostile.run.rows("select event_id from stg_flarelane__crm_events")]
    assert differing(hostile.export.events, found) == (Counter(), Counter())
    [row] = hostile.run.rows(
        "select sum(source_rows)::int as rows, sum(event_rows)::int as events from export_reconciliation"
    )
    rejected = hostile.run.rows("select rejection_reason, source_file from stg_flarelane__rejected_crm_events")
    assert (row, rejected) == ({"rows": len(found), "events": len(found)}, [])


def test_each_bad_file_is_named_with_its_reason(hostile):
    rows = hostile.run.rows("select path, state_reason from export_files where state = 'unreadable'")
    found = {row["path"]: row["state_reason"] for row in rows}
    assert differing(hostile.export.bad, found) == (Counter(), Counter())
    wrong = {path: found[path] for path, said in hostile.export.bad.items() if not re.search(said, found[path], re.S)}
    assert wrong == {}
    assert f"FAIL {len(found)} assert_every_file_can_be_read" in hostile.run.output


def test_a_column_that_differs_from_a_documented_one_in_case_is_named_and_not_read(hostile):
    [row] = hostile.run.rows("select unknown_columns from export_files where path like '%/case behind.parquet'")
    assert row["unknown_columns"] == ["Body", "Campaign_ID"]
    assert hostile.run.rows("select distinct campaign_id from stg_flarelane__crm_events") == [{"campaign_id": "c"}]


def test_what_holds_no_data_is_ignored_for_its_own_reason(hostile):
    rows = hostile.run.rows("select path, state_reason from export_files where state = 'ignored'")
    found = {row["path"]: row["state_reason"] for row in rows}
    wrong = {
        path: found.get(path)
        for path, said in hostile.export.ignored.items()
        if not re.search(said, found.get(path, ""))
    }
    assert wrong == {}
    assert (
        hostile.run.rows("select path from export_files where state not in ('loaded', 'unreadable', 'ignored')") == []
    )


def test_nothing_stops_and_a_person_is_shown_nowhere(hostile):
    # The one error is the failing test.
    assert hostile.run.returncode == 1 and "ERROR=1 SKIP=0" in hostile.run.output, hostile.run.output[-3000:]
    assert "0100123" not in hostile.run.output
    named = re.search(r"No Parquet file in the partition folder (\S+):", hostile.run.output)
    assert named and named[1].endswith(f"projectid=\\xff/date={DAY}")


def test_a_partition_of_the_year_zero_stops_nothing(tmp_path):
    for date in (DAY, "0000-01-01"):
        row = {"id": Numbers.next(), "type": "sms.created", "channel": "sms", "campaign_id": "c", "userid": "u"}
        write_rows(tmp_path / "export", "crm_events", "shop", date, [row | {"time": f"{date}T09:00:00Z"}])
    run = build(tmp_path / "export", tmp_path / "build")
    rows = run.rows("select event_date::varchar as date, event_rows from export_reconciliation order by event_date")
    assert [tuple(row.values()) for row in rows] == [("0001-01-01 (BC)", 1), (DAY, 1)]


def test_an_event_of_the_year_zero_is_credited(tmp_path):
    day, goals = "0000-06-01", tmp_path / "goals.csv"
    write_goals(goals, [{"goal": "buy", "event_type": "buy", "window_hours": "24", "basis": "sent"}])
    sent = {"id": Numbers.next(), "type": "sms.sent", "channel": "sms", "campaign_id": "c", "userid": "u"}
    bought = {"id": Numbers.next(), "type": "buy", "userid": "u", "time": f"{day}T10:00:00Z"}
    write_rows(tmp_path / "export", "crm_events", "shop", day, [sent | {"time": f"{day}T09:00:00Z"}])
    write_rows(tmp_path / "export", "customer_events", "shop", day, [bought])
    run = build(tmp_path / "export", tmp_path / "build", goals=goals)
    assert run.rows("select event_id from fct_conversions") == [{"event_id": bought["id"]}]


# ------------------------------------------------------------------------------------------- permissions


def ask(warehouse, query):
    """Return the rows of a query on a warehouse (list of tuple)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_permission_that_is_taken_and_given_is_followed_by_every_build(tmp_path):
    """Size and time stay as they are."""
    export, dbt, warehouse = Export(tmp_path / "export"), ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    closed, other = export.good("closed"), export.good("other")
    options = {"before": obey_permissions, "arguments": ["--select", "+stg_flarelane__crm_events"]}

    def counted():
        dbt.build(export.root, warehouse, **options)
        fresh = tmp_path / f"fresh{len(list(tmp_path.glob('fresh*')))}" / "warehouse.duckdb"
        dbt.build(export.root, fresh, full_refresh=True, **options)
        events = "select event_id from stg_flarelane__crm_events order by all"
        states = "select path, state, state_reason from export_files where state <> 'gone' order by all"
        for query in (events, states):
            assert ask(warehouse, query) == ask(fresh, query)
        state = f"select state, state_reason from export_files where path = '{closed}'"
        return len(ask(warehouse, events)), ask(warehouse, state)

    closed.chmod(0)
    assert counted() == (1, [("unreadable", f"{closed} cannot be opened: Permission denied")])
    closed.chmod(0o644)
    assert counted() == (2, [("loaded", None)])
    closed.chmod(0)
    assert counted()[0] == 1
    # Its partition changes while it cannot be read.
    other.unlink()
    assert counted()[0] == 0
    closed.chmod(0o644)
    assert counted() == (1, [("loaded", None)])


def test_an_older_ledger_is_taken_over_and_what_it_put_aside_is_judged_again(tmp_path):
    export, dbt, warehouse = Export(tmp_path / "export"), ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    path = export.good("null-typed", event(iam_dont_show_minutes=pa.nulls(1)))
    dbt.build(export.root, warehouse, arguments=["--select", "+stg_flarelane__crm_events"])
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update export_files set state = 'unreadable', state_reason = 'NULL, not bigint'")
        connection.execute("alter table export_files drop column checked_with")
        connection.execute("delete from partition_builds where model like 'base%'")
        connection.execute("delete from base_flarelane__crm_rows")
    dbt.build(export.root, warehouse, arguments=["--select", "+stg_flarelane__crm_events"])
    assert ask(warehouse, f"select state from export_files where path = '{path}'") == [("loaded",)]


# ------------------------------------------------------------------------------------------- the check by itself


@pytest.fixture
def check(tmp_path):
    check = file_check.FileCheck(None, 1_000_000_000, 1, tmp_path)
    yield check
    check.close()


COLUMNS = {"columns": {"id": "varchar", "body": "varchar"}}


def test_a_build_needs_one_process_and_it_goes_with_the_check(check, tmp_path):
    export = Export(tmp_path / "export")
    files = [(str(export.good(f"{number}")), 1000) for number in range(20)]
    assert {verdict["data_error"] for verdict in check.judge(files, COLUMNS)} == {None}
    process = check.process
    assert {verdict["footer_error"] for verdict in check.judge(files[:1], COLUMNS)} == {None}
    assert check.process is process
    check.close()
    assert process.poll() is not None


def test_a_worker_that_cannot_start_blames_no_file(check, tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("raise ImportError('no such module')")
    monkeypatch.setattr(file_check, "WORKER", tmp_path / "broken.py")
    with pytest.raises(RuntimeError, match="ended with 1.*no such module"):
        check.judge([("any.parquet", 1)], COLUMNS)


TALKATIVE = """
import file_check_worker

class Worker(file_check_worker.Worker):
    def judge(self, files, **columns):
        return [{"columns": {"c": "x" * 300_000}, "footer_error": None, "data_error": None, "is_passing": False}]

file_check_worker.Worker = Worker
file_check_worker.main()
"""


def test_an_answer_that_signals_interrupt_comes_whole(check, tmp_path, monkeypatch):
    """More than a pipe holds, from a process that is stopped and goes on while it writes."""
    (tmp_path / "talkative.py").write_text(TALKATIVE)
    monkeypatch.setattr(file_check, "WORKER", tmp_path / "talkative.py")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "plugins"))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    check.start()
    is_over = threading.Event()

    def interrupt():
        while not is_over.wait(0.0005):
            check.process.send_signal(signal.SIGSTOP)
            check.process.send_signal(signal.SIGCONT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        lengths = {len(check.judge([("any.parquet", 1)], COLUMNS)[0]["columns"]["c"]) for _ in range(20)}
    finally:
        is_over.set()
        interrupter.join()
    assert lengths == {300_000}


def test_a_worker_that_hangs_or_is_killed_leaves_its_file_for_the_next_build(check, tmp_path, monkeypatch):
    (tmp_path / "hangs.py").write_text("import time; time.sleep(60)")
    (tmp_path / "killed.py").write_text("import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)")
    (tmp_path / "cut.py").write_text("import os, sys; sys.stdin.readline(); os.write(1, b'{'); os.kill(os.getpid(), 9)")
    monkeypatch.setattr(file_check, "PATIENCE", 0.5)
    for name, said in (("hangs", "did not end within 0.5 seconds"), ("killed", "killed"), ("cut", "killed")):
        monkeypatch.setattr(file_check, "WORKER", tmp_path / f"{name}.py")
        [verdict] = check.judge([("any.parquet", 1)], COLUMNS)
        assert said in verdict["footer_error"] and verdict["is_passing"]
        monkeypatch.setattr(file_check, "PATIENCE", 60)
