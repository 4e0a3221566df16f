"""The whole application, built once for all tests of a process that use the same database."""

from dataclasses import replace
from pathlib import Path

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from config import Config
from webapp import create_app


class Compiled(BytecodeCache):
    """Templates compiled once for all tests of a process, not for each application anew."""

    known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


_apps: dict[Config, Flask] = {}


def application(settings: Config) -> Flask:
    """The application for these settings; another folder of files needs no other one.

    Two hundred routes take longer to read than most tests to run. It keeps nothing between
    requests but what stands in its settings and its database.
    """
    key = replace(settings, data_dir=Path())
    if key not in _apps:
        _apps[key] = create_app(settings)
        _apps[key].jinja_env.bytecode_cache = Compiled()
    app = _apps[key]
    app.extensions["config"] = settings
    return app
