from webapp.organisation import importing, people, roles, views  # the routes hang themselves in
from webapp.organisation.common import bp

__all__ = ["bp", "importing", "people", "roles", "views"]
