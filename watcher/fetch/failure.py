"""What can go wrong on the way to an answer, as exceptions of the transport and as words for people."""

import socket
import ssl

import httpx

from watcher.model import FetchFailed, FetchReason


class Trouble(httpx.TransportError):
    """A request that came to nothing, with the reason and words for people."""

    def __init__(self, reason: FetchReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


OF_HTTPX: tuple[tuple[type[httpx.TransportError], FetchReason, str], ...] = (
    (httpx.ConnectTimeout, FetchReason.TIMEOUT, "the proxy did not answer in time"),
    (httpx.TimeoutException, FetchReason.TIMEOUT, "no complete answer in time"),
    (httpx.ProxyError, FetchReason.REFUSED, "the proxy refused: {error}"),
    (httpx.ConnectError, FetchReason.REFUSED, "the proxy cannot be reached"),
    (httpx.NetworkError, FetchReason.RESET, "the connection through the proxy was dropped"),
    (httpx.ProtocolError, FetchReason.PROTOCOL, "the answer through the proxy is broken: {error}"),
)
"""The errors of httpx's own transport, which is used through a proxy; the more special first."""

OF_DIAL: tuple[tuple[type[OSError], FetchReason, str], ...] = (
    (ssl.SSLCertVerificationError, FetchReason.TLS, "the certificate of {place} is not valid: {why}"),
    (ssl.SSLError, FetchReason.TLS, "no secure connection to {place}: {why}"),
    (socket.gaierror, FetchReason.DNS, "the name {place} cannot be resolved: {why}"),
    (ConnectionRefusedError, FetchReason.REFUSED, "{place} refused the connection"),
    (ConnectionError, FetchReason.RESET, "{place} dropped the connection"),
    (TimeoutError, FetchReason.TIMEOUT, "{place} did not answer the connection in time"),
)
"""The operating system's errors, the more special first."""


def of_dial(error: OSError, place: str) -> Trouble:
    """What a failed connection means."""
    for kind, reason, words in OF_DIAL:
        if isinstance(error, kind):
            return Trouble(reason, words.format(place=place, why=_why(error)))
    return Trouble(FetchReason.REFUSED, f"{place} cannot be reached: {_why(error)}")


def _why(error: OSError) -> str:
    told = getattr(error, "verify_message", None) or getattr(error, "reason", None) or error.strerror or str(error)
    return str(told).replace("_", " ").lower()


def failed(error: httpx.TransportError) -> FetchFailed:
    """The outcome that a transport's error comes to."""
    if isinstance(error, Trouble):
        return FetchFailed(reason=error.reason, detail=error.detail)
    deeper: BaseException | None = error
    while deeper is not None:
        if isinstance(deeper, ssl.SSLError):
            return failed(of_dial(deeper, "the server"))
        deeper = deeper.__cause__ or deeper.__context__
    for kind, reason, words in OF_HTTPX:
        if isinstance(error, kind):
            return FetchFailed(reason=reason, detail=words.format(error=error))
    return FetchFailed(reason=FetchReason.PROTOCOL, detail=str(error) or type(error).__name__)
