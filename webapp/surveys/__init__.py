from webapp.surveys import notes
from webapp.surveys.views import bp

__all__ = ["bp", "notes"]
