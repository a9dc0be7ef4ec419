"""What a run of the command line notes of itself: the command and its files, by name; no folder of a machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from mudata import MuData

from csmir import _keys as K
from csmir._files.environment import day, packages
from csmir._version import __version__

INPUTS = ("mirna", "mrna", "prior", "mapping", "pair_table", "obs", "parents", "gene_sets", "truth", "disease")


def note(mdata: MuData, context: click.Context) -> None:
    """Write it into the results, from where the report takes it."""
    given = [context.params.get(name) for name in INPUTS]
    mdata.uns.setdefault(K.UNS, {})[K.RUN] = {
        "version": __version__,
        "command": command(context),
        "inputs": ", ".join(dict.fromkeys(Path(path).name for path in given if path)),
        "date": day(),
        "packages": packages(),
    }


def command(context: click.Context) -> str:
    """The call as it was typed, long flags only and files without their folders."""
    words = ["csmir", str(context.info_name)]
    for option in context.command.params:
        name = str(option.name)
        if context.get_parameter_source(name) != ParameterSource.COMMANDLINE:
            continue
        flag = max(option.opts, key=len)
        value = context.params[name]
        if isinstance(option, click.Option) and option.is_flag:
            words.append(flag)
        elif option.multiple:
            words += [word for one in value for word in (flag, str(one))]
        else:
            words += [flag, *(_word(name, one) for one in (value if option.nargs > 1 else [value]))]
    return shlex.join(words)


def _word(name: str, value: Any) -> str:
    return Path(value).name if name in (*INPUTS, "out") else str(value)
