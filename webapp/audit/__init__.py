"""审计: the trail, the read log and the chain, for the audit administrator."""

from webapp.audit import views  # the routes hang themselves in
from webapp.audit.common import bp

__all__ = ["bp", "views"]
