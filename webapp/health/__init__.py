"""运行状况: whether the system works, for monitors and for the system administrator."""

from webapp.health.views import bp

__all__ = ["bp"]
