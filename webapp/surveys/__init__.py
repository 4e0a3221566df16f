from webapp.surveys import links, notes, results
from webapp.surveys.views import bp

__all__ = ["bp", "links", "notes", "results"]
