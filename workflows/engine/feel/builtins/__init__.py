"""The functions of the standard (DMN 10.3.4), by name."""

from workflows.engine.feel.builtins import (
    contexts,
    conversion,
    dates,
    lists,
    numbers,
    ranges,
    strings,
)
from workflows.engine.feel.invocation import Builtin

BUILTINS: dict[str, Builtin] = {
    builtin.name: builtin
    for group in (contexts, conversion, dates, lists, numbers, ranges, strings)
    for builtin in group.FUNCTIONS
}
