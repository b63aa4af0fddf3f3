"""After random changes of an export, odd files among them, Spark holds what a first build on DuckDB holds."""

import sys
from concurrent.futures import ThreadPoolExecutor

from test_builds import BUILD, EXPORT, PROJECT, DbtOnSpark, dbt, make_export

sys.path.append(str(PROJECT / "tests/python"))
from mutate_export import ExportMutator  # noqa: E402

# Both are changed at will, as long as the changes have all of these among them.
SEED, WAVES = 69, 3
WANTED = {"arrive", "replace", "delete", "damage", "mend", "name_oddly", "link", "rewrite"}


def test_after_random_changes_spark_holds_what_duckdb_holds(tmp_path):
    make_export(tmp_path / "original", messages_per_day=15, days=6)
    mutator = ExportMutator(tmp_path / "original" / EXPORT, tmp_path / EXPORT, SEED, hostile=True)
    played = set()
    with DbtOnSpark(tmp_path / "spark") as session:
        for wave in range(WAVES):
            played.update(name for _ in range(3 if wave else 0) for name in mutator.step())
            with ThreadPoolExecutor() as pool:
                done = pool.submit(dbt, ".venv", "warehouse", tmp_path / "duckdb", *BUILD, "--full-refresh")
                session.dbt(*BUILD)
                done.result()
            session.compare(tmp_path / "duckdb")
    assert played >= WANTED, WANTED - played
