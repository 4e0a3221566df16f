from webapp.research import claims, notes
from webapp.research.views import bp

__all__ = ["bp", "claims", "notes"]
