"""Every key this version serves: its kind and what it is for. The one list that loading and the schema both read."""

from watcher.config import checks
from watcher.config.figures import FIGURES
from watcher.config.kinds import Choice, Flag, Key, ListOf, Named, Section, Text, Whole
from watcher.config.languages import language
from watcher.config.places import FILE, FOLDER, STORAGE
from watcher.config.query import QueryForm, TextOr
from watcher.config.rates import FLATLINE, FREQUENCY, SPIKE, topic_rules
from watcher.config.rules import (
    Secretive,
    channel_forms,
    digest_rules,
    example_rules,
    feed_forms,
    fetch_rules,
    header_values,
    quiet_rules,
    retry_rules,
    server_form,
    smtp_rules,
)
from watcher.config.units import DURATION_PATTERN, SIZE_PATTERN

DURATION = Text(what="a duration", parse=checks.duration, pattern=DURATION_PATTERN, examples=("15m", "6h", "2d"))
PAUSE = Text(what="a duration", parse=checks.any_duration, pattern=DURATION_PATTERN, examples=("30s", "0s"))
SIZE = Text(what="a size", parse=checks.size, pattern=SIZE_PATTERN, examples=("10MB",))
BACKFILL = Text(what="all, none or a duration", parse=checks.backfill, examples=("2d", "all", "none"))
LINE = Text(what="a text", parse=checks.line, keep=True)
URL = Text(what="a URL", parse=checks.url, keep=True)
CLOCK = Text(what="a time of day", parse=checks.clock_time, examples=('"22:00"',))
ZONE = Text(what="a time zone", parse=checks.zone, examples=("UTC", "Europe/Athens"))
LANGUAGE = Text(what="a language code", parse=language, examples=("en", "ar", "tr"))
TAGS = ListOf(item=Text(what="a tag", parse=checks.tag), unique=True)
SEVERITY = Choice(words=("info", "warning", "critical"))
ENABLED = Key(name="enabled", kind=Flag(), about="false leaves it out; it is checked for form only", default=True)

SERVER = server_form(
    Section(
        about="The page and the API; `off` for none.",
        keys=(
            Key(
                name="listen",
                kind=Text(what="host:port", parse=checks.listen, examples=("127.0.0.1:8080",)),
                about="host:port to listen on",
                default="127.0.0.1:8080",
            ),
            Key(
                name="token",
                kind=Text(parse=checks.line, sensitive=True, optional=True),
                about="what visitors must present; empty: nothing",
                default="",
            ),
            Key(name="public_url", kind=URL, about="where people reach the page, for links in digests"),
        ),
    )
)

HEARTBEAT = Section(
    about="A URL that is asked while all is well: a dead host is heard by its silence.",
    keys=(
        Key(
            name="url",
            kind=URL,
            about="http or https, of a service that alerts when it is asked no more",
            required=True,
        ),
        Key(name="every", kind=DURATION, about="between two beats", default="5m"),
    ),
)

FETCH = Section(
    about="How servers are asked.",
    after=fetch_rules,
    keys=(
        Key(name="interval", kind=DURATION, about="between two polls of a feed that sets none", default="15m"),
        Key(name="min_interval", kind=DURATION, about="the shortest an interval adapts to", default="5m"),
        Key(name="max_interval", kind=DURATION, about="the longest an interval adapts to", default="6h"),
        Key(name="timeout", kind=DURATION, about="for a whole response", default="20s"),
        Key(name="max_size", kind=SIZE, about="of a response after decompression", default="10MB"),
        Key(name="per_host", kind=Whole(low=1, high=1_000), about="requests to one host at once", default=2),
        Key(name="host_delay", kind=PAUSE, about="between two requests to a host", default="500ms"),
        Key(name="concurrency", kind=Whole(low=1, high=10_000), about="requests at once", default=100),
        Key(
            name="backfill",
            kind=BACKFILL,
            about="at a feed's first poll, what was published earlier is read and stored, but not told",
            default="2d",
        ),
        Key(
            name="user_agent",
            kind=Text(what="a user agent", parse=checks.header_value),
            about="how we present ourselves; name a contact",
        ),
        Key(name="proxy", kind=Text(what="a URL", parse=checks.url, sensitive=True), about="URL of an HTTP proxy"),
        Key(name="ca", kind=FILE, about="a PEM file of certificates to trust besides the usual ones"),
        Key(
            name="allow_private",
            kind=ListOf(item=Text(what="a network", parse=checks.network, examples=("127.0.0.0/8",)), unique=True),
            about="private networks that article links and redirects may reach; none by default",
        ),
    ),
)

EXTRACT = Section(
    about="How pages become text.",
    keys=(
        Key(name="workers", kind=Whole(low=1, high=256), about="processes that read pages", default=2),
        Key(name="timeout", kind=DURATION, about="for one page", default="20s"),
        Key(name="robots", kind=Flag(), about="whether robots.txt is honoured for pages", default=True),
    ),
)

STORIES = Section(
    about="How copies of one text are told as one story.",
    keys=(
        Key(name="window", kind=DURATION, about="how long copies of a text join its story", default="5d"),
        Key(
            name="prefer",
            kind=ListOf(item=LINE, unique=True),
            about="feeds or agencies whose article stands for a story, the most preferred first",
        ),
    ),
)

RETENTION = Section(
    about="How long what is kept, from when it was last seen in a feed.",
    keys=(
        Key(name="articles", kind=DURATION, about="articles and their matches", default="365d"),
        Key(name="text", kind=DURATION, about="their full text", default="90d"),
        Key(name="deliveries", kind=DURATION, about="digests and deliveries", default="365d"),
    ),
)

_OF_A_FEED = (
    Key(name="tags", kind=TAGS, about="by which topics choose feeds"),
    Key(name="interval", kind=DURATION, about="between two polls"),
    Key(name="language", kind=LANGUAGE, about="of its articles, where they do not say"),
    Key(name="full_text", kind=Flag(), about="whether the pages it links are read", default=True),
    Key(name="backfill", kind=BACKFILL, about="as fetch.backfill, for this feed"),
    Key(name="headers", kind=header_values(LINE), about="request headers, such as Authorization"),
    ENABLED,
)
FEED = feed_forms(
    URL,
    Section(
        about="One source.",
        keys=(
            Key(name="url", kind=URL, about="http or https", required=True),
            Key(name="name", kind=LINE, about="for people and for topics; by default the URL's host and path"),
            *_OF_A_FEED,
        ),
    ),
    Section(
        about="The feeds of an OPML file; the other keys hold for each of them.",
        keys=(
            Key(name="opml", kind=FILE, about="an OPML file, relative to the config's folder", required=True),
            *_OF_A_FEED,
        ),
    ),
)

EXAMPLE = TextOr(
    key="text",
    text=Text(what="an example's text"),
    full=Section(
        about="An article in an example.",
        after=example_rules,
        keys=(
            Key(name="text", kind=Text(what="a text"), about="its full text"),
            Key(name="title", kind=Text(what="a title"), about="its headline"),
            Key(name="file", kind=FILE, about="a page or a text that holds it, relative to the config's folder"),
            Key(name="url", kind=URL, about="its address"),
            Key(name="language", kind=LANGUAGE, about="its language"),
            Key(name="feed", kind=LINE, about="the feed's name"),
            Key(name="tags", kind=TAGS, about="the feed's tags"),
        ),
    ),
)
TOPIC = Section(
    about="A named rule over articles.",
    after=topic_rules,
    keys=(
        Key(name="title", kind=LINE, about="for people; by default the name"),
        Key(
            name="query",
            kind=QueryForm(),
            about="what an article must say: `query: >-` and the query on the next line",
            required=True,
        ),
        Key(name="feeds", kind=ListOf(item=LINE, unique=True), about="tags or names of feeds; left out: every feed"),
        Key(name="languages", kind=ListOf(item=LANGUAGE, unique=True), about="left out: every language"),
        Key(
            name="severity",
            kind=SEVERITY,
            about="how much it matters",
            default="warning",
        ),
        Key(
            name="min_origins",
            kind=Whole(low=1, high=20),
            about="independent voices that must tell a story before it goes out",
            default=1,
        ),
        Key(name="figures", kind=FIGURES, about="which figures an article must hold, and when it is told"),
        Key(
            name="frequency", kind=FREQUENCY, about="count its stories, and tell only when there are so many in a time"
        ),
        Key(name="spike", kind=SPIKE, about="count its stories, and tell only when there are many times the usual"),
        Key(name="flatline", kind=FLATLINE, about="count its stories, and tell when for so long there was none"),
        Key(
            name="tests",
            about="examples that `watcher test` runs",
            kind=Section(
                about="What the topic must match and must not.",
                keys=(
                    Key(name="match", kind=ListOf(item=EXAMPLE), about="texts that must match"),
                    Key(name="no_match", kind=ListOf(item=EXAMPLE), about="texts that must not"),
                ),
            ),
        ),
        ENABLED,
    ),
)

_OF_A_CHANNEL = (
    Key(
        name="retry",
        about="when a failed delivery is tried again",
        kind=Section(
            about="Backoff: `first`, doubling up to `max`, until `give_up`.",
            after=retry_rules,
            keys=(
                Key(name="first", kind=DURATION, about="after the first failure", default="5s"),
                Key(name="max", kind=DURATION, about="the longest pause", default="6h"),
                Key(name="give_up", kind=DURATION, about="when the delivery is dead", default="3d"),
            ),
        ),
    ),
    Key(
        name="quiet",
        about="hours in which it is not disturbed: what comes then waits, and goes as one digest",
        kind=Section(
            about="Quiet hours, local; over midnight where `to` is the earlier time.",
            after=quiet_rules,
            keys=(
                Key(name="from", kind=CLOCK, about="when they begin", required=True, field="start"),
                Key(name="to", kind=CLOCK, about="when they end", required=True, field="end"),
                Key(name="timezone", kind=ZONE, about="of the two; by default the config's"),
                Key(
                    name="pass",
                    kind=ListOf(item=SEVERITY, unique=True),
                    about="severities of topics that go out all the same",
                    field="passing",
                ),
            ),
        ),
    ),
    Key(
        name="max_per_hour",
        kind=Whole(low=1, high=100_000),
        about="digests that go out in any hour; what exceeds it waits, and goes as one",
    ),
    ENABLED,
)
_SMTP = Section(
    about="A mail server.",
    after=smtp_rules,
    keys=(
        Key(name="host", kind=Text(what="a host", parse=checks.hostname, keep=True), about="its name", required=True),
        Key(
            name="port",
            kind=Whole(low=1, high=checks.MAX_PORT),
            about="by default 587, with security tls 465, with none 25",
        ),
        Key(name="security", kind=Choice(words=("starttls", "tls", "none")), about="encryption", default="starttls"),
        Key(name="username", kind=Text(parse=checks.line, optional=True), about="for the login"),
        Key(
            name="password",
            kind=Text(what="a password", parse=checks.secret_line, sensitive=True, optional=True),
            about="for the login; write ${NAME} or ${file:PATH}",
        ),
        Key(name="timeout", kind=DURATION, about="for each answer", default="30s"),
    ),
)
CHANNEL = channel_forms(
    {
        "email": Section(
            about="Mail.",
            keys=(
                Key(name="type", kind=Choice(words=("email",)), about="email", required=True),
                Key(
                    name="to",
                    kind=ListOf(
                        item=Text(what="a mail address", parse=checks.mailbox, keep=True), least=1, unique=True
                    ),
                    about="the recipients",
                    required=True,
                ),
                Key(
                    name="from",
                    kind=Text(what="a mail address", parse=checks.sender, keep=True),
                    about="the sender, such as `Watcher <watcher@example.org>`",
                    required=True,
                    field="sender",
                ),
                Key(name="smtp", kind=_SMTP, about="the mail server", required=True),
                Key(name="list_unsubscribe", kind=URL, about="URL for the header List-Unsubscribe"),
                *_OF_A_CHANNEL,
            ),
        ),
        "webhook": Section(
            about="Standard Webhooks.",
            keys=(
                Key(name="type", kind=Choice(words=("webhook",)), about="webhook", required=True),
                Key(name="url", kind=URL, about="http or https", required=True),
                Key(
                    name="secret",
                    kind=ListOf(
                        item=Text(what="a secret", parse=checks.signing_secret, sensitive=True, optional=True),
                        unique=True,
                    ),
                    about="`whsec_` and base64; one or several",
                ),
                Key(name="timeout", kind=DURATION, about="for an answer", default="20s"),
                *_OF_A_CHANNEL,
            ),
        ),
        "apprise": Section(
            about="Any service that Apprise knows; needs the extra `feedwatcher[apprise]`.",
            keys=(
                Key(name="type", kind=Choice(words=("apprise",)), about="apprise", required=True),
                Key(
                    name="url",
                    kind=ListOf(
                        item=Text(what="an Apprise URL", parse=checks.service_url, sensitive=True, keep=True),
                        least=1,
                        unique=True,
                    ),
                    about="one or several; write ${NAME}, for they hold secrets",
                    required=True,
                ),
                Key(name="timeout", kind=DURATION, about="for an answer", default="30s"),
                *_OF_A_CHANNEL,
            ),
        ),
        "folder": Section(
            about="Files in a folder.",
            keys=(
                Key(name="type", kind=Choice(words=("folder",)), about="folder", required=True),
                Key(name="path", kind=FOLDER, about="relative to the config's folder", required=True),
                *_OF_A_CHANNEL,
            ),
        ),
    }
)

DIGEST = Section(
    about="When which topics go where: `at` (cron), or `wait` and `every` (rolling).",
    after=digest_rules,
    keys=(
        Key(
            name="topics",
            kind=ListOf(item=LINE, least=1, unique=True),
            about='names, or "*" for all but `sources`',
            required=True,
        ),
        Key(name="to", kind=ListOf(item=LINE, least=1, unique=True), about="channels", required=True),
        Key(name="wait", kind=PAUSE, about="after the first match", default="30s"),
        Key(name="every", kind=PAUSE, about="at most one digest in this time", default="5m"),
        Key(
            name="at",
            kind=Text(what="a schedule", parse=checks.cron, examples=("0 7 * * mon-fri",)),
            about="minute hour day month weekday",
        ),
        Key(name="timezone", kind=ZONE, about="of `at`; by default the config's"),
        Key(name="empty", kind=Choice(words=("send", "skip")), about="what to do with nothing to tell", default="skip"),
        Key(name="template", kind=FILE, about="a Jinja2 template of your own for the HTML of mails and files"),
        Key(
            name="escalate",
            about="channels that are told at once of topics of a severity, past the digest's cadence",
            kind=Section(
                about="Channels by severity.",
                keys=tuple(
                    Key(name=word, kind=ListOf(item=LINE, unique=True), about=f"channels told at once of {word} topics")
                    for word in SEVERITY.words
                ),
            ),
        ),
        Key(name="max_stories", kind=Whole(low=1, high=10_000), about="in one digest", default=30),
        ENABLED,
    ),
)

SILENCE = Section(
    about="What is recorded and shown, and not told.",
    keys=(
        Key(name="topic", kind=LINE, about="the topic that is silent", required=True),
        Key(name="story", kind=LINE, about="only this story of it, until it gains something"),
        Key(name="place", kind=LINE, about="only what names this place; names of one `terms` list are one place"),
        Key(
            name="until",
            kind=Text(what="a date", parse=checks.moment, examples=("2016-11-01", "2016-11-01T12:00")),
            about="when it ends",
            required=True,
        ),
        Key(name="why", kind=LINE, about="the reason, for those who wonder", required=True),
        Key(name="by", kind=LINE, about="who silenced it", default="config"),
    ),
)

CONFIG = Section(
    about="Watcher's config.",
    keys=(
        Key(name="timezone", kind=ZONE, about="of schedules that set none", default="UTC"),
        Key(name="storage", kind=STORAGE, about="sqlite:///path or postgresql://user@host/db"),
        Key(name="server", kind=Secretive(kind=SERVER), about="the page and the API, or off"),
        Key(name="heartbeat", kind=Secretive(kind=HEARTBEAT), about="what is asked while all is well"),
        Key(name="fetch", kind=FETCH, about="how servers are asked"),
        Key(name="extract", kind=EXTRACT, about="how pages become text"),
        Key(name="stories", kind=STORIES, about="how copies of one text are told as one story"),
        Key(name="retention", kind=RETENTION, about="how long what is kept"),
        Key(name="feeds", kind=ListOf(item=FEED), about="the sources: URLs, mappings, or OPML files"),
        Key(
            name="terms",
            kind=Named(
                about="Reusable lists, used as $name in queries.",
                item=ListOf(item=QueryForm(), least=1),
                check=checks.term_name,
            ),
            about="reusable lists, used as $name in queries",
        ),
        Key(
            name="topics",
            kind=Named(about="Topics by name.", item=TOPIC, check=checks.topic_name),
            about="what is watched for",
        ),
        Key(name="silences", kind=ListOf(item=SILENCE), about="what is not told, for a time"),
        Key(
            name="channels",
            kind=Secretive(kind=Named(about="Channels by name.", item=CHANNEL, check=checks.name)),
            about="where digests go",
        ),
        Key(
            name="digests",
            kind=Named(about="Digests by name.", item=DIGEST, check=checks.name),
            about="when which topics go where",
        ),
    ),
)
