"""Find for each miRNA of a prior the name that the data use for the same miRNA."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from csmir._names import compounds, forms, mirbase
from csmir._names import species as species_names
from csmir._names.forms import GENE, HAIRPIN, HOST, MATURE, Form
from csmir.priors._index import (
    ARMS,
    Entry,
    Index,
    Key,
    alike,
    arms_written,
    in_order,
    level_in,
    of_accession,
    same_level,
)
from csmir.priors._match import (
    ACCESSION,
    AMBIGUOUS,
    ARM,
    EXACT,
    LIST,
    MAPPING,
    NONE,
    RELEASE,
    SPELLING,
    Aliases,
    Match,
    one,
)

# names of the data that hold a miRNA's name and more, and are suggested for it
MOST = 3


class MirnaNames:
    """The miRNA names of the data, to be matched against."""

    def __init__(
        self,
        known: Iterable[str],
        prior: Iterable[str],
        aliases: Aliases,
        arms: str,
        species: str = "hsa",
    ) -> None:
        self.known, prior = set(known), list(prior)
        self.aliases = aliases
        self.arms = arms
        self.prefix = species_names.main_prefix(self.known)
        self.species = self.prefix or species_names.main_prefix(prior) or species
        # A name of the data that the prior has as written is not given to other names by their arm.
        self.taken = self.known.intersection(prior)
        self.data = Index(self.known, self.species)
        self.written = arms_written(prior)
        self.levels = (self.data.level, forms.level_of(prior))
        self.alias_forms: dict[tuple[Key, str], set[str]] = defaultdict(set)
        for name, related in aliases.items():
            found = forms.form(name)
            if found:
                self.alias_forms[found.key, found.species or self.species].update(related)

    def _table(self, found: Form) -> mirbase.Release:
        return mirbase.release(found.species or self.species)

    def match(self, name: str) -> Match:
        """Exact, then mapping, then what miRBase says; a list of names is matched one by one."""
        if name in self.known:
            return Match((name,), EXACT)
        mapped = self._mapped(name)
        if mapped is not None:
            return mapped
        found = self._named(name)
        if found is not None:
            return found
        listed = self._list(name)
        if listed is not None:
            return listed
        within = forms.inside(name)
        hint = self._named(within) if within and not forms.MIRGENEDB.match(name) else None
        return Match((), NONE, (hint.to or hint.candidates) if hint else ())

    def _mapped(self, name: str) -> Match | None:
        related = set(self.aliases.get(name, ()))
        found = forms.form(name)
        if found:
            related |= self.alias_forms.get((found.key, found.species or self.species), set())
        accessions = {n for n in related if forms.ACCESSION.fullmatch(n)}
        hits = related & self.known
        for other in related - self.known:
            same = self._named(other)
            hits |= set(same.to) if same else set()
        if not hits:
            return None
        if len(accessions - hits) > 1:  # the name was that of several miRNAs, whichever the data hold
            return Match((), AMBIGUOUS, tuple(sorted(n for n in related - accessions if forms.form(n) != found)))
        return one(hits, MAPPING)

    def _named(self, name: str) -> Match | None:
        """A name that is one miRNA's, or None."""
        accession = of_accession(name)
        found = accession or forms.form(name)
        if found is None:
            return None
        if found.species and found.species not in mirbase.species() and self.prefix not in {None, found.species}:
            right = self._known_form(found._replace(species=self.prefix), name)  # has-miR-21-5p
            return Match((), NONE, right.to or right.candidates)
        result = self._known_form(found, name)
        return result._replace(rule=ACCESSION) if accession and result.to else result

    def _known_form(self, found: Form, name: str) -> Match:
        level = level_in(found, name, self.levels[1], self.written)
        same = [e for e in self.data.by_stem.get(found.stem, ()) if e.form.arm == found.arm and alike(e, found)]
        same = [e for e in same if same_level(e.level, level)]
        if same:
            return self._told(same, GENE if GENE in {level, same[0].level} and level != same[0].level else SPELLING)
        return self._mature(found) if level == MATURE else self._hairpin(found, level)

    def _told(self, entries: Collection[Entry], rule: str) -> Match:
        """The match by a rule; compounds only where no other name does, and under a rule of their own."""
        alone = [e for e in entries if not e.compound]
        if not alone:
            return one({e.name for e in entries}, LIST)
        return one({e.name for e in alone}, ACCESSION if all(e.accession for e in alone) else rule)

    def _mature(self, found: Form) -> Match:
        table = self._table(found)
        now = table.now(found.key)
        near = [e for key in now or (found.key,) for e in self.data.by_now.get(key, ()) if alike(e, found)]
        if found.arm is None and self.arms == "both":
            stems = {found.stem, *(stem for stem, _ in now)}
            arms = {
                e.name for s in stems for e in self.data.by_stem.get(s, ()) if e.form.arm in ARMS and alike(e, found)
            }
            if arms:
                return Match(tuple(sorted(arms)), ARM)
        if len(now) > 1:
            return Match((), AMBIGUOUS, tuple(sorted(table.name[key] for key in now)))
        sure = [e for e in near if e.level == MATURE and len(e.now) == 1]
        if sure and now:
            if self.arms == "exact" and all((e.form.arm is None) != (found.arm is None) for e in sure):
                return Match((), AMBIGUOUS, in_order(sure))
            return self._told(sure, RELEASE)
        perhaps = [e for e in near if e.level == MATURE]
        if perhaps and now:
            return Match((), AMBIGUOUS, in_order(perhaps))
        if found.arm is None and not now:
            near += [e for e in self.data.by_stem.get(found.stem, ()) if e.level != MATURE and alike(e, found)]
        hairpins = [e for e in near if e.level != MATURE]
        if hairpins:
            return self._both_ways(hairpins)
        if now:  # known, and not in the data: whatever else they hold is another miRNA
            renamed = found.key != now[0]
            held = self.data.within.get(now[0], [])[:MOST]  # isomiRs and probes of it
            known = held or ([table.name[now[0]]] if renamed else [])
            return Match((), RELEASE if renamed or found.arm is None else NONE, tuple(known))
        return self._unknown(found)

    def _hairpin(self, found: Form, level: str) -> Match:
        table = self._table(found)
        stems = table.hairpin.get(found.stem, ())
        renamed = [
            e
            for stem in stems
            for e in self.data.by_stem.get(stem, ())
            if e.level in {HAIRPIN, GENE} and level != HOST and e.form.arm is None and alike(e, found)
        ]
        if renamed:
            return self._told(renamed, RELEASE)
        keys = table.matures(found.stem)
        near = [e for key in keys for e in self.data.by_now.get(key, ()) if alike(e, found)]
        matures = [e for e in near if e.level == MATURE]
        if matures:
            return self._both_ways(matures, level)
        if not keys:
            return self._unknown(found)
        return Match((), NONE)

    def _both_ways(self, entries: list[Entry], level: str | None = None) -> Match:
        """A hairpin gives two mature miRNAs, and which of them was counted or meant is not said."""
        own = [e for e in entries if e.level != HOST] or entries
        level = level or own[0].level
        if self.arms != "both":
            return Match((), AMBIGUOUS, in_order(own))
        return Match(in_order(own), HAIRPIN if level == HAIRPIN else GENE)

    def _unknown(self, found: Form) -> Match:
        """Names that miRBase's table lacks: the same stem with another or no arm."""

        def near(fits: Callable[[Entry], bool]) -> list[Entry]:
            return [e for e in self.data.by_stem.get(found.stem, ()) if alike(e, found) and fits(e)]

        if found.arm in ARMS:  # the data do not say the arm
            same = near(lambda e: e.form.arm is None and e.name not in self.taken)
        else:  # the prior does not, or says only that it is the less abundant one
            same = near(lambda e: e.form.arm in ARMS)
        if same and self.arms == "both" and found.arm != "*":
            return Match(in_order(same), ARM)
        return Match((), AMBIGUOUS if same else NONE, in_order(same))

    def _list(self, name: str) -> Match | None:
        members = compounds.members(name)
        if len(members) < 2 or (any(forms.ACCESSION.fullmatch(m) for m in members) and "_" in name):
            return None
        matches = [m for m in (self.match(member) for member in members) if m is not None]
        to = tuple(dict.fromkeys(n for m in matches for n in m.to))
        candidates = tuple(dict.fromkeys(n for m in matches for n in m.candidates))
        if compounds.abbreviated(name):  # a family of TargetScan: some of its names are not names of miRNAs
            return Match((), NONE, to or candidates)
        return Match(to, LIST if to else AMBIGUOUS if candidates else NONE, candidates)
