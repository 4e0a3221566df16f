from webapp.answers.views import bp

__all__ = ["bp"]
