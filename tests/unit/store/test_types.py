"""What columns make of hostile text and of times."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
from sqlalchemy.dialects import sqlite

from watcher.store.types import Key, Moment, Packed, Words, cleaned, key_of

DIALECT = sqlite.dialect()
YEAR_2 = datetime(2, 1, 1, tzinfo=UTC)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # lone surrogates and NUL included


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back_and_compare(moment: datetime) -> None:
    column = Moment()
    kept = column.process_bind_param(moment, DIALECT)
    assert kept is not None
    assert column.process_result_value(kept, DIALECT) == moment
    later = column.process_bind_param(
        min(moment, datetime(9999, 1, 1, tzinfo=UTC)) + timedelta(microseconds=1), DIALECT
    )
    assert later is not None
    assert (later > kept) or moment.year == 9999


def test_times_of_any_zone_are_kept_as_utc() -> None:
    athens = timezone(timedelta(hours=3))
    kept = Moment().process_bind_param(datetime(2016, 10, 20, 10, 0, tzinfo=athens), DIALECT)
    assert Moment().process_result_value(kept, DIALECT) == datetime(2016, 10, 20, 7, 0, tzinfo=UTC)


@given(ANY_TEXT)
def test_cleaned_text_can_be_kept_by_both_engines(text: str) -> None:
    clean = cleaned(text)
    assert "\0" not in clean
    assert clean.encode().decode() == clean
    assert cleaned(clean) == clean
    if "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert clean == text


@given(ANY_TEXT, ANY_TEXT)
def test_keys_are_short_stable_and_tell_texts_apart(text: str, more: str) -> None:
    long = text + "é" * 600 + more
    key = key_of(long)
    assert len(key.encode()) <= 1000
    assert key_of(key) == key
    assert key_of(long + "x") != key


def test_none_stays_none() -> None:
    for column in (Moment(), Words(), Key(), Packed()):
        assert column.process_bind_param(None, DIALECT) is None
    assert Packed().process_result_value(None, DIALECT) is None


def test_long_text_is_deflated() -> None:
    text = "The offensive began at dawn. الموصل \0" * 100
    kept = Packed().process_bind_param(text, DIALECT)
    assert kept is not None
    assert len(kept) < len(text) // 5
    assert Packed().process_result_value(kept, DIALECT) == text.replace("\0", "\ufffd")
