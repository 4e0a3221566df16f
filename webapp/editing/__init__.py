from webapp.editing import diagrams, table_tests, tables
from webapp.editing.common import bp

__all__ = ["bp", "diagrams", "table_tests", "tables"]
