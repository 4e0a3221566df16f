"""64-bit ids that grow with time: made here, so rows of several nodes and imports never collide.

Layout: milliseconds since 2024 (41 bits), node (10 bits), sequence (12 bits). They exceed 2**53, so
the browser gets them as text.
"""

import threading
import time

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
MAX_ID = 2**63 - 1
_NODE_BITS, _SEQUENCE_BITS = 10, 12
_SEQUENCE = 2**_SEQUENCE_BITS - 1


class _Ids:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._node = 0
        self._last = 0

    def use_node(self, number: int) -> None:
        """Ids made from now on carry this node's number (0 to 1023)."""
        if not 0 <= number < 2**_NODE_BITS:
            raise ValueError(f"node number {number} is not between 0 and 1023")
        with self._lock:
            self._node = number

    def __call__(self) -> int:
        return self.many(1)[0]

    def many(self, count: int) -> list[int]:
        """As many ids, growing, by one look at the clock."""
        with self._lock:
            # An id is no statement about time, so this reading of the clock decides nothing.
            tick = (time.time_ns() // 1_000_000 - EPOCH_MS) << _SEQUENCE_BITS
            first = max(self._last + 1, tick)  # a clock set back must not repeat an id
            self._last = first + count - 1
            node = self._node << _SEQUENCE_BITS
            return [
                one >> _SEQUENCE_BITS << _NODE_BITS + _SEQUENCE_BITS | node | one & _SEQUENCE
                for one in range(first, first + count)
            ]


new_id = _Ids()
