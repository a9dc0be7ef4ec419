"""Options of the help page under headings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

# what stands for the value of an option that takes any text
VALUES = {
    "FILE": "mirna mrna prior mapping pair_table obs parents gene_sets truth disease", "FOLDER": "out",
    "NAME": "species neighbors covariates family", "COLUMN": "groups", "LAYER": "transcription", "REGEX": "pair_by",
    "MIRNA TARGET": "prior_columns", "auto|NUMBER": "factors",
}  # fmt: skip
Command = Callable[..., None]
Decorator = Callable[[Command], Command]


class Option(click.Option):
    """An option that knows its heading."""

    def __init__(self, *names: Any, section: str = "Options", **options: Any) -> None:
        super().__init__(*names, **options)
        self.metavar = next((word for word, of in VALUES.items() if self.name in of.split()), self.metavar)
        self.section = section


class Sectioned(click.Command):
    """A command whose help page has its options under headings, in the order in which the headings come first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            if (line := option.get_help_record(ctx)) is not None:
                sections.setdefault(getattr(option, "section", "Options"), []).append(line)
        for heading, lines in sections.items():
            with formatter.section(click.style(heading, bold=True)):  # plain where there is no terminal
                formatter.write_dl(lines)


def section(heading: str) -> Callable[..., Decorator]:
    """`click.option` for the options under a heading."""
    return partial(click.option, cls=Option, section=heading)
