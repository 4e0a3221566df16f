from webapp.assessments import charts, views
from webapp.assessments.views import bp

__all__ = ["bp", "charts", "views"]
