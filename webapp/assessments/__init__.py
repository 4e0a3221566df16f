from webapp.assessments import (  # the routes hang themselves in
    fairness,
    importing,
    pictures,
    schemes,
    views,
)
from webapp.assessments.views import bp

__all__ = ["bp", "fairness", "importing", "pictures", "schemes", "views"]
