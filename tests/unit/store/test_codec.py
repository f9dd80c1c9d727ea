"""What the store keeps as JSON comes back as it was."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, NewType, get_args, get_origin, get_type_hints

from hypothesis import given, settings, strategies as st

from tests.helpers.digests import article, digest, figure, move, story, topic
from tests.helpers.storing import match, new_entry
from watcher.model import Digest, Entry, Match, NewEntry
from watcher.store.codec import digest_from, digest_json, entry_from, entry_json, match_from, match_json

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type of the model."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, NewType):
        return values(kind.__supertype__)
    if isinstance(kind, UnionType):
        return st.one_of(*map(values, get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=2).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: values(hints[one.name]) for one in fields(kind)})  # type: ignore[arg-type]


@settings(max_examples=60)
@given(values(Digest))
def test_digests(value: Digest) -> None:
    assert digest_from(digest_json(value)) == value


@settings(max_examples=60)
@given(values(NewEntry))
def test_entries(value: NewEntry) -> None:
    assert entry_from(entry_json(value)) == value


@settings(max_examples=60)
@given(values(Match))
def test_matches(value: Match) -> None:
    assert match_from(match_json(value)) == value


def test_a_digest_of_every_part() -> None:
    whole = digest(topic("t", story("s", article(figures=(figure(), figure(low=None)))), figures=(move(),)))
    back = digest_from(digest_json(whole))
    assert back == whole
    assert back.created.tzinfo is UTC or back.created.utcoffset() == whole.created.utcoffset()


def test_lone_surrogates_are_replaced_where_no_encoding_takes_them() -> None:
    hostile = new_entry("one", entry=Entry(key="k", title="a\ud800b", html="\0"))
    assert entry_from(entry_json(hostile)).entry == Entry(key="k", title="a?b", html="\0")
    found = match(found="\udfff")
    assert match_from(match_json(found)).evidence[0].found == "?"


def test_an_older_snapshot_lacks_keys_that_came_later_and_a_newer_one_has_more() -> None:
    text = digest_json(digest())
    assert ',"truncated":null' in text
    older = text.replace(',"truncated":null', "")
    assert digest_from(older) == digest()
    newer = text.replace(',"truncated":null', ',"truncated":null,"mood":"calm"')
    assert digest_from(newer) == digest()
