"""A file of a form that is too large: read past and not kept, so that its field can be told.

Were the request refused at its first byte too many, nobody would know what was typed beside the
file. So a body is read to its end, up to `READ_ON` times the limit; no more than the limit is held.
"""

from tempfile import SpooledTemporaryFile
from typing import Any, Self

from flask import current_app

from workflows.errors import TooLarge

IN_MEMORY = 512 * 1024  # bytes; a larger file waits on disk
READ_ON = 5


class Sent(SpooledTemporaryFile[bytes]):
    """A file as it came. Of one that is too large nothing is kept: reading it raises TooLarge."""

    def __init__(self, most: int) -> None:
        super().__init__(max_size=IN_MEMORY)
        self.most, self.came = most, 0

    def __enter__(self) -> Self:
        return self if self.came > self.most else super().__enter__()

    def write(self, data: Any) -> int:
        self.came += len(data)
        if self.came <= self.most:
            return super().write(data)
        self.close()
        return len(data)

    def seek(self, *where: int) -> int:
        return 0 if self.came > self.most else super().seek(*where)

    def read(self, *size: int) -> bytes:
        if self.came > self.most:
            raise TooLarge("A file may have {most} MB.", most=self.most >> 20)
        return super().read(*size)


def stream(*_sizes_and_names: object, **_more: object) -> Sent:
    """Where the next file of the request goes."""
    return Sent(current_app.extensions["config"].upload_limit)
