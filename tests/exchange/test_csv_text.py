"""CSV in the encodings and with the delimiters that offices use."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.exchange.csv_text import NotText, decode, find_delimiter, records

TEXT = '姓名,住址,备注\r\n王㛃,3-2-501,"独居，\r\n每周走访"\r\n𠅤䶮,3-2-502,无\r\n'


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_text(codec: str) -> None:
    """With a byte order mark or without one."""
    assert decode(TEXT.encode(codec))[0] == TEXT


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufeff"), min_size=1))
def test_gb18030_reads_back_whatever_it_can_write(text: str) -> None:
    """Unless the very bytes are valid UTF-8 as well, which text of an office is not."""
    data = text.encode("gb18030")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
            assert decode(data)[0] == text


@pytest.mark.parametrize("data", [b"\x81\xff\xfe\x00" * 20, b"\xff\xff\xff", bytes(range(256)) * 20], ids=len)
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    """Rather than read as signs nobody typed."""
    with pytest.raises(NotText):
        decode(data)


def test_quotes_line_breaks_and_doubled_quotes() -> None:
    """A cell may hold a line break, a comma and quotes."""
    assert records(TEXT)[1] == ["王㛃", "3-2-501", "独居，\r\n每周走访"]
    assert records('a,"b""c"\n') == [["a", 'b"c']]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """By the columns it makes, though remarks hold the others too."""
    lines = [["姓名", "电话", "备注"], ["王㛃", "15400000001", "独居;低保"], ["李䶮", "15400000002", "在家 在岗"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(lines)
    text = stream.getvalue()
    assert find_delimiter(text) == delimiter
    assert records(text) == lines


def test_excels_own_marks() -> None:
    """`sep=;` names the delimiter, and ="…" keeps a long number as text."""
    assert records('sep=;\r\na;b,c\r\n="0123";x\r\n') == [["a", "b,c"], ["0123", "x"]]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="=")), min_size=3, max_size=3
        ),
        min_size=2,
    )
)
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]]) -> None:
    """Comma-separated records with a three-column head come back cell by cell."""
    stream = io.StringIO()
    head = [["姓名", "电话", "备注"]] * 60
    csv.writer(stream).writerows([*head, *rows])
    assert records(stream.getvalue()) == [[part or None for part in row] for row in [*head, *rows]]
