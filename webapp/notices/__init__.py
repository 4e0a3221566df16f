"""消息: what the system has told a person, and how he wants to hear of it by mail."""

from webapp.notices.views import bp

__all__ = ["bp"]
