from webapp.responsibilities import (  # the routes hang themselves in
    drafting,
    handovers,
    templates,
    views,
)
from webapp.responsibilities.common import bp

__all__ = ["bp", "drafting", "handovers", "templates", "views"]
