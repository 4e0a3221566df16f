from webapp.editing import diagrams, people, table_tests, tables
from webapp.editing.common import bp

__all__ = ["bp", "diagrams", "people", "table_tests", "tables"]
