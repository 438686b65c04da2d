"""YAML as authors mean it, and nothing that a stranger could do with it."""

import json
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.pack.yaml_rules import MAX_BYTES, MAX_DEPTH, MAX_NODES, Value, YamlRefused, parse_yaml


def _problem(source: bytes) -> str | None:
    """Why the source is refused, or nothing when it is a value that JSON can hold."""
    try:
        json.dumps(parse_yaml(source), allow_nan=False)
    except YamlRefused as refused:
        return str(refused)
    return None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("22:30", "22:30"),
        ("22:30:15", "22:30:15"),
        ("2027-11-01", "2027-11-01"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("'5'", "5"),
        ('"true"', "true"),
        ("1.0.0", "1.0.0"),
        ("=", "="),
        ("<<", "<<"),
        ("+", "+"),
        ("0b1", "0b1"),
    ],
)
def test_a_plain_word_means_what_yaml_1_2_says(written: str, meant: Value) -> None:
    value = parse_yaml(f"key: {written}".encode())
    assert value == {"key": meant}
    assert isinstance(value, dict)
    assert type(value["key"]) is type(meant)


def test_norwegian_is_a_language_and_on_is_a_word_as_keys_too() -> None:
    assert parse_yaml(b"{no: Norsk, on: 1, 'yes': 2}") == {"no": "Norsk", "on": 1, "yes": 2}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a: 1\na: 2", "line 2: duplicate key"),
        ("a: {b: 1, c: 2, 'b': 3}", "line 1: duplicate key"),
        ("- {x: 1}\n- {x: 1,\n   x: 1}", "line 3: duplicate key"),
    ],
)
def test_a_duplicate_key_is_refused_with_its_line(source: str, problem: str) -> None:
    with pytest.raises(YamlRefused) as caught:
        parse_yaml(source.encode())
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    "source",
    [
        "1: one",
        "true: yes",
        "~: nothing",
        "? [a]\n: b",
        "? {a: b}\n: c",
        "1.5: x",
        "a: &anchor 1",
        "a: &anchor 1\nb: *anchor",
        "- &a [x]\n- [*a, *a]",
        "a: *nowhere",
        "a: !!str 1",
        "a: !!python/object/apply:os.system ['true']",
        "a: !<tag:yaml.org,2002:binary> aGk=",
        "a: !local x",
        "a: 1\n---\nb: 2",
        'a: "\\0"',
        'a: "\\x1b[31m"',
        'a: "\\x7f"',
        "a: .inf",
        "a: -.INF",
        "a: .NaN",
        "a: 1e999",
        "a: " + "9" * 100,
        "a: [1, 2",
        "a: 'open",
        "a: b: c",
        "\tkey: x",
        "%YAML 9.9\n---\na: 1",
        "@at",
    ],
)
def test_what_an_author_never_needs_is_refused(source: str) -> None:
    with pytest.raises(YamlRefused):
        parse_yaml(source.encode())


@pytest.mark.parametrize("source", [b"\xff\xfe", b"a: \xc3\x28", "a: 1".encode("utf-16"), b"\x00", b"a: \xed\xa0\x80"])
def test_bytes_that_are_not_utf_8_text_are_refused(source: bytes) -> None:
    with pytest.raises(YamlRefused):
        parse_yaml(source)


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1") == {"a": 1}


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 100_000 + "x",
        "? " * 100_000 + "x",
        "\n".join(f"{chr(97 + i)}: &{chr(97 + i)} [{', '.join([f'*{chr(96 + i)}'] * 9 if i else ['x'] * 9)}]" for i in range(9)),
        "a: " + "9" * 400_000,
        "a: 0x" + "f" * 400_000,
        "[" + "1," * 200_000 + "]",
        "x" * (MAX_BYTES + 1),
    ],
    ids=["lists", "maps", "blocks", "keys", "laughs", "digits", "hex", "values", "size"],
)
def test_a_bomb_is_refused_or_harmless_within_a_moment(bomb: str) -> None:
    started = time.process_time()
    problem = _problem(bomb.encode())
    assert problem is None or len(problem) < 200
    assert time.process_time() - started < 2


def test_the_limits_are_where_they_are_said_to_be() -> None:
    assert parse_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(YamlRefused, match="deep"):
        parse_yaml(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert parse_yaml(b"[" + b"1," * (MAX_NODES - 1) + b"]")
    with pytest.raises(YamlRefused, match="values"):
        parse_yaml(b"[" + b"1," * MAX_NODES + b"]")


def test_an_empty_file_is_nothing() -> None:
    assert parse_yaml(b"") is None
    assert parse_yaml(b"# only a comment\n") is None


def test_block_texts_keep_their_lines() -> None:
    assert parse_yaml(b"a: |\n  12\n  no\nb: >\n  x\n  y\n") == {"a": "12\nno\n", "b": "x y\n"}


printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"),
    max_size=8,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | printable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values)
def test_json_is_yaml_and_means_the_same(value: Value) -> None:
    assert parse_yaml(json.dumps(value, ensure_ascii=False).encode()) == value


@given(source=st.binary(max_size=60) | st.text(string.printable, max_size=60).map(str.encode))
def test_any_bytes_are_a_value_or_refused(source: bytes) -> None:
    problem = _problem(source)
    assert problem is None or "\n" not in problem
