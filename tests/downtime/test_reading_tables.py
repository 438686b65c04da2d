"""Delimited text in the shapes in which lines export it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.downtime.domain.delimited import UnreadableTable, decoded, read_table, sniffed


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_each_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in (["at", "machine", "reason"], ["1", "M 1", "a"], ["2", "M 2", "b"]))
    assert sniffed(text) == delimiter
    assert read_table(text).rows[1] == {"at": "2", "machine": "M 2", "reason": "b"}


def test_decimal_commas_do_not_make_a_comma_the_delimiter() -> None:
    table = read_table("at;minutes\n08:00;1,5\n09:00;2,25\n")
    assert table.delimiter == ";"
    assert table.rows[0]["minutes"] == "1,5"


def test_delimiters_in_quotes_do_not_count() -> None:
    table = read_table('machine,reason\nM1,"a;b;c"\nM2,"d, e"\n')
    assert [row["reason"] for row in table.rows] == ["a;b;c", "d, e"]


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    assert read_table("\ufeffsep=|\r\na|b\r\n1|2,3\r\n").rows == ({"a": "1", "b": "2,3"},)


def test_blank_lines_short_rows_and_unnamed_columns_are_harmless() -> None:
    table = read_table("a,b,\n\n1\n2,3,4,5\n,,\n")
    assert table.rows == ({"a": "1", "b": ""}, {"a": "2", "b": "3"})
    assert table.ragged == (2,)


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", "a,b,a\n1,2,3"])
def test_a_table_needs_a_header_with_a_name_for_each_column(text: str) -> None:
    with pytest.raises(UnreadableTable):
        read_table(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_usual_encoding_is_read(encoding: str) -> None:
    text = "Máquina;Störung\nPrensa 1;Förderband\n"
    assert read_table(decoded(text.encode(encoding))).rows == ({"Máquina": "Prensa 1", "Störung": "Förderband"},)


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert isinstance(decoded(raw), str)


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    try:
        table = read_table(text)
    except UnreadableTable:
        return
    assert all(set(row) <= set(table.header) for row in table.rows)
