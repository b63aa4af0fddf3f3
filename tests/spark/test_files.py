"""Files of an export whatever their names: Spark's own name of a file is what its rows are found by."""

import sys
from pathlib import Path

import duckdb
import pytest
from test_builds import ODD_NAMES, PROJECT
from warehouse_rows import open_spark

sys.path.append(str(PROJECT / "plugins"))
from pyspark_flarelane import checked, uri_of  # noqa: E402

# Beyond the odd names of a build: the rest of ASCII that a file may have in its name, spaces, a mark, no letter at all.
MORE_NAMES = ['!"$&()+,-.;<=>@^_`|~', "\t\x7f", "\u00a0\u3000\u2028", "e\u0301é", "\u200b😀"]


def test_spark_has_the_names_that_rows_are_found_by(tmp_path):
    files = {number: f"{name}.parquet" for number, name in enumerate(ODD_NAMES + MORE_NAMES)}
    folder = tmp_path / "a folder [of 100%]/projectid=%41 b"
    folder.mkdir(parents=True)
    for number, name in files.items():
        duckdb.execute(f"copy (select {number} as number) to '{tmp_path}/rows.parquet' (format parquet)")
        (tmp_path / "rows.parquet").rename(folder / f"x{name}")
    session = open_spark(tmp_path / "spark")
    rows = session.read.option("recursiveFileLookup", "true").parquet(f"file:{tmp_path}/a folder ?of 100%?")
    found = rows.selectExpr("number", "_metadata.file_path as uri").collect()
    assert {row.number: row.uri for row in found} == {
        number: uri_of(folder / ".." / folder.name / f"x{name}") for number, name in files.items()
    }


@pytest.mark.parametrize("name", ["12:30.parquet", ":.parquet"])
def test_a_file_that_spark_cannot_open_has_a_reason(tmp_path, name):
    place = str(Path(tmp_path) / name)
    duckdb.execute("copy (select 'a' as id) to $place (format parquet)", {"place": place})
    [row] = checked(place, place, 1, {"id": "varchar"})
    assert "colon in its name" in row[3]
    mended = place.replace(":", ".")
    Path(place).rename(mended)
    assert list(checked(mended, mended, 1, {"id": "varchar"})) == [(mended, "id", "VARCHAR", None, None, None)]
