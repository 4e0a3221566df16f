from webapp.proposals.views import bp

__all__ = ["bp"]
