"""One warehouse per project: built side by side, and read as one. See docs/one-warehouse-per-project.md."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, unquote

import duckdb
import yaml

REPOSITORY = Path(__file__).parents[1]
SAMPLE = REPOSITORY / "sample" / "export"
# What people query: the models of these folders are public.
PUBLIC_FOLDERS = ("marts", "export", "quality")
SCHEMA = "all_projects"


def projects_of(root):
    """Return the ids of the projects of an export in a local folder (sorted list of str). root: path."""
    folders = [path for table in ("crm_events", "customer_events") for path in Path(root, table).glob("projectid=*")]
    return sorted({unquote(path.name.removeprefix("projectid=")) for path in folders if path.is_dir()})


def warehouse_of(project, folder):
    """Return the path of a project's warehouse, in a folder of its own with dbt's files. project: id; folder: path."""
    return Path(folder, quote(project, safe=""), "warehouse.duckdb")


def warehouses_in(folder):
    """Return the warehouses below a folder: dict of project id to path."""
    return {unquote(path.parent.name): path for path in sorted(Path(folder).glob("*/warehouse.duckdb"))}


def build_project(project, folder, published=None, arguments=()):
    """Run `dbt build` for one project in a process of its own; return dbt's exit code (int).

    folder: for the warehouses. published: folder for copies for readers, or None. arguments: more of dbt's arguments.
    What dbt prints goes to output.txt beside the warehouse.
    """
    warehouse = warehouse_of(project, folder).absolute()
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "FLARELANE_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(warehouse.with_name("target")),
        "DBT_LOG_PATH": str(warehouse.with_name("logs")),
    }
    # dbt takes the first two for the same; at a path for all, the last project would take the place of the others.
    for name in ("DBT_ENGINE_TARGET_PATH", "DBT_ENGINE_LOG_PATH", "FLARELANE_PUBLISHED_WAREHOUSE"):
        environment.pop(name, None)
    if published:
        environment["FLARELANE_PUBLISHED_WAREHOUSE"] = str(warehouse_of(project, published).absolute())
    vars = yaml.safe_dump({"project_ids": [project]}, default_flow_style=True, allow_unicode=True)
    dbt = shutil.which("dbt", path=str(Path(sys.executable).parent)) or "dbt"
    command = [dbt, "--no-use-colors", "build", "--vars", vars, *arguments]
    with warehouse.with_name("output.txt").open("w") as output:
        return subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=output, stderr=output).returncode


def build(projects, folder, jobs, published=None, arguments=()):
    """Build projects, some at a time, and say how each ended; return the ids of those that failed (list of str).

    projects: list of ids. jobs: how many at a time. The rest: see build_project().
    """
    failed = []
    with ThreadPoolExecutor(jobs) as pool:
        builds = {project: pool.submit(build_project, project, folder, published, arguments) for project in projects}
        for project, running in builds.items():
            code = running.result()
            output = warehouse_of(project, folder).with_name("output.txt")
            print(f"{project}: " + (f"dbt exited with {code}, see {output}" if code else "built"), flush=True)
            if code:
                failed.append(project)
    return failed


def quoted(name):
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def union_sql(warehouses):
    """Return SQL that makes a connection read warehouses as one: each public model a view of the rows of all of them.

    warehouses: dict of project id to path. A warehouse without a model adds nothing to its view. Where a model has no
    project_id, its rows are counts over all projects of a warehouse; the view says of which project each row is.
    The views are in a schema of their own: the views of a warehouse look for their tables in `main`, and would take one
    of these for theirs.
    """
    public = {path.stem for name in PUBLIC_FOLDERS for path in (REPOSITORY / "models" / name).glob("*.sql")}
    statements, places = [], {}
    for project, path in warehouses.items():
        file = str(Path(path).absolute()).replace("'", "''")
        statements.append(f"attach if not exists '{file}' as {quoted(project)} (read_only);")
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name, bool_or(column_name = 'project_id') from duckdb_columns() group by all"
            ).fetchall()
        for schema, table, has_project in sorted(tables):
            if table in public:
                columns = "*" if has_project else "'{}' as project_id, *".format(project.replace("'", "''"))
                relation = f"{quoted(project)}.{quoted(schema)}.{quoted(table)}"
                places.setdefault(table, []).append(f"select {columns} from {relation}")
    statements.append(f"create schema if not exists {SCHEMA};")
    for table, selects in sorted(places.items()):
        rows = "\nunion all by name\n".join(selects)
        statements.append(f"create or replace view {SCHEMA}.{table} as\n{rows};")
    return "\n".join([*statements, f"use {SCHEMA};"]) + "\n"
