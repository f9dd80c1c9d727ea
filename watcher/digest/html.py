"""The digest as an HTML document for mail clients: tables, inlined styles, no pictures from elsewhere, no scripts."""

import traceback
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.digest.view import DigestView, Look, view
from watcher.model import Digest

_TEMPLATE_FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)

_LARGEST = 20_000_000  # characters; no mail server takes more


def render_html(digest: Digest, look: Look) -> str:
    """The whole document, styles inlined; what phones and dark mode need stays in the head.

    A user's template that fails does not stop the digest: the built-in one takes its place and says so at its foot.
    """
    said = view(digest, look)
    if look.template is None:
        return _inlined(_built_in(said, look.fault))
    try:
        return _own(said, look.template)
    except _TEMPLATE_FAULTS as error:
        line, words = _place(error)
        where = f"line {line}: " if line else ""
        return _inlined(_built_in(said, f"Your own template failed ({where}{words}); this is the built-in one."))


def template_fault(digest: Digest, look: Look) -> tuple[int | None, str] | None:
    """Why a user's template cannot render a digest, with its line where one is to blame; None where it can."""
    try:
        _own(view(digest, look), look.template or "")
    except _TEMPLATE_FAULTS as error:
        return _place(error)
    return None


def _own(said: DigestView, template: str) -> str:
    document = _environment().from_string(template).render(digest=said, fault="")
    if len(document) > _LARGEST:
        raise ValueError(f"it made {len(document):,} characters; at most {_LARGEST:,} are sent")
    return _inlined(document)


def _place(error: BaseException) -> tuple[int | None, str]:
    words = f"{type(error).__name__}: {error}".partition("\n")[0]
    if isinstance(error, TemplateSyntaxError):
        return error.lineno, words
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return (lines[-1] if lines else None), words


def _built_in(said: DigestView, fault: str) -> str:
    return _environment().get_template("digest.html").render(digest=said, fault=fault)


def _inlined(document: str) -> str:
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(document)


@cache
def _environment() -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("watcher", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
