from webapp.duties import catalogue, evidence, findings, views  # the routes hang themselves in
from webapp.duties.common import bp

__all__ = ["bp", "catalogue", "evidence", "findings", "views"]
