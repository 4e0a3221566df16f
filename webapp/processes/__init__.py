from webapp.processes import contents, figures, uploads, views  # the routes hang themselves in
from webapp.processes.common import bp

__all__ = ["bp", "contents", "figures", "uploads", "views"]
