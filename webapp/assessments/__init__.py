from webapp.assessments import (  # the routes hang themselves in
    fairness,
    importing,
    pictures,
    schemes,
    vetoing,
    views,
)
from webapp.assessments.views import bp

__all__ = ["bp", "fairness", "importing", "pictures", "schemes", "vetoing", "views"]
