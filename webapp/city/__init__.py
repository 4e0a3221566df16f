from webapp.city import items
from webapp.city.views import bp

__all__ = ["bp", "items"]
