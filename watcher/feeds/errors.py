"""What a body is that is no feed."""

from watcher.errors import WatcherError


class NotAFeed(WatcherError):  # noqa: N818 - named for what it is
    """The bytes are no feed; the text says what they are instead.

    `challenge` is True where a bot wall answered in the publisher's place: the same request may well succeed later.
    """

    def __init__(self, message: str, *, challenge: bool = False) -> None:
        self.challenge = challenge
        super().__init__(message)
