"""No input of up to 2 MB takes more than 5 seconds or 500 MB: each is checked on its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.workflows.engine.validation.sketch import (
    BEGUN,
    DONE,
    ROOT,
    TABLE,
    boundary,
    diagram,
    flow,
    flows,
    line,
    node,
    service,
    timer,
    user,
)

MEMORY = 500 * 1024 * 1024
SECONDS = 5
ROOT_FOLDER = Path(__file__).parents[4]
# One program reads the code; each file is checked by a child of its own, within the bounds. The
# clock counts the child's own work from the moment the file is given, and ends it where it stands.
PROGRAM = """
import os, resource, signal, sys, traceback
from pathlib import Path
from workflows.engine.validation import check_files

def check(path):
    resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
    signal.setitimer(signal.ITIMER_PROF, {seconds})
    signal.alarm(60)
    faults = check_files([Path(path)])
    return f"{{len(faults)}} {{faults[0].rule if faults else '-'}}"

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            said = check(line.strip())
        except BaseException:
            said = "raised " + traceback.format_exc(limit=-3).replace(chr(10), " | ")
        print(said, flush=True)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(f"ended {{status}}", flush=True)
"""
BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {n} "{"&" + p + ";" * 1}{("&" + p + ";") * 9}">'
        for p, n in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]><a>&j;</a>"
)


def _all_to_all(count: int) -> bytes:
    names = [f"s{number}" for number in range(count)]
    gates = "".join(node("exclusiveGateway", name) for name in names)
    pairs = "".join(flow(a, b, "rule.a = 1") for a in names for b in names if a != b)
    return diagram(
        BEGUN + gates + DONE + flows(f"begun {names[0]}", f"{names[-1]} finished") + pairs
    )


def _lattice(kind: str, width: int, height: int) -> bytes:
    """Layers of gateways, each linked to every one of the next: the most states there can be."""
    layers = [[f"g{y}_{x}" for x in range(width)] for y in range(height)]
    gates = "".join(node(kind, name) for layer in layers for name in layer)
    pairs = "".join(
        flow(a, b, "rule.a = 1") for upper, lower in pairwise(layers) for a in upper for b in lower
    )
    ends = flows(f"begun {layers[0][0]}", *(f"{name} finished" for name in layers[-1]))
    return diagram(BEGUN + node("parallelGateway", "f") + gates + DONE + pairs + ends)


def _independent(branches: int, steps: int) -> bytes:
    """Parallel branches full of choices: states multiply."""
    nodes, ways = (
        [node("parallelGateway", "f"), node("parallelGateway", "j")],
        ["begun f", "j finished"],
    )
    loops = []
    for b in range(branches):
        chain = [f"g{b}_{s}" for s in range(steps)]
        nodes += [node("exclusiveGateway", name) for name in chain]
        ways.append(" ".join(["f", *chain, "j"]))
        loops += [flow(chain[-1], chain[0], "rule.a = 1")]
    return diagram(BEGUN + "".join(nodes) + DONE + flows(*ways) + "".join(loops))


def _hosts(count: int) -> bytes:
    tasks = [user(f"t{number}") for number in range(count)]
    side = "".join(
        boundary(f"b{n}", f"t{n}", timer("due.a"), interrupting=False) + flow(f"b{n}", f"t{n}")
        for n in range(count)
    )
    return diagram(line(*tasks) + side)


HOSTILE = {
    "entity bomb": BOMB.encode(),
    "quadratic entities": (
        f'<!DOCTYPE a [<!ENTITY a "{"a" * 100_000}">]><a>{"&a;" * 100_000}</a>'.encode()
    ),
    "100,000 nodes": diagram("<task/>" * 100_000),
    "10,000 nodes": diagram("".join(f'<task id="t{n}"/>' for n in range(10_000))),
    "300 tasks in a row": diagram(line(*(service(f"s{n}") for n in range(297)))),
    "deep": b"<a>" * 200_000,
    "deep and closed": b"<a>" * 200_000 + b"</a>" * 200_000,
    "deep subprocesses": diagram(
        "".join(f'<subProcess id="s{n}">' for n in range(55)) + "</subProcess>" * 55
    ),
    "1 MB attribute": f'{ROOT}<process id="{"x" * 1_000_000}"/></definitions>'.encode(),
    "1 MB text": f"{ROOT}{'x' * 1_000_000}</definitions>".encode(),
    "1 MB comment": f"{ROOT}<!--{'x' * 1_000_000}--></definitions>".encode(),
    "many attributes": ("<a " + " ".join(f'a{n}="1"' for n in range(150_000)) + "/>").encode(),
    "many namespaces": (
        "<a " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(80_000)) + "/>"
    ).encode(),
    "long expression": diagram(line(user("a", due="(" * 9_000))),
    "costly expression": diagram(
        line(user("a", due="count(for a in 1..9999, b in 1..9999, c in 1..9999 return a)"))
    ),
    "huge power": diagram(line(user("a", due="9**9**9**9"))),
    "many expressions": diagram(line(*(user(f"t{n}", due="1+" * 1_900 + "1") for n in range(290)))),
    "many distinct expressions": diagram(
        line(*(user(f"t{n}", due=f"{n}+" * 40) for n in range(290)))
    ),
    "many costly constants": diagram(
        line(
            *(
                user(f"t{n}", due=f"count(for a in 1..9999, b in 1..{n + 9} return a)")
                for n in range(20)
            )
        )
    ),
    "many foreign texts": diagram(
        line(*(user(f"t{n}", due="a" * 190 + "." * 10) for n in range(290)))
    ),
    "all to all": _all_to_all(100),
    "parallel lattice": _lattice("parallelGateway", 8, 8),
    "exclusive lattice": _lattice("exclusiveGateway", 10, 20),
    "inclusive lattice": _lattice("inclusiveGateway", 8, 20),
    "independent branches": _independent(12, 10),
    "150 timers": _hosts(145),
    "random bytes": bytes(range(256)) * 7_000,
    "utf-16": diagram(line(user("a"))).decode().encode("utf-16"),
    "zeros": b"\0" * 2_000_000,
    "open tags": b"<" * 2_000_000,
    "name with backtracking": diagram(line(user("a", who="role(" * 3_000))),
}


def _table(rows: int, cell: Callable[[int], str], policy: str = "UNIQUE") -> bytes:
    """A decision table of one column."""
    head, rest = TABLE.replace('"FIRST"', f'"{policy}"').split('<rule id="r1">')
    rules = "".join(
        f'<rule id="n{n}"><inputEntry id="i{n}"><text>{cell(n)}</text></inputEntry>'
        f'<outputEntry id="w{n}"><text>"red"</text></outputEntry></rule>'
        for n in range(rows)
    )
    return f'{head}{rules}<rule id="r1">{rest}'.encode()


Check = Callable[[Path], str]


@pytest.fixture(scope="module")
def check() -> Iterator[Check]:
    """Checks one file in a process of its own, which may not go over the bounds."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(memory=MEMORY, seconds=SECONDS)],
        cwd=ROOT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    given, told = program.stdin, program.stdout
    assert given
    assert told

    def ask(path: Path) -> str:
        given.write(f"{path}\n")
        given.flush()
        said = told.readline().strip()
        return said if said.startswith("ended") else f"{said}; {told.readline().strip()}"

    yield ask
    given.close()
    told.close()
    assert program.wait() == 0


# Large, and yet nothing is wrong with them.
HARMLESS = {"300 tasks in a row", "many overlapping rows", "costly cells"}
TABLES = {
    "many overlapping rows": _table(900, lambda n: f"[{n}..{n + 1}]"),
    "as many as are tried": _table(380, lambda n: f"[{n}..{n + 1}]"),
    "long cells": _table(400, lambda n: ",".join(str(n + m) for m in range(700))),
    "one long cell": _table(1, lambda _n: ",".join(map(str, range(5_000)))),
    "costly cells": _table(30, lambda n: f"count(for a in 1..9999, b in 1..{n + 9} return a)"),
    "entity bomb in a table": BOMB.encode(),
    "deep cell": _table(1, lambda _n: "(" * 3_900),
}


@pytest.mark.parametrize("name", [*HOSTILE, *TABLES])
def test_a_hostile_file_is_refused_within_bounds(name: str, tmp_path: Path, check: Check) -> None:
    path = tmp_path / ("hostile.bpmn" if name in HOSTILE else "hostile.dmn")
    path.write_bytes({**HOSTILE, **TABLES}[name])
    said = check(path)
    faults, *_ = said.split()
    assert said.endswith("; ended 0"), said
    assert faults.isdecimal(), said
    assert int(faults) > 0 or name in HARMLESS


def test_large_forms_are_refused_or_read_within_bounds(tmp_path: Path, check: Check) -> None:
    """A form is read once, however many nodes use it."""
    folder = tmp_path / "demo"
    (folder / "forms").mkdir(parents=True)
    many = {f"field_{n}": {"type": "string", "enum": ["a", "b"]} for n in range(1_800)}
    schema, ui = {"type": "object", "properties": many}, {"order": list(many)}
    (folder / "forms" / "form.schema.json").write_text(json.dumps(schema))
    (folder / "forms" / "form.ui.json").write_text(json.dumps(ui))
    (folder / "demo.bpmn").write_bytes(diagram(line(*(user(f"t{n}") for n in range(290)))))
    assert check(folder / "demo.bpmn") == "0 -; ended 0"
