from webapp.city import circulars, items
from webapp.city.views import bp

__all__ = ["bp", "circulars", "items"]
