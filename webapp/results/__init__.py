from webapp.results import records, trends, views  # the routes hang themselves in
from webapp.results.views import bp

__all__ = ["bp", "records", "trends", "views"]
