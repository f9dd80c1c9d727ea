import pytest
from hypothesis import given, strategies as st

from watcher.text.fold import fold_letters
from watcher.text.words import Words, attached_forms, fold


@pytest.mark.parametrize(
    ("text", "words", "written"),
    [
        ("Mosul's U.S. anti‑tank", "mosul s u s anti tank", "Mosul s U S anti tank"),
        ("Straße STRAẞE", "strasse strasse", "Straße STRAẞE"),
        ("İstanbul ISI ısı", "istanbul isi isi", "İstanbul ISI ısı"),
        ("e\u0301te\u0301 café", "ete cafe", "e\u0301te\u0301 café"),
        ("oﬃce Ｍｏｓｕｌ", "office mosul", "oﬃce Ｍｏｓｕｌ"),
        ("½ m² Ⅻ ٢٠١٦", "1 2 m2 xii 2016", "½ ½ m² Ⅻ ٢٠١٦"),
        ("Mo\u00adsul half\u200blife \u200fMosul\u200f", "mosul half life mosul", "Mo\u00adsul half life Mosul"),
        ("الْمَوْصِل مـوصل إلى", "الموصل موصل الي", "الْمَوْصِل مـوصل إلى"),
        ("شيعة ۀ کابل", "شيعه ه كابل", "شيعة ۀ کابل"),
        ("今天iPhone手机", "今 天 iphone 手 机", "今 天 iPhone 手 机"),
        ("ガ カ\u3099 ｶﾞ", "ガ ガ ガ", "ガ カ\u3099 ｶﾞ"),
        ("हिन्दी में", "हिन्दी में", "हिन्दी में"),
        ("한국 \u1112\u1161\u11ab", "한국 한", "한국 \u1112\u1161\u11ab"),
        ("Đà Łódź Ελλάς Søren", "da lodz ελλασ soren", "Đà Łódź Ελλάς Søren"),
        ("שָׁלוֹם", "שלום", "שָׁלוֹם"),
        ("\ud800a\x00b", "a b", "a b"),
        ("ـ \u0301 … —", "", ""),
    ],
)
def test_words_are_folded_and_know_where_they_stand(text: str, words: str, written: str) -> None:
    read = Words(text)
    assert " ".join(read.tokens) == fold(text) == words
    assert " ".join(text[start:end] for start, end in read.spans) == written


@given(text=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("aé\u0301ßﬁ摩ี -و\u064b\u0640")), max_size=60))
def test_every_word_stands_where_it_says(text: str) -> None:
    read = Words(text)
    assert len(read.tokens) == len(read.spans)
    last = 0
    for token, (start, end) in zip(read.tokens, read.spans, strict=True):
        assert 0 <= start < end <= len(text)
        assert start >= last
        assert token in Words(text[start:end]).tokens
        last = start


@given(text=st.text(max_size=40))
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_letters(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("الموصل", {"موصل"}),
        ("والموصل", {"الموصل", "موصل"}),
        ("للموصل", {"لموصل", "الموصل", "موصل"}),
        ("وللموصل", {"للموصل", "الموصل", "موصل"}),
        ("وبالموصل", {"بالموصل", "الموصل", "موصل"}),
        ("وكاله", {"كاله"}),
        ("فتح", set()),
        ("سموصل", set()),
        ("wasp", set()),
        ("", set()),
    ],
)
def test_forms_of_arabic_words_keep_three_letters(word: str, forms: set[str]) -> None:
    assert set(attached_forms(word)) == forms


@pytest.mark.parametrize("unit", ["a\u0301\u0316", "\u0301\u0316", "ไ", "wörld ", "الموصل ", "ｶﾞ", "\u200b", "ﷺ"])
def test_long_hostile_texts_are_read(unit: str) -> None:
    read = Words(unit * 20_000)
    assert len(read.spans) == len(read.tokens)
