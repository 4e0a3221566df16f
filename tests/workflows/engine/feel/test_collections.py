"""Paths, filters, iterations and quantifiers: DMN 1.3 clauses 10.3.2.5, .6, .13, .14."""

import pytest

from tests.workflows.engine.feel.showing import result

CASE = {
    "n": 2,
    "xs": [1, 2, 3],
    "rows": [{"x": 1, "y": 2}, {"x": 2, "y": 3}],
    "mixed": [{"x": 1}, {"y": 2}, None, 5],
    "case": {
        "team": [{"who": "a", "since": {"year": 2020}}, {"who": "b", "since": {"year": 2024}}]
    },
    "meeting": {
        "u1": {"answer_points": {"recheck": False}},
        "u2": {"answer_points": {"recheck": True}},
    },
    "x": 7,
}

PATHS = [
    ("10.3.2.6 path", "case.team[1].who", '"a"'),
    ("10.3.2.6 a missing key is null", "case.nobody", "null"),
    ("10.3.2.6 below a missing key too", "case.nobody.name", "null"),
    ("10.3.2.5 path on a list", "rows.y", "[2, 3]"),
    ("10.3.2.5 path on a list, deep", "case.team.since.year", "[2020, 2024]"),
    ("10.3.2.5 items without the key are null", "mixed.x", "[1, null, null, null]"),
    ("10.3.2.6 path on a literal", "{a: {b: 1}}.a.b", "1"),
    ("10.3.2.6 path after a call", "get entries({a: 1})[1].key", '"a"'),
    ("10.3.1.2 a key that is a keyword", "{a: 1}.if", "null"),
]

FILTERS = [
    ("10.3.2.5 condition", "xs[item > 1]", "[2, 3]"),
    ("10.3.2.5 condition on keys", "rows[x = 2].y", "[3]"),
    ("10.3.2.5 the item by name", "rows[item.x = 2].y", "[3]"),
    ("10.3.2.5 the standard's example", "[{x:1, y:2}, {x:null, y:3}][x < 2]", "[{x: 1, y: 2}]"),
    ("10.3.2.5 a key comes before a variable", "rows[x = 7]", "[]"),
    ("10.3.2.5 a variable where items lack it", "xs[item < x]", "[1, 2, 3]"),
    ("10.3.2.5 null is not chosen", "xs[null]", "[]"),
    ("10.3.2.5 an item without the key", "mixed[x = 1]", "[{x: 1}]"),
    ("10.3.2.5 an optional key of no item", "rows[z = null].x", "[1, 2]"),
    ("10.3.2.5 nothing chosen", "xs[item > 9]", "[]"),
    ("10.3.2.5 of an empty list", "[][item = 1]", "[]"),
    ("10.3.2.5 index", "xs[1]", "1"),
    ("10.3.2.5 last", "xs[-1]", "3"),
    ("10.3.2.5 beyond the end", "xs[4]", "null"),
    ("10.3.2.5 before the start", "xs[-4]", "null"),
    ("10.3.2.5 index 0", "xs[0]", "null"),
    ("10.3.2.5 index by name", "xs[n]", "2"),
    ("10.3.2.5 index computed", "xs[n + 1]", "3"),
    ("10.3.2.5 index by function", "xs[count(xs)]", "3"),
    ("10.3.2.5 no whole index", "xs[1.5]", "null"),
    ("10.3.2.5 filter after filter", "xs[item > 1][1]", "2"),
    ("10.3.2.9.4 a value becomes a list", "5[item = 5]", "[5]"),
    ("10.3.2.9.4 index of a value", "5[1]", "5"),
    ("10.3.2.5 of null", "null[item = 1]", "[]"),
    ("10.3.2.5 filter within filter", "[[1, 2], [3]][count(item[item > 1]) = 1]", "[[1, 2], [3]]"),
    ("10.3.2.5 true", "xs[true]", "[1, 2, 3]"),
    ("10.3.2.5 by a boolean key", "[{ok: true, n: 1}, {ok: false, n: 2}][ok].n", "[1]"),
    ("10.3.2.5 by quantifier", "rows[some v in xs satisfies v = y].x", "[1, 2]"),
]

ITERATIONS = [
    ("10.3.2.14 for", "for i in xs return i * 2", "[2, 4, 6]"),
    ("10.3.2.14 for in numbers", "for i in 1..3 return i", "[1, 2, 3]"),
    ("10.3.2.14 for downwards", "for i in 3..1 return i", "[3, 2, 1]"),
    ("10.3.2.14 for in computed numbers", "for i in n..n + 1 return i", "[2, 3]"),
    ("10.3.2.14 in a range", "for i in [1..3) return i", "[1, 2]"),
    (
        "10.3.2.14 product, the last runs fastest",
        "for i in [1, 2], j in [10, 20] return i + j",
        "[11, 21, 12, 22]",
    ),
    (
        "10.3.2.14 a later source sees an earlier variable",
        "for i in 1..3, j in 1..i return j",
        "[1, 1, 2, 1, 2, 3]",
    ),
    ("10.3.2.14 nothing to go over", "for i in [] return i", "[]"),
    ("10.3.2.14 null", "for i in null return i", "[]"),
    ("10.3.2.14 one value", "for i in 5 return i", "[5]"),
    ("10.3.2.14 for within for", "for i in 1..2 return for j in 1..i return j", "[[1], [1, 2]]"),
    ("10.3.2.14 hides an outer name", "for n in xs return n", "[1, 2, 3]"),
    ("10.3.2.14 in a list", "[for i in 1..2 return i, 3]", "[[1, 2], 3]"),
    ("10.3.2.14 keys of items", "for r in rows return r.x + r.y", "[3, 5]"),
    ("10.3.2.14 if within", "for i in xs return if i > 1 then i else 0", "[0, 2, 3]"),
    ("10.3.1.2 in as an operator inside", "for i in xs return i in (1, 3)", "[true, false, true]"),
    (
        "10.3.1.2 in as an operator in a source",
        "for i in [1 in (1), 2 in (1)] return i",
        "[true, false]",
    ),
]

QUANTIFIERS = [
    ("T48 some", "some i in xs satisfies i > 2", "true"),
    ("T48 some, none", "some i in xs satisfies i > 3", "false"),
    ("T48 some of nothing", "some i in [] satisfies true", "false"),
    ("T48 some, perhaps", "some i in [1, null] satisfies i > 2", "null"),
    ("T48 some, one is enough", "some i in [null, 3] satisfies i > 2", "true"),
    ("T48 every", "every i in xs satisfies i > 0", "true"),
    ("T48 every, not all", "every i in xs satisfies i > 1", "false"),
    ("T48 every of nothing", "every i in [] satisfies false", "true"),
    ("T48 every, perhaps", "every i in [1, null] satisfies i > 0", "null"),
    ("T48 every, one is enough", "every i in [null, 0] satisfies i > 0", "false"),
    ("T48 some of two", "some i in xs, j in xs satisfies i + j = 6", "true"),
    ("T48 some over a key", "some r in rows.x satisfies r = 2", "true"),
    ("T48 and inside", "some r in rows satisfies r.x = 1 and r.y = 2", "true"),
    ("T48 in parentheses", "(some i in xs satisfies i = 9) or true", "true"),
    (
        "values of a collection",
        "some m in values(meeting) satisfies m.answer_points.recheck = true",
        "true",
    ),
    ("names in Chinese", "every 项 in rows satisfies 项.x > 0", "true"),
]


@pytest.mark.parametrize(
    ("clause", "text", "expected"), [*PATHS, *FILTERS, *ITERATIONS, *QUANTIFIERS]
)
def test_a_collection_is_read_as_the_standard_says(clause: str, text: str, expected: str) -> None:
    assert result(text, CASE) == expected, clause
