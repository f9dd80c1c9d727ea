"""What is the same and what is new: canonical URLs, fingerprints, and an entry's fate at a poll. Pure."""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from ipaddress import AddressValueError, IPv6Address
from operator import attrgetter
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import idna

from watcher.model import ArticleId, Entry, EntryId, KnownEntry, NewEntry
from watcher.text.markup import plain

AHEAD: Final = timedelta(days=1)
"""A date so far in the future is a time zone misunderstood; further ahead it is no date at all."""

_EARLIEST_YEAR: Final = 1971  # what is dated 1970 or before was dated by a counter that stood at zero


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


TRACKING: Final = _words(
    """
    __hsfp __hssc __hstc __s __twitter_impression _branch_match_id _branch_referrer _ga _gl _hsenc _hsmi _openstat
    action_object_map action_ref_map action_type_map bxid cmp cmpid cndid dclid ef_id elqtrack elqtrackid epik erid
    fb_action_ids fb_action_types fb_ref fb_source fbclid feedname feedtype ftag gad_campaignid gad_source gbraid gclid
    gclsrc guccounter guce_referrer guce_referrer_sig hmb_campaign hmb_medium hmb_source hsctatracking icid igsh igshid
    int_cmp intcmp ito li_fat_id mbid mc_cid mc_eid mkt_tok msclkid ncid nr_email_referer ocid oly_anon_id oly_enc_id
    pk_campaign pk_kwd pk_keyword pk_medium pk_source rb_clickid ref_src ref_url s_cid s_kwcid smid smtyp soc_src
    soc_trk spjobid spmailingid spreportid spuserid sr_share sref srsltid tblci traffic_source ttclid twclid vero_conv
    vero_id wbraid wickedid wt.mc_id wt.mc_ev wt_mc wt_zmc xtor yclid zanpid
    jsessionid phpsessid
    """
)
"""Query parameters that say how a reader came, never which page is meant; compared in lower case."""

TRACKING_PREFIXES: Final = ("utm_", "at_", "ns_", "hsa_", "itm_", "mtm_", "piwik_", "matomo_", "aspsessionid")
"""The same, for families of parameters."""

REDIRECTORS: Final = (
    (re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}/url"), ("url", "q")),
    (re.compile(r"lm?\.facebook\.com/l\.php"), ("u",)),
    (re.compile(r"(?:www\.)?bing\.com/news/apiclick\.aspx"), ("url",)),
)
"""Counting proxies whose links carry the page that is meant: host and path, and the parameters it may stand in."""

_ENTRY_FIELDS: Final = tuple(field.name for field in fields(Entry))
_ENTRY_VALUES: Final = attrgetter(*_ENTRY_FIELDS)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PERCENT: Final = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_PATH_SAFE: Final = _UNRESERVED | frozenset("!$&'()*+,;=:@/%")
_QUERY_SAFE: Final = _PATH_SAFE | frozenset("?")
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_JUNK: Final = re.compile(r"[\t\r\n]")
_BEFORE_QUERY: Final = re.compile(r"[^?#]*")
_CONTROLS: Final = "".join(map(chr, range(0x21)))
_HOST: Final = re.compile(r"[a-z0-9_.-]+")
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry with what tells it from others: the fingerprint of what it says, and its canonical URL."""

    entry: Entry
    fingerprint: str
    url: str

    def __reduce__(self) -> tuple[object, ...]:
        """Flat, for many of them travel between processes: a frozen class with slots is slow to unpickle."""
        return _told, (self.fingerprint, self.url, *_ENTRY_VALUES(self.entry))


def _told(fingerprint: str, url: str, *values: Any) -> Told:
    return Told(entry=Entry(**dict(zip(_ENTRY_FIELDS, values, strict=True))), fingerprint=fingerprint, url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What a poll brought: entries never seen, entries that say something else than before, and the rest."""

    new: tuple[NewEntry, ...] = ()
    changed: tuple[tuple[EntryId, NewEntry], ...] = ()
    seen: tuple[EntryId, ...] = ()


def told(entries: Iterable[Entry], feed_url: str) -> tuple[Told, ...]:
    """The entries, each key once, with their fingerprints and URLs: the part of `split` that takes time."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    return tuple(
        Told(entry=entry, fingerprint=fingerprint(entry), url=entry_url(feed_url, entry)) for entry in first.values()
    )


def split(
    entries: Iterable[Told],
    known: Mapping[str, KnownEntry],
    *,
    now: datetime,
    first_poll: bool,
    backfill: timedelta | Literal["all", "none"],
    lacked: datetime | None = None,
) -> Triage:
    """Tell new, changed and known entries apart, and decide what of a feed's first poll is told.

    At a first poll what was published earlier than `backfill` ago is stored but not told, and so is what has no date;
    "all" tells everything, "none" nothing. A date in the future counts as now, and as no date where it is more than a
    day ahead; an entry without a date is dated now, and marked. `lacked` is when the feed last answered: what is new
    in it came since.
    """
    new: list[NewEntry] = []
    changed: list[tuple[EntryId, NewEntry]] = []
    seen: list[EntryId] = []
    for one in entries:
        before = known.get(one.entry.key)
        if before is not None and before.fingerprint == one.fingerprint:
            seen.append(before.id)
            continue
        content = _content(one, now, None if not first_poll or before else backfill, lacked)
        if before is None:
            new.append(content)
        else:
            changed.append((before.id, content))
    return Triage(new=tuple(new), changed=tuple(changed), seen=tuple(seen))


def canonical_url(url: str) -> str:
    """The one spelling of a page's address (RFC 3986, section 6): never of another page, and stable when repeated.

    Host in lower case and IDNA, default port, fragment (but not `#!`), dot segments and tracking parameters off,
    percent-encoding normalised, the order of the query kept; the target of a counting proxy in its place.

    Raises:
        ValueError: it is no http(s) URL with a host.
    """
    url = _normal(url)
    while (target := _target(url)) is not None:  # each is shorter than what it came in
        url = _normal(target)
    return url


def entry_url(feed_url: str, entry: Entry) -> str:
    """The canonical URL of what an entry points to; for one that links nowhere, an address within its feed."""
    if entry.url:
        try:
            return canonical_url(entry.url)
        except ValueError:
            pass
    return f"{feed_url}#entry-{_digest(entry.key, size=10)}"


def same_origin(one: str, other: str) -> bool:
    """Whether two http(s) URLs name one server: same host and port, or http and https on their own ports."""
    try:
        first, second = urlsplit(one), urlsplit(other)
        ports = first.port, second.port
    except ValueError:
        return False
    if not first.hostname or first.hostname != second.hostname:
        return False
    dialled = (ports[0] or _DEFAULT_PORTS.get(first.scheme)), (ports[1] or _DEFAULT_PORTS.get(second.scheme))
    return ports == (None, None) or dialled[0] == dialled[1]


def has_credentials(url: str) -> bool:
    """Whether a URL carries a user and a password, which only its own server may see."""
    return "@" in urlsplit(url).netloc


def article_id(url: str) -> ArticleId:
    """A short id that the same canonical URL always gets: 16 characters of base32."""
    return ArticleId(_digest(url, size=10))


def fingerprint(entry: Entry) -> str:
    """Of what an entry says: title and body, without markup, entities, white space; dates do not count."""
    return _digest("\x00".join((_folded(entry.title), _folded(plain(entry.html)))), size=15)


def text_hash(text: str) -> str:
    """The same for texts that differ in nothing but case, white space and punctuation."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return _digest(" ".join(words), size=15)


def _content(
    one: Told, now: datetime, backfill: timedelta | Literal["all", "none"] | None, lacked: datetime | None
) -> NewEntry:
    published, dated = _published(one.entry, now)
    match backfill:
        case None | "all":
            tell = True
        case "none":
            tell = False
        case timedelta():
            tell = dated and published >= now - backfill
    return NewEntry(
        entry=one.entry,
        fingerprint=one.fingerprint,
        url=one.url,
        published=published,
        dated=dated,
        tell=tell,
        arrived=min(max(published, lacked or published), now),
    )


def _published(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    told = entry.published or entry.updated
    if told is None or told.year < _EARLIEST_YEAR or told > now + AHEAD:
        return now, False
    return min(told, now), True


def _normal(url: str) -> str:
    url = _BEFORE_QUERY.sub(lambda head: head[0].replace("\\", "/"), _JUNK.sub("", url.strip(_CONTROLS)), count=1)
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http(s) URL: {url[:100]!r}")
    port = parts.port
    shown = f":{port}" if port is not None and port != _DEFAULT_PORTS[parts.scheme] else ""
    userinfo = _percent(parts.netloc.rpartition("@")[0], _PATH_SAFE)
    credentials = f"{userinfo}@" if userinfo.strip(":") else ""
    path = _without_dots(_SESSION.sub("", _percent(parts.path, _PATH_SAFE))) or "/"
    query = _query(parts.query)
    fragment = f"#{_percent(parts.fragment, _QUERY_SAFE)}" if parts.fragment.startswith("!") else ""
    return f"{parts.scheme}://{credentials}{_host(parts.hostname)}{shown}{path}{'?' + query if query else ''}{fragment}"


def _host(host: str) -> str:
    if ":" in host:
        try:
            return f"[{IPv6Address(host.partition('%')[0]).compressed}]"
        except AddressValueError as error:
            raise ValueError(str(error)) from error
    host = unquote(host, errors="strict").lower().rstrip(".")
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    if not _HOST.fullmatch(host):
        raise ValueError(f"not a host name: {host[:100]!r}")
    return host


def _percent(text: str, safe: frozenset[str]) -> str:
    """Unreserved characters decoded, everything outside `safe` encoded as UTF-8, escapes in upper case."""
    parts: list[str] = []
    position = 0
    for found in _PERCENT.finditer(text):
        parts.append(_encoded(text[position : found.start()], safe))
        char = chr(int(found[1], 16))
        parts.append(char if char in _UNRESERVED else found[0].upper())
        position = found.end()
    parts.append(_encoded(text[position:], safe))
    return "".join(parts)


def _encoded(text: str, safe: frozenset[str]) -> str:
    return "".join(
        char if char in safe and char != "%" else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
        for char in text
    )


def _without_dots(path: str) -> str:
    """The path without `.` and `..` (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    closing = "/" if segments[-1] in {".", ".."} and kept else ""
    return "/" + "/".join(kept) + closing


def _query(query: str) -> str:
    pieces = (piece for piece in query.split("&") if piece and not _tracks(piece))
    return "&".join(_percent(piece, _QUERY_SAFE) for piece in pieces)


def _tracks(piece: str) -> bool:
    name = unquote(piece.partition("=")[0].replace("+", " ")).strip().lower().removeprefix("amp;")
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def _target(url: str) -> str | None:
    parts = urlsplit(url)
    for proxy, names in REDIRECTORS:
        if parts.query and proxy.fullmatch(f"{parts.hostname}{parts.path}"):
            values = dict(parse_qsl(parts.query))
            found = next((values[name] for name in names if name in values), "")
            return found if found.startswith(("http://", "https://")) else None
    return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))


def _digest(text: str, *, size: int) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=size).digest()
    return base64.b32encode(digest).decode("ascii").lower()
