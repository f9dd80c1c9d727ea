"""Rates of a topic: so many stories in a time, many times the usual, none at all. Pure.

    what arrived + the state after the last look + now ──look──▶ the next state, and what is told

Stories are counted, not copies, by when they arrived. `state` is all that is kept between looks; `windows` counts;
`words` says it.
"""

from watcher.rates.look import PAUSE, Look, Source, Told, look, reach, replay, wants_sources
from watcher.rates.state import Episode, State
from watcher.rates.windows import Times, Usual, days_asked, days_needed, usual
from watcher.rates.words import dated, describe, standing

__all__ = [
    "PAUSE",
    "Episode",
    "Look",
    "Source",
    "State",
    "Times",
    "Told",
    "Usual",
    "dated",
    "days_asked",
    "days_needed",
    "describe",
    "look",
    "reach",
    "replay",
    "standing",
    "usual",
    "wants_sources",
]
