from webapp.inspections import importing, plan, rules, visiting  # noqa: F401
from webapp.inspections.views import bp

__all__ = ["bp"]
