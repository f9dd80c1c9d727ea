"""Notices become a digest; a digest becomes a subject, text, HTML and JSON. Pure: times and looks are passed in."""

from watcher.digest.assemble import assemble
from watcher.digest.html import render_html, template_fault
from watcher.digest.markdown import render_chat
from watcher.digest.merge import merge, part
from watcher.digest.payload import figure_json, payload, payload_bytes
from watcher.digest.text import render_text
from watcher.digest.view import Look, content_id
from watcher.digest.words import digest_link, figure as figure_words, series as series_words, subject

__all__ = [
    "Look",
    "assemble",
    "content_id",
    "digest_link",
    "figure_json",
    "figure_words",
    "merge",
    "part",
    "payload",
    "payload_bytes",
    "render_chat",
    "render_html",
    "render_text",
    "series_words",
    "subject",
    "template_fault",
]
