from webapp.demo.views import bp

__all__ = ["bp"]
