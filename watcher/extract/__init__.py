"""HTML to article: text, title, author, date, language, canonical URL. Pure: bytes in, values out.

`page()` reads a fetched page, `feed_text()` the markup a feed carries, `detect()` names the language of a text.
"""

from watcher.extract.language import detect
from watcher.extract.markup import feed_text
from watcher.extract.page import Page, page

__all__ = ["Page", "detect", "feed_text", "page"]
