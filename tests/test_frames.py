import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt._csv_read import csv_columns
from territory_opt.errors import DataError
from territory_opt.frames import read_columns, read_csv, safe_csv_text, write_csv, write_text_atomic

TABLE = {
    "id": ["a", "b", None],
    "acv": [1.5, None, 3.0],
    "n": [1, 2, 3],
    "when": [dt.date(2026, 1, 31), None, dt.date(2026, 2, 1)],
    "flag": [True, False, True],
}


@pytest.mark.parametrize(
    "make", [dict, pd.DataFrame, pl.DataFrame, pa.table], ids=["dict", "pandas", "polars", "arrow"]
)
def test_every_kind_of_frame_reads_the_same(make):
    columns = read_columns(make(TABLE))
    assert columns["id"].dtype == object
    assert columns["id"].tolist() == ["a", "b", ""]
    np.testing.assert_array_equal(columns["acv"], [1.5, np.nan, 3.0])
    np.testing.assert_array_equal(columns["n"], [1.0, 2.0, 3.0])
    assert columns["when"].astype(str).tolist() == ["2026-01-31", "NaT", "2026-02-01"]
    assert columns["flag"].tolist() == [True, False, True]


def test_pandas_nullable_and_categorical_columns_keep_their_missing_cells():
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None], dtype="Int64"),
            "b": pd.array([True, None], dtype="boolean"),
            "c": pd.Categorical(["x", None]),
            "s": pd.array(["x", None], dtype="string"),
            "t": pd.to_datetime(["2026-01-01 23:59", None], utc=True),
        }
    )
    columns = read_columns(frame)
    np.testing.assert_array_equal(columns["i"], [1.0, np.nan])
    assert columns["b"].tolist() == ["True", ""]
    assert columns["c"].tolist() == columns["s"].tolist() == ["x", ""]
    assert columns["t"].astype(str).tolist() == ["2026-01-01", "NaT"]


def test_ids_beyond_double_precision_keep_their_digits():
    assert read_columns({"id": np.array([2**60 + 1])})["id"].tolist() == [str(2**60 + 1)]


def test_lists_in_cells_become_semicolon_texts():
    assert read_columns(pl.DataFrame({"v": [["x", "y"], None]}))["v"].tolist() == ["x;y", ""]


def test_mixed_objects_become_text_and_numbers_stay_numbers():
    columns = read_columns({"mixed": [1, "x", 2.0, None], "money": [Decimal("1.5"), 2, None, 3]})
    assert columns["mixed"].tolist() == ["1", "x", "2", ""]
    np.testing.assert_array_equal(columns["money"], [1.5, 2.0, np.nan, 3.0])


def test_masked_cells_are_missing():
    np.testing.assert_array_equal(read_columns({"x": np.ma.array([1.0, 2.0], mask=[False, True])})["x"], [1.0, np.nan])


def test_arrow_types_without_a_plain_numpy_twin_are_read():
    frame = pa.table(
        {
            "view": pa.array(["x", None], pa.string_view()),
            "code": pa.array(["x", None]).dictionary_encode(),
            "money": pa.array([Decimal("1.50"), None]),
            "null": pa.nulls(2),
            "list": pa.array([["a", "b"], None]),
        }
    )
    columns = read_columns(frame)
    assert columns["view"].tolist() == columns["code"].tolist() == ["x", ""]
    np.testing.assert_array_equal(columns["money"], [1.5, np.nan])
    assert columns["null"].tolist() == ["", ""]
    assert columns["list"].tolist() == ["a;b", ""]


def test_a_named_index_is_a_column():
    frame = pd.DataFrame({"acv": [1.0]}, index=pd.Index(["a"], name="account_id"))
    assert read_columns(frame)["account_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["acv", "acv"]),
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["acv", "acv"]),
        {"acv": [1], "b": [1, 2]},
        {"acv": 3},
        {"acv": np.ones((2, 2))},
        pl.DataFrame({"acv": [1]}).lazy(),
        None,
        [1, 2],
    ],
    ids=["pandas-twice", "arrow-twice", "lengths", "scalar", "matrix", "lazy", "none", "list"],
)
def test_what_is_no_table_is_refused(frame):
    with pytest.raises(DataError):
        read_columns(frame)


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        ("id,name\n1,Zoë\n".encode(), ""),
        ("\ufeffid,name\n1,Zoë\n".encode(), "UTF-8 with BOM"),
        ("id;name\n1;Zoë\n".encode("cp1252"), "Windows-1252"),
        ("id\tname\n1\tZoë\n".encode("utf-16"), "UTF-16"),
        ("sep=;\r\nid;name\r\n1;Zoë\r\n".encode(), "semicolon"),
        ("id|name\n1|Zoë\n\n".encode(), "bar"),
    ],
)
def test_csv_of_any_usual_encoding_and_separator_reads_the_same(tmp_path, raw, note):
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    columns, notes = read_csv(path)
    assert {name: column.tolist() for name, column in columns.items()} == {"id": ["1"], "name": ["Zoë"]}
    assert note in "; ".join(notes)


def test_csv_keeps_leading_zeros_quotes_and_line_breaks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,name\n007,"Smith, ""Jo""\nLtd"\n', encoding="utf-8")
    columns, _ = read_csv(path)
    assert columns["id"].tolist() == ["007"]
    assert columns["name"].tolist() == ['Smith, "Jo"\nLtd']


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_reasons(raw):
    try:
        columns, _ = csv_columns(raw, "a.csv")
    except DataError as error:
        assert error.issues
    else:
        assert len({column.size for column in columns.values()}) <= 1


def test_csv_with_a_quote_that_is_never_closed_is_refused_with_its_line():
    with pytest.raises(DataError, match="from line 3 on"):
        csv_columns(b'id,name\n1,Ann\n2,"Bo\n3,Cy\n', "a.csv")
    with pytest.raises(DataError, match="from line 3 on"):
        csv_columns(b'sep=;\nid;name\n1;"Bo\n', "a.csv")


def test_csv_that_says_utf_8_and_is_not_keeps_its_letters():
    columns, notes = csv_columns(b"\xef\xbb\xbfid,name\n1,Zo\xeb\n", "a.csv")
    assert columns["name"].tolist() == ["Zoë"]
    assert columns["id"].tolist() == ["1"]
    assert notes == ("read as Windows-1252 text, although it begins with a UTF-8 BOM",)


def test_csv_decimal_comma_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id;acv\n1;12,5\n2;1.200,00\n", encoding="utf-8")
    assert "decimal comma in acv" in read_csv(path)[1]


def test_csv_problems_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,acv,acv\n1,2,3\n1,2,3,4\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert {issue.column or issue.row for issue in caught.value.issues} == {"acv", 1}
    path.write_bytes(b"")
    with pytest.raises(DataError, match="empty"):
        read_csv(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path / "absent.csv")


def test_short_csv_rows_are_kept_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,acv\n1\n2,3\n", encoding="utf-8")
    columns, notes = read_csv(path)
    assert columns["acv"].tolist() == ["", "3"]
    assert "1 rows are shorter" in notes[0]


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1 555", "-a", "@x", "\tx", "\rx", " =x", "＝1"])
def test_no_text_written_starts_like_a_formula(text):
    assert safe_csv_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Acme", "-12.5", "+3", "1e5", "", "'s", "a=b"])
def test_harmless_texts_and_numbers_are_untouched(text):
    assert safe_csv_text(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), min_size=1), min_size=1))
def test_csv_texts_survive_the_round_trip(texts):
    import tempfile
    from pathlib import Path

    texts = [text for text in texts if text.strip()] or ["x"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        write_csv(path, {"id": [str(row) for row in range(len(texts))], "name": texts})
        assert read_csv(path)[0]["name"].tolist() == texts


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["=a", "b"], "1 text lost the apostrophe that guarded it"),
        (["=a", "@b"], "2 texts lost the apostrophe that guarded"),
    ],
)
def test_guarded_texts_are_counted_in_the_right_number(tmp_path, names, said):
    write_csv(tmp_path / "a.csv", {"id": ["1", "2"], "name": names})
    columns, notes = read_csv(tmp_path / "a.csv")
    assert columns["name"].tolist() == names
    assert next(note for note in notes if "apostrophe" in note).startswith(said)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_csv_numbers_survive_the_round_trip(numbers):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        write_csv(path, {"x": np.array(numbers), "y": ["y"] * len(numbers)})
        assert [float(text) for text in read_csv(path)[0]["x"]] == numbers


def test_missing_cells_are_written_as_nothing(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(path, {"x": [np.nan, 1.0], "d": np.array(["NaT", "2026-01-31"], "M8[D]"), "t": [None, "a"]})
    assert path.read_text() == "x,d,t\n,,\n1,2026-01-31,a\n"


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    path = tmp_path / "a.txt"
    write_text_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text_atomic(path, "\ud800")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_writing_leaves_the_rights_of_the_process_alone(tmp_path, monkeypatch):
    import os

    before = os.umask(0o027)
    try:
        # os.umask(0) would give every file another thread makes meanwhile to everybody
        monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was changed"))
        write_text_atomic(tmp_path / "a.txt", "x")
    finally:
        monkeypatch.undo()
        os.umask(before)
    if os.name == "posix":
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
