"""An organ's span, lived through again under one ladder: every fact in its order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Any

from workflows.deadlines import day_of, plus_months
from workflows.engine import EngineFault, load_spec, to_feel, to_json
from workflows.engine.decisions import DecisionFault
from workflows.subjects import Subject
from workflows.what_if.answers import Record, moment
from workflows.what_if.cases import Given, Life, World
from workflows.what_if.facts import AskedFact, Common, Ladder, MatterFact, Organ
from workflows.what_if.lights import Watch, is_red
from workflows.what_if.people import Directory
from workflows.what_if.tally import Tally, month_of

RULE = "measure_proposal"
MISSED = "missed_duty"
NOON = 12 * 60
LIVED = ("reminder", "interview")  # measures whose cases are lived through
NONE = "none"
Counts = dict[str, Any]


def both(organ: Organ, common: Common, old: Ladder, new: Ladder) -> tuple[int, Counts, Counts]:
    """The organ's weight, and its counts under the published and under the draft ladder."""
    return organ.weight, Span(organ, common, old).run(), Span(organ, common, new).run()


class Span:
    """One organ under one ladder."""

    def __init__(self, organ: Organ, common: Common, ladder: Ladder) -> None:
        self._organ, self._common = organ, common
        self._world = World(
            specs={name: load_spec(blob) for name, blob in ladder.specs.items()},
            forms=ladder.forms,
            days=ladder.days,
            rule=ladder.rule,
            calendar=common.calendar,
            until=common.until,
        )
        self._record = Record(organ, common)
        self._people = Directory(organ)
        self._tally = Tally()
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._number = 0
        self._keys: set[str] = set()
        self._reminded = {one: list(days) for one, days in organ.reminded.items()}
        self._reds: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for unit, at, matter in organ.reds:
            self._reds[unit].append((day_of(at), matter))
        self._reds_proposed: dict[int, date] = {}

    def run(self) -> Counts:
        """Everything that happened, in its order; what follows from it comes in between."""
        self._fill()
        while self._queue:
            at, _, happens = heappop(self._queue)
            happens(at)
        return self._tally.as_json()

    def _at(self, at: datetime, happens: Callable[[datetime], None]) -> None:
        if at <= self._common.until:
            self._number += 1
            heappush(self._queue, (at, self._number, happens))

    def _fill(self) -> None:
        missed: dict[tuple[int, int], int] = defaultdict(int)
        for unit_id, due in self._organ.overdue:
            missed[due, unit_id] += 1
        for (due, unit_id), count in sorted(missed.items()):
            at = datetime.fromtimestamp(due, UTC) + timedelta(seconds=1)
            self._at(at, partial(self._missed, unit_id, count))
        for matter in self._organ.matters:
            self._watch(matter)
        for asked in self._organ.asked:
            self._at(asked.at, partial(self._ask_again, asked))

    # --- what happens --------------------------------------------------------------------------

    def _missed(self, unit_id: int, count: int, at: datetime) -> None:
        """All duties that a unit missed on one day make one proposal."""
        subject = self._people.subject_of(unit_id, day_of(at))
        hits = self._ask("reminder", {"ground": MISSED, "origin": "duties"}, subject, at)
        measure = str(hits[0]["measure"]) if hits else NONE
        due = at - timedelta(seconds=1)
        self._tally.rungs[month_of(due), measure] += count
        self._tally.asked += count
        key = f"proposal:{MISSED}:{day_of(at).isoformat()}:{subject.key}:1"
        self._propose(key, MISSED, hits, subject, at)

    def _watch(self, matter: MatterFact) -> None:
        watch = Watch(matter, self._world, partial(self._count_reds, matter.unit_id))
        for at in watch.moments(self._common.until):
            self._at(at, partial(self._look, matter, watch))

    def _look(self, matter: MatterFact, watch: Watch, at: datetime) -> None:
        for found in watch.at(at):
            if isinstance(found, tuple):
                if is_red(found):
                    self._reds[matter.unit_id].append((day_of(at), matter.id))
                if at >= self._common.since:
                    self._tally.lights[month_of(at), found[2]] += 1
                continue
            if found == "unit_reds":
                self._reds_proposed[matter.unit_id] = day_of(at)
            self._tally.asked += 1
            unit = self._organ.units[matter.unit_id]
            subject = Subject("org", unit.id, None, unit.name, "", unit.managed_by, False)
            said = {"ground": found, "origin": "supervision"}
            hits = self._ask("supervision", said, subject, at)
            key = f"proposal:{found}:{matter.case_id}:{subject.key}:1"
            self._propose(key, found, hits, subject, at)

    def _count_reds(self, unit_id: int, since: date) -> int:
        after = max(since, self._reds_proposed.get(unit_id, since))
        return len({matter for day, matter in self._reds[unit_id] if day > after})

    def _ask_again(self, asked: AskedFact, at: datetime) -> None:
        """A decision of another process: asked anew where its table was asked then."""
        day = day_of(at)
        if asked.user_id in self._organ.people:
            subject = self._people.person(int(asked.user_id or 0), asked.unit_id, day)
        else:
            unit = self._organ.units[asked.unit_id]
            subject = Subject("org", unit.id, None, unit.name, "", unit.managed_by, False)
        hits: list[Mapping[str, Any]] = [{"measure": asked.measure, "to": asked.to}]
        if asked.inputs is not None and asked.process in self._world.specs:
            self._tally.asked += 1
            hits = self._ask(asked.process, asked.inputs, subject, at)
        self._propose(asked.key, asked.ground, hits, subject, at)

    def _ask(
        self, process: str, said: Mapping[str, Any], subject: Subject, at: datetime
    ) -> list[Mapping[str, Any]]:
        """The rows of the ladder's table that the facts hit; none where it has no answer."""
        inputs = {
            "serious": False,
            "grade": None,
            "severity": "sign" if said["ground"] == MISSED else None,
            **said,
            "kind": subject.kind,
            "reminded_6m": self._was_reminded(subject, day_of(at)),
        }
        try:
            table = self._world.specs[process].decision(RULE)
            value = table.decide({name: to_feel(one) for name, one in inputs.items()}).value
        except (DecisionFault, EngineFault):
            self._tally.stood[RULE] += 1
            return []
        hits = to_json(value)
        return hits if isinstance(hits, list) else [hits] if hits else []

    def _was_reminded(self, subject: Subject, day: date) -> bool:
        since = plus_months(day, -int(self._world.rule["reminded_months"]))
        return any(since <= one <= day for one in self._reminded.get(subject.id, ()))

    # --- what follows --------------------------------------------------------------------------

    def _propose(
        self,
        key: str,
        ground: str,
        hits: Iterable[Mapping[str, Any]],
        subject: Subject,
        at: datetime,
    ) -> None:
        """The first hit is proposed, once for its cause; somebody decides it, a case follows."""
        first = next(iter(hits), None)
        if first is None or first.get("measure") in (None, NONE):
            return
        measure = str(first["measure"])
        if key in self._keys:
            return
        self._keys.add(key)
        if at >= self._common.since:
            self._tally.proposed(self._organ.id, subject, measure, at)
        self._burden(str(first.get("to") or ""), subject, {}, at)
        fate, assumed = self._record.decision(key, measure)
        if assumed:
            self._tally.assumed[f"decide:{measure}"] += 1
        if fate.status != "accepted" or measure not in LIVED:
            return
        opened = moment(self._world.calendar, at, fate.days, NOON)
        given = Given(measure, key, subject, ground, fate.case_id, opened)
        self._at(opened, partial(self._live, given))

    def _live(self, given: Given, at: datetime) -> None:
        """The case is lived through at once: nothing in the span changes it any more."""

        def reminded(day: date) -> bool:
            return self._was_reminded(given.subject, day)

        lived = Life(given, self._world, self._record, reminded).run()
        self._tally.cases += 1
        self._tally.assumed.update(lived.assumed)
        if lived.stood_at:
            self._tally.stood[lived.stood_at] += 1
        for kind, day in lived.taken:
            if kind == "reminder":
                self._reminded.setdefault(given.subject.id, []).append(day)
        who: dict[str, int] = {}
        for node, rule, opened in lived.steps:
            who[node] = self._burden(rule, given.subject, {"min": lived.level, "who": who}, opened)
        origin = str(given.case_id or given.key)
        for made, ground, hit in lived.proposals:
            key = f"proposal:{ground}:{origin}:{given.subject.key}:1"
            self._at(made, partial(self._follow, key, ground, hit, given.subject))

    def _follow(
        self, key: str, ground: str, hit: Mapping[str, Any], subject: Subject, at: datetime
    ) -> None:
        self._tally.asked += 1
        self._propose(key, ground, [hit], subject, at)

    def _burden(self, rule: str, subject: Subject, known: Mapping[str, Any], at: datetime) -> int:
        """One more task in that month for whoever supervises; the subject's own are not counted."""
        if rule.startswith("same("):
            node = rule.partition("(")[2].partition(")")[0]
            who = int(known.get("who", {}).get(node, 0))
        else:
            who = self._people.superior_of(rule, subject, known, day_of(at))
        if who and at >= self._common.since:
            self._tally.load[str(who), month_of(at)] += 1
        return who
