from webapp.editing import diagrams  # the routes hang themselves in
from webapp.editing.common import bp

__all__ = ["bp", "diagrams"]
