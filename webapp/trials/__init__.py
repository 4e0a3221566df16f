"""What-if: a draft against the facts of a span, before it is published."""

from webapp.trials import views
from webapp.trials.views import bp

__all__ = ["bp", "views"]
