from webapp.calendar.views import bp

__all__ = ["bp"]
