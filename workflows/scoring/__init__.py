"""Scores from facts by a scheme: pure arithmetic, the same figures whenever it is asked again.

A scheme has three parts (三位一体): rules 考核规则, content 考核内容, means 考核手段. Facts come
in, sheets and grades come out; nothing here reads a database, a clock or a setting.
"""

from workflows.scoring.facts import Fact, doubled
from workflows.scoring.grades import Placing, placings, quota_of
from workflows.scoring.panel import PanelReport, report
from workflows.scoring.scheme import Indicator, Rules, Scheme, SchemeFault, faults_of, read
from workflows.scoring.sheet import Line, Sheet, sheet_of, spared

__all__ = [
    "Fact",
    "Indicator",
    "Line",
    "PanelReport",
    "Placing",
    "Rules",
    "Scheme",
    "SchemeFault",
    "Sheet",
    "doubled",
    "faults_of",
    "placings",
    "quota_of",
    "read",
    "report",
    "sheet_of",
    "spared",
]
