from webapp.processes import (  # the routes hang themselves in
    contents,
    drafts,
    figures,
    releases,
    uploads,
    views,
)
from webapp.processes.common import bp

__all__ = ["bp", "contents", "drafts", "figures", "releases", "uploads", "views"]
