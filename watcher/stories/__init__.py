"""Stories: copies and near-duplicates told once, with whose voice it is and what a further copy adds. Pure."""

from watcher.stories.assign import WINDOW, Arrival, Assignment, Candidate, Founded, Joined, Kind, assign
from watcher.stories.events import APART, Count, Gist, gist, group, same_event
from watcher.stories.gains import Gain, anew
from watcher.stories.lead import LeadReason, Member, lead
from watcher.stories.origins import Origin, one_voice, origin, voices
from watcher.stories.signature import signature

__all__ = [
    "APART",
    "WINDOW",
    "Arrival",
    "Assignment",
    "Candidate",
    "Count",
    "Founded",
    "Gain",
    "Gist",
    "Joined",
    "Kind",
    "LeadReason",
    "Member",
    "Origin",
    "anew",
    "assign",
    "gist",
    "group",
    "lead",
    "one_voice",
    "origin",
    "same_event",
    "signature",
    "voices",
]
