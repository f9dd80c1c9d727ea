"""Signatures, the choice of a lead, voices, groups."""

from datetime import UTC, datetime, timedelta

from watcher.model import ArticleId, EventLeader, StoryCandidate, StoryId
from watcher.stories import (
    Arrival,
    Founded,
    Gist,
    Joined,
    LeadReason,
    Member,
    assign,
    dump,
    find_event,
    lead,
    load,
    signature,
    site,
)

NOW = datetime(2016, 10, 18, 7, 0, tzinfo=UTC)
TEXT = " ".join(f"word{number} of the report" for number in range(60))


def candidate(name: str, **changes: object) -> StoryCandidate:
    values: dict[str, object] = {"article": ArticleId(name), "story": StoryId(name), "text": TEXT, "first_seen": NOW}
    return StoryCandidate(**(values | changes))  # type: ignore[arg-type]


def member(name: str, **changes: object) -> Member:
    values: dict[str, object] = {"article": ArticleId(name), "published": NOW, "size": 1_000, "full_text": True}
    return Member(**(values | changes))  # type: ignore[arg-type]


def test_a_signature_is_bounded_and_the_same_everywhere() -> None:
    assert signature("") == signature("only four words here") == ()
    assert len(signature("The quick brown fox jumps")) == 1
    assert signature("The quick brown fox jumps") == (-7413287084136464255,)
    long = " ".join(str(number) for number in range(30_000))
    assert len(signature(long)) == 64
    assert all(-(2**63) <= value < 2**63 for value in signature(long))


def test_case_marks_and_white_space_are_nothing_to_a_signature_digits_are() -> None:
    assert signature("Erdoğan’s troops, in BASHIQA: stay\nput") == signature("erdogan s troops in Bashiqa stay put")
    assert signature("about 700 troops in Bashiqa") != signature("about 800 troops in Bashiqa")


def test_candidates_from_before_the_window_do_not_count() -> None:
    old = candidate("old", first_seen=NOW - timedelta(days=5, seconds=1))
    assert assign(Arrival(text=TEXT), [old], NOW) == Founded()
    assert assign(Arrival(text=TEXT), [], NOW) == Founded()


def test_of_two_stories_with_the_same_text_the_older_is_joined() -> None:
    found = assign(Arrival(text=TEXT), [candidate("b"), candidate("a", first_seen=NOW - timedelta(hours=1))], NOW)
    assert isinstance(found, Joined)
    assert (found.story, found.known, found.held, found.added) == ("a", 1.0, 1.0, 0)


def test_the_lead_is_chosen_for_a_reason() -> None:
    late, early = member("late", names=("Lamp",)), member("early", published=NOW - timedelta(hours=1))
    assert lead([late]) == ("late", LeadReason.ONLY)
    assert lead([late, early]) == ("early", LeadReason.EARLIEST)
    assert lead([late, early], ["reuters", "LAMP"]) == ("late", LeadReason.PREFERRED)
    assert lead([member("late", original=True), early]) == ("late", LeadReason.ORIGIN)
    short = member("short", published=NOW - timedelta(hours=2), size=300)
    assert lead([short, early, late]) == ("early", LeadReason.FULLEST)
    teaser = member("teaser", published=NOW - timedelta(hours=2), full_text=False)
    assert lead([teaser, late]) == ("late", LeadReason.FULLEST)
    assert lead([teaser, member("other", full_text=False)]) == ("teaser", LeadReason.EARLIEST)


def test_an_event_hangs_on_its_first_report() -> None:
    told = Gist(names=("mosul", "abadi", "gogjali"), words=("offens", "begins", "artill"))
    other = Gist(names=("ankara", "erdogan", "yildirim"), words=("offens", "begins", "artill"))
    leaders = [
        EventLeader(story=StoryId(name), founded=NOW - hours * timedelta(hours=1), gist=dump(one))
        for name, hours, one in (("old", 37, told), ("other", 5, other), ("late", 2, told), ("early", 3, told))
    ]
    assert find_event(told, leaders, NOW) == "early"
    assert find_event(told, leaders[:2], NOW) is None
    assert load(dump(told)) == told


def test_a_site_is_a_voice_and_an_agencys_site_the_agency() -> None:
    assert (site("https://www.lamp.example/a").key, site("https://m.lamp.example:8080/").name) == (
        "lamp example",
        "lamp.example",
    )
    assert site("https://apnews.com/a").name == "AP"
    assert site("nonsense").key == ""
