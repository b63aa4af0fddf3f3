"""Files of an export whatever their names and forms: by which name Spark finds their rows, and who reads them."""

import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_builds import ODD_NAMES, PROJECT
from warehouse_rows import open_spark

sys.path.append(str(PROJECT / "plugins"))
from pyspark_flarelane import checked, is_for_arrow, rows_of, uri_of  # noqa: E402

# Beyond the odd names of a build: the rest of ASCII that a file may have in its name, spaces, a mark, no letter at all.
MORE_NAMES = ['!"$&()+,-.;<=>@^_`|~', "\t\x7f", "\u00a0\u3000\u2028", "e\u0301é", "\u200b😀"]

# The documented columns of the files, and their types.
TYPES = {"id": "varchar", "flag": "boolean", "number": "bigint"}


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
def test_arrow_reads_a_file_with_a_colon_in_its_name(tmp_path, name):
    place = str(tmp_path / name)
    pq.write_table(pa.table({"id": ["a"]}), place)
    assert is_for_arrow(place, TYPES)
    [batch] = rows_of(place, place, 1, TYPES)
    assert batch.to_pylist() == [
        {"id": "a", "flag": None, "number": None, "file_uri": uri_of(place), "file_row_number": 0}
    ]


@pytest.mark.parametrize(
    ("columns", "options", "for_arrow"),
    [
        ({}, {}, False),
        ({}, {"compression": "lz4", "data_page_version": "2.0"}, False),
        ({"other": [None]}, {}, False),
        ({"other": [1.5]}, {"use_dictionary": False, "column_encoding": {"other": "BYTE_STREAM_SPLIT"}}, False),
        ({}, {"compression": "brotli"}, True),
        ({"number": [3.0]}, {"use_dictionary": False, "column_encoding": {"number": "BYTE_STREAM_SPLIT"}}, True),
        ({"ID": ["b"]}, {}, True),
        ({"flag": [None], "number": [None]}, {}, True),
        ({"id": [7], "flag": [2]}, {}, True),
        ({"id": [True], "number": [2.0]}, {}, True),
        ({"flag": pa.nulls(1, pa.float64()), "number": pa.nulls(1, pa.string())}, {}, True),
        ({"flag": pa.nulls(1, pa.timestamp("us")), "number": pa.nulls(1, pa.date32())}, {}, True),
    ],
)
def test_spark_and_arrow_read_the_same_of_a_file(tmp_path, columns, options, for_arrow):
    place = str(tmp_path / "rows.parquet")
    pq.write_table(pa.table({"id": ["a"], "flag": [True], "number": [3]} | columns), place, **options)
    assert {row[5:] for row in checked(place, place, 1, TYPES)} == {(None, 1, None)}
    assert is_for_arrow(place, TYPES) == for_arrow
    [batch] = rows_of(place, place, 1, TYPES)
    [row] = batch.select(list(TYPES)).to_pylist()
    schema = ", ".join(
        f"'{name}': {{name: '{name}', type: '{data_type}', default_value: null}}" for name, data_type in TYPES.items()
    )
    rows = duckdb.sql(f"from read_parquet('{place}', schema = map {{{schema}}})").fetchall()
    assert rows == [tuple(row.values())]
    read = open_spark(tmp_path / "spark").read.schema("id string, flag boolean, number bigint").parquet(place)
    if for_arrow:
        with pytest.raises(Exception, match="Brotli|duplicate|Convert|BYTE_STREAM_SPLIT"):
            read.collect()
    else:
        assert [row.asDict() for row in read.collect()] == [row]


def test_a_column_before_one_from_which_it_differs_in_case_is_named(tmp_path):
    place = str(tmp_path / "rows.parquet")
    pq.write_table(pa.table({"ID": ["b"], "id": ["a"]}), place)
    found = list(checked(place, place, 1, TYPES))
    assert [(name, documented) for _, name, _, documented, *_ in found] == [("ID", "id"), ("id", None)]
    assert {error for *_, error, _, _ in found} == {
        "ID stands before id, from which it differs only in case: rename one of them"
    }


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"number": [float("nan")]}, "column number: Float value nan"),
        ({"number": [0.5]}, "column number: Float value 0.5"),
        ({"number": [1e30]}, "column number: Float value 1"),
        ({"id": [1.5]}, "id is DOUBLE, which Spark does not read as varchar"),
        ({"flag": ["true"]}, "flag is VARCHAR, which Spark does not read as boolean"),
    ],
)
def test_what_cannot_be_cast_is_named(tmp_path, columns, said):
    place = str(tmp_path / "rows.parquet")
    pq.write_table(pa.table(columns), place)
    [(*_, error, source_rows, failure)] = checked(place, place, 1, TYPES)
    assert error.startswith(said)
    assert (source_rows, failure) == (None, None)
