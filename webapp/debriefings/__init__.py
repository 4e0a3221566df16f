from webapp.debriefings.views import bp

__all__ = ["bp"]
