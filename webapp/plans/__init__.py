from webapp.plans import acts, books, skins
from webapp.plans.views import bp

__all__ = ["acts", "books", "bp", "skins"]
