"""The compiled matcher says of every query and text what the definition says."""

from hypothesis import example, given, settings, strategies as st

from tests.helpers.direct import Direct
from watcher.settings import QueryTree, Topic
from watcher.topics import Document, Ruleset
from watcher.topics.book import read_book

WORDS = [
    "Mosul", "mosul", "US", "us", "retake", "retaken", "retakes", "stan", "Kurdistan", "anti", "tank", "U.S.", "Straße",
    "STRASSE", "Erdoğan", "erdogan", "ısı", "İsi", "الموصل", "والموصل",
    "وبالموصل", "للموصل", "موصل", "مَوْصِل", "مدرسة", "مدرسه",
    "摩苏尔", "苏尔", "モスル", "โม", "Мосул", "мосулу", "naïve", "naive", "a", "aa", "b",
]  # fmt: skip
GLUE = [" ", " ", " ", ". ", ", ", "-", "’", "\n", " … ", "? ", "/"]
TERMS = [
    *(word for word in WORDS if word[0].isalpha()),
    "retak*", "*stan", "a*", "*a", "مو*", "*صل", "=US", "=us", "=Mosul", "=retak*", "=*stan",
    '="U.S."', '="Mosul US"', "=الموصل",
    "~retake", "~tanks", "~мосул", '"anti tank"', "anti-tank", '"mosul us"', '"a a"', '"retak* mosul"', '"*stan a*"',
    '"والموصل a"',
    "摩苏", '"尔 a"', "/mos/", r"/\bus\b/", r"/a\b/", "/[.,]/", r"/retak\w+/", "$one", "$two",
]  # fmt: skip
LISTS: dict[str, list[QueryTree]] = {
    "one": ["Mosul US", "Erdogan", "retak*", "a NEAR/2 b"],
    "two": ["$one", "=Mosul", "موصل", "/tank/"],
    "three": ["$two AND a", "NOT b"],
}

texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GLUE)), max_size=14).map(
    lambda pairs: "".join(word + glue for word, glue in pairs)
)
terms = st.sampled_from(TERMS)
distances = st.integers(1, 4)


def nears(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.tuples(st.sampled_from(["NEAR", "BEFORE"]), distances).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.tuples(inner, operator, inner).map(lambda parts: f"({' '.join(parts)})")


def ors(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})")


near_operands = st.recursive(terms, lambda inner: nears(inner) | ors(inner), max_leaves=5)
mentions = st.tuples(st.integers(1, 3), near_operands).map(lambda pair: f"ATLEAST/{pair[0]} {pair[1]}")
values = st.sampled_from(
    ["wire", "Iraq War", "ira*", "*war", "ar", "ar-IQ", "de", "=Wire", "/wi.e/", '"iraq war"', "~wires"]
)
fielded = st.tuples(st.sampled_from(["title", "text", "author", "url", "feed"]), near_operands).map(
    lambda pair: f"{pair[0]}:({pair[1]})"
) | st.tuples(st.sampled_from(["tag", "lang", "feed"]), values).map(lambda pair: f"{pair[0]}:{pair[1]}")


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        ors(inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' AND '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda part: f"NOT {part}"),
        inner.map(lambda part: f"title:({part})"),
    )


queries = st.recursive(near_operands | mentions | fielded | st.just("$three"), combined, max_leaves=5)
items = st.lists(queries, min_size=1, max_size=3)
plain = st.one_of(
    st.fixed_dictionaries({"any": items}, optional={"none": items, "all": items}),
    items.map(lambda listed: {"at_least": (len(listed) + 1) // 2, "of": listed}),
)
trees = queries | plain
documents = st.builds(
    Document,
    title=texts,
    text=texts,
    url=st.sampled_from(["", "https://example.org/mosul/us-a.html"]),
    author=st.sampled_from(["", "A. Mosul"]),
    feeds=st.none() | st.lists(st.sampled_from(["Mosul US wire", "b", "iraq"]), max_size=2).map(tuple),
    tags=st.none() | st.lists(st.sampled_from(["wire", "Wire", "iraq war", "iraq"]), max_size=2).map(tuple),
    language=st.sampled_from([None, "en", "ar-IQ", "ru", "de"]),
)
topics = st.builds(
    Topic,
    name=st.just("t"),
    title=st.just("t"),
    query=trees,
    feeds=st.sampled_from([(), (), ("iraq",), ("wire", "b")]),
    languages=st.sampled_from([(), (), ("en", "ar")]),
)


def topic(query: str) -> Topic:
    return Topic(name="t", title="t", query=query)


@settings(max_examples=400, deadline=None)
@given(asked=st.lists(topics, min_size=1, max_size=4), document=documents)
@example(asked=[topic('("a a" OR a) BEFORE/1 b')], document=Document(title="", text="a a b"))
@example(asked=[topic("ATLEAST/2 (a NEAR/3 b OR /a/)")], document=Document(title="a", text="b a"))
@example(asked=[topic("(a NEAR/4 b) NEAR/1 a")], document=Document(title="", text="a a b a"))
def test_the_compiled_matcher_agrees_with_the_definition(asked: list[Topic], document: Document) -> None:
    named = [topic.model_copy(update={"name": f"t{number}"}) for number, topic in enumerate(asked)]
    book = read_book(named, LISTS)
    direct = Direct(book.lists, document)
    expected = [topic.name for topic, node in book.topics if direct.takes(topic, node)]
    matches = Ruleset.compile(named, LISTS).match(document)
    assert [match.topic for match in matches] == expected
    fields = {"title": document.title, "text": document.text, "url": document.url, "author": document.author}
    for each in (evidence for match in matches for evidence in match.evidence):
        assert each.found
        if each.field in fields:
            assert fields[each.field][each.start : each.end] == each.found
            quoted = fields[each.field][each.quote_start :]
            assert quoted.startswith(each.quote)
            assert each.quote_start <= each.start
            assert each.end <= each.quote_start + len(each.quote)
