from webapp.ballots.views import bp

__all__ = ["bp"]
