from webapp.debriefings import charts, live
from webapp.debriefings.views import bp

__all__ = ["bp", "charts", "live"]
