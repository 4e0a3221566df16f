from webapp.migrating import restarts, views  # the routes hang themselves in
from webapp.migrating.common import bp

__all__ = ["bp", "restarts", "views"]
