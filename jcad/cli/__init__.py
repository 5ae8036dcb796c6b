"""The command line: parse, call one function, show. No rules of the domain live here."""

from jcad.cli.main import main, run

__all__ = ["main", "run"]
