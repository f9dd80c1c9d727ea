"""Lines that stand around articles and belong to none, in the languages our feeds are written in."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_SITES = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|reddit|instagram|youtube|messenger|viber"
    r"|e-?mail)"
)
_WHOLE = (
    # English
    r"share(?: (?:this|on|via|now|it|the|page|article|story|post|link|with friends)\b.{0,60})?",
    r"(?:print|e-?mail|tweet|pin it|copy link|link copied!?|save|listen|watch|loading\W*|listen now|watch live)\W*",
    r"(?:comments?|advertisements?|ad|sponsored|promoted|paid content)\W*",
    rf"{_SITES}(?:[\s,|/·•]+{_SITES})*",
    r"(?:click|tap) here (?:to|for)\b.{0,120}",
    r"sign(?:ed)? up (?:to|for|now|here|and)\b.{0,160}",
    r"subscribe(?:$| (?:to|now|here|for|and)\b.{0,160})",
    r"(?:follow|like|join) (?:us|our|@\w+)\b.{0,120}",
    r"(?:get|receive) (?:the|our|all)\b.{0,80}\b(?:newsletter|inbox|e-?mails?|app)\b.{0,80}",
    r"(?:enter|thank you for|thanks for|please check) .{0,40}\b(?:e-?mail|subscri|inbox)\w*.{0,60}",
    r"(?:story|article) continues (?:below|after)\b.{0,40}",
    r"(?:continue|keep) reading(?:\W.{0,200})?",
    r"read (?:more|full story|the full (?:story|article)|more on this|next|on)\W*",
    r"more (?:on this(?: story)?|from .{1,40}|news|stories)\W*",
    r"the post .{1,300} (?:appeared first on|first appeared on) .{1,100}",
    r"(?:all rights reserved|copyright|©|\(c\)) ?.{0,120}",
    r".{0,80}all rights reserved.{0,40}",
    r"(?:this site|this website|we) uses? cookies\b.{0,300}",
    r"(?:\d+ )?comments?(?: \(?\d+\)?)?|leave a (?:comment|reply)|post a comment|view comments",
    r"(?:tags?|topics?|filed under|keywords?|categor(?:y|ies))\s*:.{0,200}",
    r"(?:published|posted|updated|last (?:updated|modified))\b(?: on| at)?\s*:?\s.{0,30}\d.{0,30}",
    r"(?:back to top|skip to (?:main )?content|home|menu|search|close|next|previous)\W*",
    # Arabic
    r"(?:شارك|مشارك[هة]|انشر|طباع[هة]|[اإ]علان|التعليقات|تعليق(?:ات)?|المزيد|اقر[اأ] المزيد)"  # noqa: ISC004
    r"(?: (?:هذا|علي|على|عبر|الخبر|المقال|الموضوع).{0,60})?\W*",
    r"(?:تابعونا|تابعنا|اشترك|اشتركوا|انضم)\b.{0,120}",
    r"جميع الحقوق محفوظ[هة].{0,80}",
    # Turkish
    r"(?:paylas|paylasin|yazdir|reklam|yorumlar|yorum yap|abone ol|devamini oku|haberin devami|son dakika)\W*",
    r"bizi (?:takip edin|izleyin)\b.{0,120}",
    r"tum haklari saklidir.{0,80}",
    # Kurdish
    r"(?:parve bike|zedetir bixwine|زیاتر بخوێنەرەوە|هاوبەشی بکە)\W*",
)
_LEADING = (
    # English
    r"(?:read (?:more|also|next|this)|also read|see (?:also|more)|watch|listen|recommended|opinion|explainer)",
    r"(?:in pictures|in video)",
    r"related(?: (?:news|stor(?:y|ies)|articles?|content))?",
    r"(?:more on this|don't miss|editor's pick)",
    # Arabic
    r"(?:اقر[اأ] (?:ايضا|أيضا|أيضًا|المزيد)|انظر (?:ايضا|أيضا)|شاهد (?:ايضا|أيضا)|مواضيع ذات صل[هة]|ذات صل[هة])",
    # Turkish, Kurdish
    r"(?:ilgili haber(?:ler)?|ayrica (?:oku|bakiniz)|bunu da okuyun|okumadan gecme|hele bixwine)",
)
_HEADINGS = (
    # English
    r"related (?:news|stor(?:y|ies)|articles?|topics?|content|coverage|posts?|links?|reading)",
    r"more on this(?: story)?|more from .{1,40}|most (?:read|popular|viewed|shared)",
    r"recommended(?: (?:for you|stories|reading))?|you (?:may|might) also like.{0,20}",
    r"also (?:read|in .{1,30})|read (?:more|next)|top stories|latest (?:news|stories)",
    r"trending(?: now)?|editors?'? picks?|around the web",
    # Arabic
    r"اقر[اأ] (?:ايضا|أيضا|أيضًا)|(?:(?:مواضيع|[اأ]خبار) )?ذات صل[هة]|ال[اأ]كثر قراء[هة]",
    # Turkish, Kurdish
    r"(?:ilgili|son|diger|benzer) haberler|cok okunanlar|nuceyen tekildar",
)
_MAX_TEASER = 200
_MAX_HEADING = 80
_NOT_WORD = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")
_LONG_LINE = 400
_SENTENCE_END = (".", "!", "?", "…", '."', ".”", "؟", "»", "۔", "。")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    folded: str


def tidy(lines: Sequence[str], *headlines: str) -> str:
    """The lines as text, one paragraph a line, without boilerplate and without a headline repeated at the start."""
    cleaned = [" ".join(raw.split()) for raw in lines]
    folded = [_Line(text, _folded(text) if len(text) <= _LONG_LINE else "") for text in cleaned if text]
    kept = [line for line in folded if not _is_boilerplate(line)]
    return "\n".join(line.text for line in _without_teasers(_without_headlines(kept, headlines)))


def is_boilerplate(text: str) -> bool:
    """Whether a line says nothing but such as "Read more"."""
    return len(text) <= _MAX_TEASER and bool(_whole().fullmatch(_folded(text)))


def key(text: str) -> str:
    """What is compared of a headline: letters and digits alone, case and diacritics folded."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return _NOT_WORD.sub("", folded)


def _without_headlines(lines: list[_Line], headlines: Sequence[str]) -> list[_Line]:
    keys = {key(headline) for headline in headlines} - {""}
    start = 0
    while start < len(lines) and len(lines[start].text) < _LONG_LINE and key(lines[start].text) in keys:
        start += 1
    return lines[start:]


def _without_teasers(lines: list[_Line]) -> list[_Line]:
    """Cut a closing block such as "Related stories" with nothing but headlines under it, and such headings alone."""
    headings = [index for index, line in enumerate(lines) if _is_heading(line)]
    for index in headings:
        if index and all(_is_teaser(line.text) for line in lines[index + 1 :]):
            return lines[:index]
    return [line for index, line in enumerate(lines) if index not in headings] if headings else lines


def _is_teaser(text: str) -> bool:
    return len(text) <= _MAX_TEASER and not text.endswith(_SENTENCE_END)


def _is_heading(line: _Line) -> bool:
    return len(line.text) <= _MAX_HEADING and bool(_heading().fullmatch(line.folded.rstrip(" :.")))


def _is_boilerplate(line: _Line) -> bool:
    if not line.folded:
        return len(line.text) <= _LONG_LINE
    if len(line.text) <= _MAX_TEASER and _leading().match(line.folded):
        return True
    return bool(_whole().fullmatch(line.folded))


def _folded(line: str) -> str:
    """Case and Latin diacritics folded; Arabic letters keep their forms, which the patterns spell out."""
    lowered = line.casefold()
    if not lowered.isascii():
        plain = _MARKS.sub("", unicodedata.normalize("NFD", lowered.replace("ı", "i")))
        lowered = unicodedata.normalize("NFC", plain.replace("’", "'"))
    return lowered.strip(" \t>»›→·•*-–—[]()|")


@cache
def _whole() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _WHOLE))


@cache
def _leading() -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(_LEADING) + r")\s*[:：|»>]+\s*\S")


@cache
def _heading() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _HEADINGS))
