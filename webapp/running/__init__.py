"""Running the processes: where cases stand, how long steps take, what stands still, its repair."""

from webapp.running import repairing, views
from webapp.running.common import bp

__all__ = ["bp", "repairing", "views"]
