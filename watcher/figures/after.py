"""What is said after a counted noun: passives, what they did, participles, states; past phrases and asides."""

from dataclasses import replace
from typing import Final

from watcher.figures.heads import Standing
from watcher.figures.lexicon import Form, Frame, Predicate
from watcher.figures.links import Link, Mention, Strength, choose
from watcher.figures.sentence import Said, Sentence
from watcher.model import Subject, Unit

_REACH: Final = 28
_COMMAS: Final = 3
_ASIDE: Final = 14
_QUALIFIED: Final = 5
"""A qualifier and its number take no more tokens than this: up to an estimated 12."""
_FAR: Final = 8
_DENIAL: Final = 5
_SHARE: Final = 7
_CLAUSE: Final = 7
_ENDS: Final = frozenset({";", ":", ".", "!", "?", "…"})
_PAUSES: Final = frozenset({",", "-", "–", "—"})
_QUOTES: Final = frozenset({"'", '"', "“", "”", "*"})
_AGENTS: Final = frozenset({"by", "in", "from", "since", "during", "", "."})
_LESS: Final = frozenset({Subject.AFFECTED, Subject.INJURED})
_NEVER: Final = frozenset({"not", "never", "n't"})
_VERBAL: Final = ("be", "have", "modal")


def after(sentence: Sentence, mention: Mention, stops: set[int]) -> Link | None:
    """The predicate said of a mention in what follows it; `stops` are the tokens where other mentions begin."""
    return (
        None
        if _belongs(sentence, mention) or _shared_out(sentence, mention)
        else _Walk(sentence, mention, stops).link()
    )


def _belongs(sentence: Sentence, mention: Mention) -> bool:
    """Whether a mention only belongs to another noun, of which the clause tells: relatives of 43 students marched."""
    at = mention.begin - 1
    if not sentence.has("of", at) or mention.group or sentence.has("band", at - 1):
        return False
    noun = sentence.words.nouns.longest(sentence.norms, at - 1)
    if noun and mention.unit is Unit.HOMES and noun[0][0].unit is not Unit.HOMES:
        return False  # residents of 85 houses were evacuated
    return noun is not None and noun[1] == at and at not in sentence.said_before


def _shared_out(sentence: Sentence, mention: Mention) -> bool:
    """Whether only a share of a mention is told of: `half of the city's 400,000 residents fled`."""
    at = mention.end
    while sentence.has("adverb", at):
        at += 1
    said = sentence.said_at.get(at)
    if sentence.has("relative", at) or (said and all(one.frame is not Frame.ACT for one in said.meanings)):
        return False
    start = mention.quantity.first
    for at in range(start - 1, max(0, start - _SHARE), -1):
        if sentence.has("of", at) or sentence.has("determiner", at):
            if sentence.has("share", at - 1):
                return True
        elif not (
            sentence.is_word(at)
            and (sentence.capitalised(at) or sentence.norm(at + 1) == "'s" or sentence.norm(at) == "'s")
        ):
            return sentence.has("share", at) and sentence.has("of", at + 1)
    return False


def object_follows(sentence: Sentence, at: int) -> bool:
    """Whether a noun phrase follows, so that a verb is active: `killed 12`, `killed the mayor`, `killed civilians`."""
    while sentence.has("adverb", at) and not sentence.words.qualifiers.longest(sentence.norms, at + 1):
        at += 1
    for index in range(at, at + _QUALIFIED):
        if index in sentence.number_at:
            said = sentence.words.qualifiers.longest(sentence.norms, index)
            return index == at or bool(said and said[1] <= at) or sentence.has("determiner", at)
    if sentence.has("determiner", at) or (sentence.has("pronoun", at) and not sentence.has("relative", at)):
        return True
    return bool(sentence.words.nouns.longest(sentence.norms, at)) and sentence.is_word(at)


class _Walk:
    """A walk to the right through one clause, and what was passed on it."""

    __slots__ = ("_mention", "_sentence", "_stops", "commas", "have", "joined", "passive", "phrase", "relative", "verb")

    def __init__(self, sentence: Sentence, mention: Mention, stops: set[int]) -> None:
        self._sentence, self._mention, self._stops = sentence, mention, stops
        self.passive = False  # be was the last verb
        self.have = False  # have was
        self.verb = False  # any verb was passed
        self.relative = False  # who, which
        self.joined = False  # and, or
        self.phrase = False  # inside a phrase of place, time, agent
        self.commas = 0

    def link(self) -> Link | None:
        at, weak = self._mention.end, None
        limit = min(len(self._sentence.norms), at + _REACH)
        while 0 < at < limit:
            if at in self._stops and at > self._mention.end and not self._inside_phrase(at):
                break
            said = self._sentence.said_at.get(at)
            if said is None:
                at = self._pass(at)
                continue
            link, ends = self._judge(said)
            if link and not link.said.weak:
                return self._more_telling(link)
            if ends:
                return weak
            weak = weak or link
            at = said.last
            self.passive = self.have = False
        return weak

    def _inside_phrase(self, at: int) -> bool:
        """Whether a number on the way belongs to a phrase that may be passed (`by 40 gunmen`, `from two villages`)."""
        sentence = self._sentence
        if sentence.norm(at - 1) in {"from", "of", "in"} and self.commas <= 1:
            return True
        return self.phrase and not self.commas and not sentence.has("conjunction", at - 1)

    # Steps over what is no predicate: each returns the next token, or 0 where the clause ends.

    def _pass(self, at: int) -> int:
        sentence, norm = self._sentence, self._sentence.norm(at)
        if norm in _PAUSES:
            return self._pause(at)
        if norm in {"(", "["}:
            return sentence.closing(at)
        if norm in _QUOTES or sentence.has("relative", at):
            self.relative = self.relative or norm not in _QUOTES
            return at + 1
        if norm == "." and sentence.is_word(at + 1):
            return at + 1
        if norm in _ENDS or (sentence.has("subordinator", at) and self._opens_clause(at)):
            return 0
        return self._conjunction(at) if sentence.has("conjunction", at) else self._word(at)

    def _pause(self, at: int) -> int:
        if self._framed:
            return 0
        if self._opens_aside(at + 1):
            return self._past_aside(at)
        self.commas += 1
        self.phrase = False
        return at + 1 if self.commas <= _COMMAS else 0

    @property
    def _framed(self) -> bool:
        """Whether a mention only sets the frame: `Of the 1.5 million inhabitants, a third have fled`."""
        at = self._mention.begin - 1
        return at in {0, 1} and (self._sentence.has("of", at) or self._sentence.norm(at) == "among")

    def _opens_aside(self, at: int) -> bool:
        numeral = self._sentence.number_at.get(at)
        part = numeral and self._sentence.has("of", numeral.last) and self._sentence.has("partitive", numeral.last + 1)
        sentence = self._sentence
        share = any(sentence.has("of", i) and sentence.has("relative", i + 1) for i in range(at, at + _QUALIFIED))
        return bool(part) or share or sentence.has("aside", at)

    def _past_aside(self, at: int) -> int:
        """Past `, including 17 children,` where the verb follows; else the clause ends here."""
        sentence = self._sentence
        for index in range(at + 2, min(at + _ASIDE, len(sentence.norms) - 1)):
            if sentence.norm(index) == sentence.norm(at):
                verbal = any(sentence.has(name, index + 1) for name in _VERBAL)
                return index + 1 if verbal or index + 1 in sentence.said_at else 0
        return 0

    def _opens_clause(self, at: int) -> bool:
        """Whether `before`, `since`, `as`, `until` opens a clause, rather than a phrase of time."""
        sentence = self._sentence
        if not sentence.has("preposition", at):
            return True
        if sentence.has("have", at - 1):
            return False  # five have since been found
        if sentence.norm(at) in {"as", "so"}:
            verbal = sentence.has("have", at + 1) or sentence.has("be", at + 1) or at + 1 in sentence.said_at
            return not (verbal or sentence.has("of", at + 1))
        return sentence.has("pronoun", at + 1) or (sentence.has("subordinator", at) and self._verb_ahead(at + 1))

    def _verb_ahead(self, at: int) -> bool:
        """Whether an auxiliary verb follows before the next pause: `since their huts were washed away`."""
        for index in range(at, at + _CLAUSE):
            if index >= len(self._sentence.norms) or self._sentence.norm(index) in _PAUSES | _ENDS:
                return False
            if any(self._sentence.has(name, index) for name in ("be", "have", "modal")):
                return True
        return False

    def _conjunction(self, at: int) -> int:
        sentence, follows = self._sentence, at + 1
        if self._is_bare and not self.verb:
            return 0
        if sentence.has("determiner", follows) or sentence.has("pronoun", follows):
            return follows if not self.verb and sentence.has("determiner", follows) else 0
        if sentence.norm(at) == "but" and not sentence.has("be", follows):
            return 0
        self.joined, self.phrase = True, False
        return follows

    @property
    def _is_bare(self) -> bool:
        return self._mention.head.standing is Standing.BARE

    def _word(self, at: int) -> int:
        sentence = self._sentence
        if sentence.has("per", at) and sentence.has("rate_unit", at + 1):
            return at + 2
        if sentence.has("be", at):
            self.passive = self.verb = True
        elif sentence.has("have", at):
            self.have = self.verb = True
        elif self._another_subject(at):
            return 0
        elif sentence.has("preposition", at):
            self.phrase = True
            self.passive = self.passive and sentence.norm(at) in {"at", "in"}
        elif sentence.has("modal", at) or sentence.has("to", at):
            self.verb = True
        elif not sentence.has("adverb", at) and not sentence.has("negation", at):
            return self._plain(at)
        return at + 1

    def _another_subject(self, at: int) -> bool:
        sentence = self._sentence
        pronoun = sentence.has("pronoun", at) and not sentence.has("determiner", at)
        return pronoun and self.verb and not self.relative

    def _plain(self, at: int) -> int:
        """An ordinary word: after *and*, or after a finished clause, another noun is another subject."""
        if self._is_bare and not self.verb and not self.phrase:
            return 0
        noun = self.verb and self._sentence.words.nouns.longest(self._sentence.norms, at)
        if noun and (self.joined or (self.commas and not self.phrase)):
            return 0
        if self.verb and not self.phrase:
            self.passive = False
        return at + 1

    # Predicates

    def _judge(self, said: Said) -> tuple[Link | None, bool]:
        """A link, and whether the walk ends here even without one."""
        sentence, unit = self._sentence, self._mention.unit
        if sentence.norm(said.last) == "-" and sentence.tight(said.last):
            return None, False
        if self._denied(said):
            return self._kept_away(said), True
        if sentence.norm(said.first - 1) in _NEVER:
            return None, True
        verb = choose(said.meanings, unit, {Frame.VERB})
        act = choose(said.meanings, unit, {Frame.ACT})
        state = choose(said.meanings, unit, {Frame.STATE, Frame.ANY})
        noun = sentence.has("determiner", said.first - 1) or sentence.has("of", said.first - 1)
        if verb and verb.form == Form.BASE:
            noun = noun or sentence.words.nouns.longest(sentence.norms, said.first) is not None
        told: Predicate | None = None
        if verb and not noun and self._undergone(said, verb):
            told = verb
        elif verb and not noun and self._done_by_them(said, verb, other=bool(act or state)):
            return None, True
        elif act and not noun and self._done(said, act) and not (act.weak and object_follows(sentence, said.last)):
            told = act
        elif state and state.frame is Frame.ANY and object_follows(sentence, said.last):
            return None, True
        elif state and self._holds(said):
            told = state
        return (self._tie(told, said) if told else None), False

    def _denied(self, said: Said) -> bool:
        """Whether it is said that they do not come back: `will not be able to go home`."""
        if said.meanings[0].subject is not Subject.RETURNED:
            return False
        near = range(max(self._mention.end, said.first - _DENIAL), said.first)
        return any(self._sentence.norm(at) in _NEVER or self._sentence.has("unable", at) for at in near)

    def _kept_away(self, said: Said) -> Link | None:
        """Those who cannot go home are displaced; of those who need not, nothing is told."""
        found = choose(said.meanings, self._mention.unit, {Frame.ACT, Frame.VERB})
        near = range(max(self._mention.end, said.first - _DENIAL), said.first)
        able = any(self._sentence.has("able", at) for at in near)
        return self._tie(replace(found, subject=Subject.DISPLACED), said) if found and able else None

    def _tie(self, said: Predicate, where: Said) -> Link:
        close = where.first - self._mention.end <= 1 or self.passive or self.have
        return Link(said, where.first, where.last, Strength.DIRECT if close else Strength.NEAR)

    def _undergone(self, said: Said, verb: Predicate) -> bool:
        """Whether those counted undergo the verb: after *be*, or as a participle with no object after it."""
        sentence, gap = self._sentence, said.first - self._mention.end
        if Form.PARTICIPLE not in verb.form:
            return Form.GERUND in verb.form and self.passive and sentence.norm(said.first - 1) in {"being", "be"}
        if self.passive or self.have or object_follows(sentence, said.last):
            return self.passive
        if self.commas and not self.relative and not self.joined and gap > _COMMAS - 1:
            return sentence.norm(said.last) in _AGENTS
        return not self.relative and not (self.phrase and gap > _FAR)

    def _done_by_them(self, said: Said, verb: Predicate, *, other: bool) -> bool:
        """Whether they do it to others, so that nothing more is said of them in this clause."""
        if not self.passive and self.joined and object_follows(self._sentence, said.last):
            return True
        return not other and not self.phrase and (not self.passive or Form.GERUND in verb.form)

    def _done(self, said: Said, act: Predicate) -> bool:
        """Whether those counted do it: any finite form, *to* with the base, a gerund or participle after a pause."""
        before, gap = self._sentence.norm(said.first - 1), said.first - self._mention.end
        if gap <= 1 or not act.form or self.verb:
            return True
        if self.phrase and act.form & Form.GERUND:
            return before not in {"by", "from", "for", "of", "after", "before", "without"}
        return self.relative or act.form != Form.BASE or before == "," or (self.phrase and said.last - said.first > 1)

    def _holds(self, said: Said) -> bool:
        """Whether a state is said of them, and not of a noun in a phrase between."""
        near = said.first - self._mention.end <= 1 or not self._sentence.words.inflected
        told = self.passive or self.verb or self.relative or bool(self.commas)
        return near or told or not self.phrase or said.last - said.first > 1

    def _more_telling(self, link: Link) -> Link:
        """Of two things joined, the one that tells more: `were affected and evacuated`, `was shot and killed`."""
        sentence, unit = self._sentence, self._mention.unit
        if link.said.subject not in _LESS or not sentence.has("conjunction", link.last):
            return link
        joined = sentence.said_at.get(link.last + 1)
        verb = choose(joined.meanings, unit, {Frame.VERB, Frame.STATE}) if joined else None
        if verb is None or joined is None or object_follows(sentence, joined.last):
            return link
        return Link(verb, joined.first, joined.last, link.strength)
