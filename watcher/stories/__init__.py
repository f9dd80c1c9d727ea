"""Stories: copies and near-duplicates told once, with whose voice it is and what a further copy adds. Pure."""

from watcher.stories.assign import WINDOW, Arrival, Assignment, Founded, Joined, Kind, assign, topic_gains
from watcher.stories.events import APART, REACH, find_event, same_event
from watcher.stories.gains import Gain, anew
from watcher.stories.gist import Count, Gist, dump, gist, load
from watcher.stories.lead import LeadReason, Member, lead
from watcher.stories.origins import origin, site, stands_on
from watcher.stories.signature import signature

__all__ = [
    "APART",
    "REACH",
    "WINDOW",
    "Arrival",
    "Assignment",
    "Count",
    "Founded",
    "Gain",
    "Gist",
    "Joined",
    "Kind",
    "LeadReason",
    "Member",
    "anew",
    "assign",
    "dump",
    "find_event",
    "gist",
    "lead",
    "load",
    "origin",
    "same_event",
    "signature",
    "site",
    "stands_on",
    "topic_gains",
]
