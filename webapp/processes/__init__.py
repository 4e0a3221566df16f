from webapp.processes import (  # the routes hang themselves in
    comparing,
    contents,
    describing,
    drafts,
    figures,
    foreign,
    releases,
    uploads,
    views,
)
from webapp.processes.common import bp

__all__ = [
    "bp",
    "comparing",
    "contents",
    "describing",
    "drafts",
    "figures",
    "foreign",
    "releases",
    "uploads",
    "views",
]
