from webapp.supervision.views import bp

__all__ = ["bp"]
