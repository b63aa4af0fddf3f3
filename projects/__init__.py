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
# What people query. Models of these folders are public, and each of their rows is of one project.
PUBLIC_FOLDERS = ("marts", "export", "quality")


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
    # dbt takes these for the same.
    for name in ("DBT_ENGINE_TARGET_PATH", "DBT_ENGINE_LOG_PATH"):
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

    warehouses: dict of project id to path. A model that a warehouse does not have is left out of the view.
    """
    public = {path.stem for name in PUBLIC_FOLDERS for path in (REPOSITORY / "models" / name).glob("*.sql")}
    statements, places = [], {}
    for project, path in warehouses.items():
        file = str(Path(path).absolute()).replace("'", "''")
        statements.append(f"attach if not exists '{file}' as {quoted(project)} (read_only);")
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, table in sorted(tables):
            if table in public:
                places.setdefault(table, []).append(f"{quoted(project)}.{quoted(schema)}.{quoted(table)}")
    for table, relations in sorted(places.items()):
        rows = "\nunion all by name\n".join(f"from {relation}" for relation in relations)
        statements.append(f"create or replace temporary view {table} as\n{rows};")
    return "\n".join(statements) + "\n"
