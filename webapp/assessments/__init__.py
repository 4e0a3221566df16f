from webapp.assessments import charts, schemes, views  # the routes hang themselves in
from webapp.assessments.views import bp

__all__ = ["bp", "charts", "schemes", "views"]
