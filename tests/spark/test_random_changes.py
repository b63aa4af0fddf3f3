"""After random changes of an export and of the forget list, Spark holds what a first build on DuckDB holds."""

import sys
from concurrent.futures import ThreadPoolExecutor

from test_builds import BUILD, EXPORT, PROJECT, DbtOnSpark, dbt, make_export

sys.path.append(str(PROJECT / "tests/python"))
from mutate_export import ExportMutator  # noqa: E402

# Any seed will do whose changes have all of these among them.
SEED = 151
WANTED = {"arrive", "replace", "delete", "damage", "mend", "name_oddly", "link", "rewrite"}
# Who is to be forgotten by each build: the last one makes all that is stored anew.
FORGOTTEN = ["", "", ",m1000000,,"]


def test_after_random_changes_spark_holds_what_duckdb_holds(tmp_path):
    make_export(tmp_path / "original", messages_per_day=15, days=6, dirt=("--dirt", "0.2"))
    mutator = ExportMutator(tmp_path / "original" / EXPORT, tmp_path / EXPORT, SEED, hostile=True)
    people = tmp_path / "people.csv"
    environment = {"FLARELANE_FORGET_LIST": str(people)}
    played = set()
    with DbtOnSpark(tmp_path / "spark", environment) as session:
        for build, forgotten in enumerate(FORGOTTEN):
            played.update(name for _ in range(3 if build else 0) for name in mutator.step())
            people.write_text(f"project_id,user_id,device_id,recipient_hash\n{forgotten}\n")
            with ThreadPoolExecutor() as pool:
                arguments = (*BUILD, "--full-refresh")
                done = pool.submit(dbt, ".venv", "warehouse", tmp_path / "duckdb", *arguments, environment=environment)
                session.dbt(*BUILD)
                done.result()
            session.compare(tmp_path / "duckdb")
    assert played >= WANTED, WANTED - played
