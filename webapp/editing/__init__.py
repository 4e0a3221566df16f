from webapp.editing import diagrams, forms, people, table_tests, tables
from webapp.editing.common import bp

__all__ = ["bp", "diagrams", "forms", "people", "table_tests", "tables"]
