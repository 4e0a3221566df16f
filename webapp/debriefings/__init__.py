from webapp.debriefings import live
from webapp.debriefings.views import bp

__all__ = ["bp", "live"]
