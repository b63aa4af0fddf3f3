"""Drives the SQL that makes a sample export; see the files in sql/ for what it makes."""

import contextlib
import json
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Template

import duckdb

GENERATOR_VERSION = 3
MARKER = ".sample_export.json"
SQL = Path(__file__).parent / "sql"

COLUMNS = {
    name: "varchar"
    for name in [
        "id",
        "type",
        "channel",
        "time",
        "deviceid",
        "userid",
        "campaign_id",
        "campaign_name",
        "trigger_type",
        "journey_id",
        "journey_name",
        "journey_step_id",
        "journey_enrollment_id",
        "recurring_message_id",
        "sender",
        "recipient",
        "subject",
        "body",
        "template_id",
        "template_name",
        "provider",
        "provider_message_id",
        "provider_error",
        "error",
        "platform",
        "message_type",
        "is_advertisement",
        "kakaoalimtalk_template_code",
        "kakao_sender_key",
        "iam_group",
        "iam_clickable_id",
        "iam_dont_show_minutes",
    ]
} | {"is_advertisement": "boolean", "iam_dont_show_minutes": "integer"}

# In a split partition, the first file holds push and in-app events and the second the rest: each lacks these columns.
NOT_IN_DEVICE_FILE = {
    "recipient", "sender", "message_type", "is_advertisement", "kakaoalimtalk_template_code", "kakao_sender_key",
}  # fmt: skip
NOT_IN_ADDRESS_FILE = {
    "deviceid", "provider", "provider_message_id", "provider_error", "platform",
    "iam_group", "iam_clickable_id", "iam_dont_show_minutes",
}  # fmt: skip

# Values of events.file_no and events.tag (extra.tag too): which file a row goes to, and what the generator did to it.
ADDRESS_FILE, EXTRA_FILE, LATE_FILE = 1, 2, 3
EVENT, DUPLICATE, VIOLATION, ODDITY, REJECTED = range(5)

MESSAGES_PER_CHUNK = 250_000
EVENTS_PER_MESSAGE = 2.45


class SampleExportError(Exception):
    """The parameters make no sense, or the folder must not be replaced."""


@dataclass
class Record:
    """What was made and what was broken, from tags on the rows made (nothing is validated to fill it).

    parameters: dict of the arguments that decide the content.
    partitions: list of dicts project_id, date, source_rows, event_rows, duplicate_rows, rejected_rows (CRM events).
    rejected: {rejection reason: rows}. violations: list of dicts channel, rule, column_name, violations.
    events_by_type: {type: accepted events}. oddities: {kind: accepted events in an unusual, valid form}.
    unknown_columns: list of dicts table_name, column_name, files. files: {table: Parquet files}.
    customer_events: dict rows, duplicates, rejected, unparsable (of the accepted).
    rejected_customer_events: {rejection reason: rows}.
    messages: accepted created events, that is, send requests that the export shows.
    """

    parameters: dict
    partitions: list = field(default_factory=list)
    rejected: dict = field(default_factory=Counter)
    violations: list = field(default_factory=list)
    events_by_type: dict = field(default_factory=Counter)
    oddities: dict = field(default_factory=Counter)
    unknown_columns: list = field(default_factory=list)
    files: dict = field(default_factory=Counter)
    customer_events: dict = field(default_factory=Counter)
    rejected_customer_events: dict = field(default_factory=Counter)
    messages: int = 0

    def to_json(self):
        """Return the record as a JSON text (str)."""
        return json.dumps(vars(self), ensure_ascii=False, indent=2)

    def total(self, name):
        """Return the sum over partitions of one of their counts, such as 'source_rows' (int)."""
        return sum(partition[name] for partition in self.partitions)

    def summary(self):
        """Return a line or two for people (str)."""
        rows, accepted, repeated, rejected = (
            self.total(f"{name}_rows") for name in ("source", "event", "duplicate", "rejected")
        )
        return (
            f"{rows:,} CRM rows in {self.files['crm_events']} files: {accepted:,} events, {repeated:,} duplicates, "
            f"{rejected:,} rejected; {self.customer_events['rows']:,} customer rows in "
            f"{self.files['customer_events']} files"
        )


def messages_per_day_for(events, projects, days):
    """Return the messages a day and project (int) that make about `events` CRM events in all."""
    return max(1, round(events / (projects * days * EVENTS_PER_MESSAGE)))


def project_name(number):
    """Return the id (str) of the number-th project, from 0."""
    if number < 2:
        return ("hanbit-mart", "northwind-travel")[number]
    first = ("maru", "cedar", "dalbit", "harbor", "sorimoon", "juniper", "onnuri")
    second = ("books", "foods", "studio", "fitness", "tickets")
    number -= 2
    name = f"{first[number % 7]}-{second[number // 7 % 5]}"
    return name if number < 35 else f"{name}-{number // 35 + 1}"


def generate(
    root,
    *,
    seed=1,
    projects=2,
    start_date="2026-09-01",
    days=45,
    messages_per_day=1000,
    customer_events_per_day=None,
    dirt=0.01,
    violations=True,
    late_files=True,
    threads=None,
    memory_limit=None,
    if_missing=False,
):
    """Write a sample export, the same for the same parameters, and return its Record.

    root: folder to write (str or path); replaced only if empty or made by this generator.
    seed, projects, days: int. start_date: first UTC day, 'YYYY-MM-DD'. messages_per_day: send requests a project.
    customer_events_per_day: events of people on their own, a project; None: an eighth of the messages. What people do
    after messages comes on top.
    dirt: share (0 to 0.5) of rows that are repeated, altered or broken; 0 makes a clean export.
    violations: whether the dirt breaks column rules too; without, what it alters stays valid.
    late_files: whether some partitions get a second file, days later. threads, memory_limit: DuckDB's settings.
    if_missing: return the stored record at once when root holds an export of the same parameters and version.
    Raises SampleExportError for bad parameters or a folder that is somebody else's.
    """
    parameters = {
        "seed": seed,
        "projects": projects,
        "start_date": str(start_date),
        "days": days,
        "messages_per_day": messages_per_day,
        "customer_events_per_day": customer_events_per_day,
        "dirt": dirt,
        "violations": violations,
        "late_files": late_files,
    }
    if min(projects, days, messages_per_day) < 1 or (customer_events_per_day or 0) < 0 or not 0 <= dirt <= 0.5:
        raise SampleExportError(
            "projects, days and messages_per_day start at 1, customer_events_per_day at 0; dirt lies between 0 and 0.5"
        )
    try:
        first_date = date.fromisoformat(str(start_date))
    except ValueError:
        raise SampleExportError(f"start_date is no date: {start_date}") from None

    root = Path(root).absolute()
    # DuckDB's hash() may change with its version, and every draw comes from it.
    marker = {"generator_version": GENERATOR_VERSION, "duckdb_version": duckdb.__version__, "parameters": parameters}
    stored = _read_marker(root)
    if if_missing and stored and {key: stored.get(key) for key in marker} == marker:
        made = stored["record"]
        for name in ("rejected", "events_by_type", "oddities", "files", "customer_events", "rejected_customer_events"):
            made[name] = Counter(made[name])
        return Record(**made)

    root.parent.mkdir(parents=True, exist_ok=True)
    work = root.parent / f".{root.name}.being-made"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        record = Record(parameters)
        with _connection(work, threads, memory_limit) as connection:
            connection.execute((SQL / "catalogue.sql").read_text(encoding="utf-8"))
            for number in range(projects):
                _Project(connection, work, number, parameters, first_date, record).write()
        record.violations.sort(key=lambda row: (row["channel"], row["rule"], row["column_name"]))
        text = json.dumps(marker | {"record": vars(record)}, ensure_ascii=False)
        (work / MARKER).write_text(text, encoding="utf-8")
        _replace(root, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return record


def _read_marker(root):
    """Return the marker (dict) of an export made before, None for a new or empty folder; refuse any other."""
    if not root.exists():
        return None
    if not root.is_dir():
        raise SampleExportError(f"{root} is no folder")
    if (root / MARKER).is_file():
        return json.loads((root / MARKER).read_text(encoding="utf-8"))
    if any(root.iterdir()):
        raise SampleExportError(
            f"{root} is not empty and was not made by this generator ({MARKER} is missing); it stays as it is"
        )
    return None


def _replace(root, work):
    """Put the folder `work` in the place of `root`. For a moment a reader finds neither export."""
    old = root.parent / f".{root.name}.replaced"
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        root.rename(old)
    work.rename(root)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _connection(work, threads, memory_limit):
    """Yield a DuckDB connection that spills beside the export."""
    spill = work / ".spill"
    connection = duckdb.connect(config={"temp_directory": str(spill)})
    try:
        if threads:
            connection.execute(f"set threads = {int(threads)}")
        if memory_limit:
            connection.execute(f"set memory_limit = '{memory_limit}'")
        # Joins run as they are written: the many rows probe, the small tables are built (and indexed directly).
        connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
        connection.execute("set preserve_insertion_order = false")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


class _Project:
    """One project's part of the export: its dimensions, events and files."""

    def __init__(self, connection, folder, number, parameters, first_date, record):
        self.connection, self.folder, self.number, self.record = connection, folder, number, record
        self.parameters, self.first_date, self.days = parameters, first_date, parameters["days"]
        self.name = project_name(number)

    def write(self):
        """Make the project's rows, write its files and add them to the record."""
        dirty = self.parameters["dirt"] > 0
        self.workers = self.connection.execute("select current_setting('threads')").fetchone()[0]
        self._set_parameters()
        self._run("project")
        self.connection.execute(
            "create or replace table events "
            "(t bigint, x ubigint, run ubigint, shape integer, person integer, file_no utinyint, tag utinyint)"
        )
        step = max(1, MESSAGES_PER_CHUNK // self.parameters["messages_per_day"])
        self._parallel(
            lambda cursor, day: cursor.execute(self._sql("events", from_day=day, to_day=day + step)),
            range(0, self.days, step),
        )
        self._run("rows")
        self._run("dirt")
        if dirty:
            # Copies: of a duplicate into the same file or another, of an event to be broken into another.
            self.connection.execute(
                "insert into events select t, x, run, shape, person, if(fate = 4 or x & 1 = 1, 2, file_no), fate from "
                "(select *, if(pick_of(x) < picks('duplicate'), 1, 4) as fate from events) "
                "where pick_of(x) >= picks('altered') and pick_of(x) < picks('rejected')"
            )
        changed = ",\n    ".join(
            f"if(coalesce(map_contains(changes, '{name}'), false), "
            f"fill_in(changes['{name}'], id, t, userid)::{kind}, {name}) as {name}"
            for name, kind in COLUMNS.items()
        )
        self._run("extra", columns=changed)
        self._run("customers")
        self._write_files()
        self._add_to_record()

    def _set_parameters(self):
        dirt = int(self.parameters["dirt"] * 1048576)
        violations = dirt * 15 // 100 if self.parameters["violations"] else 0
        volume = self.parameters["messages_per_day"]
        own_events = self.parameters["customer_events_per_day"]
        values = {
            "seed": self.parameters["seed"],
            "project_no": self.number,
            "language": "'ko'" if self.number % 2 == 0 else "'en'",
            "first_day": f"{(self.first_date - date(1970, 1, 1)).days}::bigint",
            "day_count": self.days,
            "messages_per_day": volume,
            "customer_events_per_day": max(2, volume // 8) if own_events is None else own_events,
            "person_count": max(200, 3 * volume),
            "late_files": self.parameters["late_files"],
        }
        for name, value in values.items():
            self.connection.execute(f"create or replace macro {name}() as {value}")
        # An event's fate hangs on 20 bits of its hash: violation, oddity, duplicate, broken copy, or (mostly) none.
        self.connection.execute("create or replace macro pick_of(x) as (x >> 24) & 1048575")
        self.connection.execute(
            "create or replace macro picks(kind) as case kind "
            f"when 'violation' then {violations}::ubigint when 'altered' then {dirt * 30 // 100}::ubigint "
            f"when 'duplicate' then {dirt * 60 // 100}::ubigint when 'rejected' then {dirt}::ubigint end"
        )

    def _sql(self, name, **values):
        return Template((SQL / f"{name}.sql").read_text(encoding="utf-8")).substitute(values)

    def _run(self, name, **values):
        self.connection.execute(self._sql(name, **values))

    def _parallel(self, work, items):
        """Call work(cursor, item) for each item, as many at once as DuckDB has threads; return the results as a list.

        Each then runs on one thread: whole statements side by side waste less than threads that share each one.
        """

        def call(item):
            with self.connection.cursor() as cursor:
                return work(cursor, item)

        self.connection.execute("set threads = 1")
        try:
            with ThreadPoolExecutor(self.workers) as pool:
                return list(pool.map(call, items))
        finally:
            self.connection.execute(f"set threads = {self.workers}")

    def _rows(self, query):
        return self.connection.execute(query).fetchall()

    def _write_files(self):
        """Write the project's files; each is one job of the pool."""
        main = self._rows(
            "select d.day_no, e.file_no, d.is_split, draw('order', d.day_no) % 5 = 0 from "
            "(select distinct (t // 86400000)::integer as day, file_no from events where file_no < 2) as e "
            "inner join days as d on e.day = d.day order by 1, 2"
        )
        jobs = []
        for day_no, file_no, is_split, reordered in main:
            missing = (NOT_IN_ADDRESS_FILE if file_no == ADDRESS_FILE else NOT_IN_DEVICE_FILE) if is_split else ()
            columns = [name for name in COLUMNS if name not in missing]
            jobs.append(("crm_events", day_no, file_no, columns[::-1] if reordered else columns))

        filled = ", ".join(f"count({name}) > 0" for name in COLUMNS)
        query = f"select day_no, file_no, {filled} from extra group by all order by 1, 2"
        for day_no, file_no, *has in self._rows(query):
            columns = [name for name, is_filled in zip(COLUMNS, has, strict=True) if is_filled or day_no % 3 == 0]
            if self.parameters["dirt"] > 0 and day_no % 4 == 1:
                columns.append("experiment_bucket")
            jobs.append(("crm_events", day_no, file_no, columns))

        jobs += [("customer_events", day_no, 0, None) for day_no in range(self.days)]
        # One by one, so that no two workers make the same folder, and the bookkeeping needs no lock.
        for table, day_no, _, columns in jobs:
            self._partition(table, day_no).mkdir(parents=True, exist_ok=True)
            self.record.files[table] += 1
            if columns and "experiment_bucket" in columns:
                self._count_unknown_column(table, "experiment_bucket")
        written = self._parallel(self._write_file, jobs)
        self.written = sum(rows for (table, *_), rows in zip(jobs, written, strict=True) if table == "crm_events")
        for day_no in range(0, self.days, 2):
            for table in ("crm_events", "customer_events"):
                if self._partition(table, day_no).is_dir():
                    (self._partition(table, day_no) / "_SUCCESS").touch()

    def _write_file(self, cursor, job):
        table, day_no, file_no, columns = job
        first_ms = ((self.first_date - date(1970, 1, 1)).days + day_no) * 86_400_000
        if table == "customer_events":
            source = f"select * exclude (day, tag) from customer_rows where day = {first_ms // 86_400_000}"
        elif file_no >= EXTRA_FILE:
            source = f"select {', '.join(columns)} from extra where day_no = {day_no} and file_no = {file_no}"
        else:
            source = (
                f"select {', '.join(columns)} from event_rows "
                f"where t >= {first_ms} and t < {first_ms + 86_400_000} and file_no = {file_no}"
            )
        name = f"late-{self.number:02}{day_no:03}.parquet" if file_no == LATE_FILE else f"part-{file_no:05}.parquet"
        path = self._partition(table, day_no) / name
        target = str(path).replace("'", "''")
        options = "format parquet, compression zstd, compression_level 1"
        rows = cursor.execute(f"copy ({source}) to '{target}' ({options})").fetchone()[0]
        days_later = 3 + day_no % 11 if file_no == LATE_FILE else 1
        midnight = datetime.combine(self.first_date + timedelta(day_no + days_later), datetime.min.time(), UTC)
        modified = int(midnight.timestamp()) + 1200 + 7 * day_no + 60 * file_no
        os.utime(path, (modified, modified))
        return rows

    def _partition(self, table, day_no):
        return self.folder / table / f"projectid={self.name}" / f"date={self.first_date + timedelta(day_no)}"

    def _count_unknown_column(self, table, column):
        for row in self.record.unknown_columns:
            if (row["table_name"], row["column_name"]) == (table, column):
                row["files"] += 1
                return
        self.record.unknown_columns.append({"table_name": table, "column_name": column, "files": 1})

    def _add_to_record(self):
        record = self.record
        by_day = {day_no: Counter() for day_no in range(self.days)}
        name_of = {DUPLICATE: "duplicate_rows", REJECTED: "rejected_rows"}
        for day_no, tag, event_type, rows in self._rows(
            "select d.day_no, e.tag, s.type, sum(e.n)::bigint from "
            "(select (t // 86400000)::integer as day, tag, shape, count(*) as n from events group by all) as e "
            "inner join days as d on e.day = d.day inner join shapes as s on e.shape = s.shape "
            "group by all order by all"
        ):
            by_day[day_no][name_of.get(tag, "event_rows")] += rows
            if tag not in name_of:
                record.events_by_type[event_type] += rows
                record.messages += rows if event_type.endswith(".created") else 0
        found = Counter()
        for tag, detail, channel, column, rows in self._rows(
            "select tag, detail, good_channel, column_name, count(*) from extra "
            f"where tag > {DUPLICATE} group by all order by all"
        ):
            if tag == REJECTED:
                record.rejected[detail] += rows
            elif tag == ODDITY:
                record.oddities[detail] += rows
            else:
                found[channel, detail, column] += rows
        known = {(row["channel"], row["rule"], row["column_name"]): row for row in record.violations}
        for (channel, rule, column), rows in found.items():
            key = (channel, rule, column)
            if key not in known:
                known[key] = {"channel": channel, "rule": rule, "column_name": column, "violations": 0}
                record.violations.append(known[key])
            known[key]["violations"] += rows
        for day_no, counts in by_day.items():
            rows = [counts[name] for name in ("event_rows", "duplicate_rows", "rejected_rows")]
            if sum(rows):
                record.partitions.append(
                    {
                        "project_id": self.name,
                        "date": str(self.first_date + timedelta(day_no)),
                        "source_rows": sum(rows),
                        "event_rows": rows[0],
                        "duplicate_rows": rows[1],
                        "rejected_rows": rows[2],
                    }
                )
        made = sum(sum(counts.values()) for counts in by_day.values())
        if made != self.written:
            raise SampleExportError(f"{self.name}: {self.written} rows were written, {made} were made")
        for tag, fault, rows in self._rows("select tag, fault, count(*) from customers group by all"):
            record.customer_events["rows"] += rows
            record.customer_events["duplicates"] += rows if tag == DUPLICATE else 0
            record.customer_events["unparsable"] += rows if tag == 2 else 0
            record.customer_events["rejected"] += rows if tag == REJECTED else 0
            if fault:
                record.rejected_customer_events[fault] += rows
