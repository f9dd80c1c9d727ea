"""The pages: how things stand, and every digest and article with its reasons."""

import base64
import binascii
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from watcher import digest as rendering, schedule
from watcher.app import App, channel_look
from watcher.daemon import Daemon
from watcher.jobs import standing_of_rates
from watcher.jobs.compile import sources
from watcher.model import DigestId, WaitingAlert
from watcher.settings import Server

RECENT = 40
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def site(app: App, daemon: Daemon) -> Starlette:
    """The application. Where `server.token` is set, all but /healthz asks for it: bearer, or basic auth's password."""
    pages = Pages(app, daemon)
    return Starlette(
        routes=[
            Route("/", pages.home),
            Route("/healthz", pages.healthz),
            Route("/feeds", pages.feeds),
            Route("/deliveries", pages.deliveries),
            Route("/digests/{digest}", pages.digest),
            Route("/articles/{article}", pages.article),
        ],
        middleware=[Middleware(Door, server=lambda: app.settings.server or Server())],
        exception_handlers={404: pages.missing},
    )


class Door:
    """Asks for the token; where there is none, for a Host by which the page is meant to be reached.

    Else any web page could read this one through the visitor's browser, by a name of its own that it lets lead here
    (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, *, server: Callable[[], Server]) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in who may see the page."""
        server = self._server()
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
        elif server.token:
            await self._guarded(server.token.encode(), scope, receive, send)
        elif _is_meant(server, dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            await self._app(scope, receive, send)
        else:
            said = "this page is not served under that name; set `server: {token: …}` or `public_url` to it\n"
            await Response(said, 421, HEADERS)(scope, receive, send)

    async def _guarded(self, token: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        if _knows(token, scope):
            await self._app(scope, receive, send)
            return
        headers = {**HEADERS, "WWW-Authenticate": 'Basic realm="watcher", charset="UTF-8"'}
        await Response("the token is missing or wrong\n", 401, headers)(scope, receive, send)


def _is_meant(server: Server, host: str) -> bool:
    """Whether a Host is an address, `localhost`, or a name of the config's."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
        named = {"localhost", server.host.casefold(), urlsplit(server.public_url or "").hostname}
        return name in named or bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _knows(token: bytes, scope: Scope) -> bool:
    given = dict(scope["headers"]).get(b"authorization", b"")
    kind, _, value = given.partition(b" ")
    match kind.lower():
        case b"bearer":
            return secrets.compare_digest(value.strip(), token)
        case b"basic":
            try:
                password = base64.b64decode(value, validate=True).partition(b":")[2]
            except binascii.Error:
                return False
            return secrets.compare_digest(password, token)
        case _:
            return False


class Pages:
    """Each page reads the store anew; nothing is kept between requests."""

    def __init__(self, app: App, daemon: Daemon) -> None:
        self._app = app
        self._daemon = daemon
        self._templates = Environment(
            loader=PackageLoader("watcher.web"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["when"] = self._when

    def _when(self, moment: datetime | None) -> str:
        if moment is None:
            return "never"
        return f"{moment.astimezone(self._app.settings.timezone):%d %b %H:%M}"

    def _page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        html = self._templates.get_template(name).render(
            now=self._app.clock.now(), zone=self._app.settings.timezone.key, **values
        )
        return HTMLResponse(html, status, HEADERS)

    async def healthz(self, request: Request) -> JSONResponse:
        """Whether the daemon's tick runs: 200, else 503."""
        del request
        well = self._daemon.healthy
        return JSONResponse({"ok": well, "last_tick": _iso(self._daemon.last_tick)}, 200 if well else 503, HEADERS)

    async def home(self, request: Request) -> HTMLResponse:
        """How things stand."""
        del request
        store, settings = self._app.store, self._app.settings
        names = {topic.name: topic.title for topic in settings.topics}
        found = await store.matched(2 * RECENT)
        recent = [one for one in found if any(match.topic in names for match in one.matches)]
        return self._page(
            "home.html",
            health=await sources(self._app.store, self._app.context.live, self._app.clock.now()),
            digests=await store.digests(12),
            series=await store.series(),
            rates=[await self._rate(name) for name in self._app.context.live.rated],
            silences=await store.silences(self._app.clock.now()),
            recent=recent[:RECENT],
            names=names,
            feed_name=self._app.context.live.feed_name,
        )

    async def _rate(self, name: str) -> tuple[str, Sequence[tuple[str, bool]], WaitingAlert | None]:
        """A topic whose stories are counted: its name, how its rates stand, and what was told last."""
        store, now = self._app.store, self._app.clock.now()
        latest = next(iter(await store.latest_alerts(name, 1)), None)
        return name, await standing_of_rates(store, self._app.context.live, name, now), latest

    async def feeds(self, request: Request) -> HTMLResponse:
        """Each feed and how it is."""
        del request
        now, live = self._app.clock.now(), self._app.context.live
        rows = [
            (live.feed_name(state.url), state, schedule.health(state, now)) for state in await self._app.store.feeds()
        ]
        rows.sort(key=lambda row: (row[2] is None, row[0].casefold()))
        return self._page("feeds.html", rows=rows)

    async def deliveries(self, request: Request) -> HTMLResponse:
        """What was sent, what waits, what gave up."""
        del request
        return self._page("deliveries.html", rows=await self._app.store.deliveries(200))

    async def digest(self, request: Request) -> HTMLResponse:
        """A digest as it went out, with every story."""
        stored = await self._app.store.digest(DigestId(request.path_params["digest"]))
        policy = self._app.context.live.policies.get(stored.series) if stored else None
        if stored is None:
            return self.missing(request, Exception())
        look = channel_look(self._app.settings, policy, everything=True)
        return HTMLResponse(rendering.render_html(stored, look), 200, HEADERS)

    async def article(self, request: Request) -> HTMLResponse:
        """An article: what matched, in which sentence, and where it was told."""
        stored = await self._app.store.stored(request.path_params["article"])
        if stored is None:
            return self.missing(request, Exception())
        names = {topic.name: topic.title for topic in self._app.settings.topics}
        return self._page("article.html", one=stored, names=names, feed_name=self._app.context.live.feed_name)

    def missing(self, request: Request, error: Exception) -> HTMLResponse:
        """Nothing there."""
        del request, error
        return self._page("missing.html", 404)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
