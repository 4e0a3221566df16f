from webapp.editing.common import bp

__all__ = ["bp"]
