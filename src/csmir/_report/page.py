"""The page: sections of HTML around figures, numbers and tables."""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._report.cells import networks
from csmir._report.cells import packed as as_json
from csmir._report.figures import Figure, drawn
from csmir._report.held import only_held
from csmir._report.limits import limits
from csmir._report.made import made
from csmir._report.picture import few_colours, pixels
from csmir._report.tables import BY_CHANCE, MOST_ROWS, Table, numbers, parameters, tables, versions
from csmir._version import __version__
from csmir.inference.statistics.record import Limit

WIDE = 6.2  # inches; wider figures have a row of their own
LONG = ' class="long"'
LEVELS = {"bad": "take care", "mind": "bear in mind", "good": "good"}


def page(mdata: MuData, *, title: str, regulation: str = K.REGULATION, q_pair: float | None = None) -> str:
    """One HTML document that needs nothing beside itself; with `q_pair`, of pairs that hold."""
    of_pairs: list[Limit] = []
    if q_pair is not None:
        mdata, limit = only_held(mdata, regulation, q_pair)
        of_pairs.append(limit)
    cards = [card for card in numbers(mdata, regulation) if q_pair is None or card[0] != BY_CHANCE]  # that is of all
    sections = {
        "limits": ("How far to believe it", _limits([*limits(mdata, regulation), *of_pairs])),
        "numbers": ("Numbers", _numbers(cards)),
        "figures": ("Figures", _figures_in_light(mdata, regulation)),
        "tables": ("Tables", "".join(_table(table) for table in tables(mdata, regulation))),
        "cells": ("One cell", _one_cell(mdata, regulation)),
        "made": ("How it was made", f'<div class="scroll">{html_table(made(mdata, regulation), "table-made")}</div>'),
        "parameters": ("Parameters", _parameters(parameters(mdata, regulation))),
    }
    body = "\n".join(
        f'<section id="{key}"><h2>{heading}</h2>\n{content}</section>' for key, (heading, content) in sections.items()
    )
    params = mdata[regulation].uns.get(K.UNS, {}).get("regulation", {})
    by = ", ".join(versions(mdata, regulation)) or "unknown"
    statistic = escape(str(params.get("statistic", "unknown")))
    return Template(_text("template.html")).substitute(
        title=escape(title),
        version=escape(__version__),
        subtitle=f"Cell-specific miRNA regulation, one network per cell; statistic: {statistic}; csmir {escape(by)}",
        nav="".join(f'<a href="#{key}">{heading}</a>' for key, (heading, _) in sections.items()),
        css=_text("page.css"),
        js=_text("page.js") + _text("cells.js"),
        body=body,
        footer=f"Written by csmir {escape(__version__)}. Method: Zhang J et al. (2021), BMC Bioinformatics 22:578.",
    )


def _text(name: str) -> str:
    return files("csmir._report").joinpath(name).read_text(encoding="utf-8")


def _numbers(pairs: Iterable[tuple[str, str]]) -> str:
    cards = "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in pairs)
    return f'<dl class="numbers">{cards}</dl>'


def _limits(found: Iterable[Limit]) -> str:
    items = "".join(
        f'<li class="{limit.level}"><span class="level">{LEVELS[limit.level]}</span>'
        f"<h3>{escape(limit.title)}</h3><p>{escape(limit.text)}</p></li>"
        for limit in found
    )
    return f'<ul class="limits">{items}</ul>'


def _figures_in_light(mdata: MuData, regulation: str) -> str:
    """Figures for a white page, whatever the user's style; letters stay those that the user chose."""
    import matplotlib as mpl
    import matplotlib.style

    fonts: Any = {key: value for key, value in mpl.rcParams.items() if key.startswith("font.") and key != "font.size"}
    with matplotlib.style.context(["default", fonts]):
        return _figures(list(drawn(mdata, regulation)))


def _figures(found: Iterable[Figure]) -> str:
    out, missing = [], []
    with ThreadPoolExecutor(1) as packer:  # packs a picture while the next one is drawn
        for figure in found:
            if figure.fig is None:
                missing.append(f"<li>{escape(figure.title)}: {escape(figure.why)}</li>")
            else:
                out.append((figure, packer.submit(few_colours, pixels(figure.fig))))
    there = "<p>No figure could be drawn.</p>"
    if out:
        there = f'<div class="figures">{"".join(_figure(figure, picture.result()) for figure, picture in out)}</div>'
    if missing:
        there += (
            f"<details><summary>Not drawn <span class='count'>({len(missing)})</span></summary>"
            f'<ul class="missing">{"".join(missing)}</ul></details>'
        )
    return there


def _figure(figure: Figure, picture: bytes) -> str:
    width, height = figure.fig.get_size_inches()
    source = base64.b64encode(picture).decode("ascii")
    kind = ' class="wide"' if width > WIDE else ""
    alt = escape(f"{figure.title}. {figure.caption}", quote=True)
    # shown at its size in inches (96 CSS pixels each), so that text is as large in every figure
    return (
        f'<figure{kind} id="figure-{figure.name}"><h3>{escape(figure.title)}</h3>'
        f'<img alt="{alt}" width="{96 * width:.0f}" height="{96 * height:.0f}" src="data:image/png;base64,{source}">'
        f"<figcaption><p>{escape(figure.caption)}</p></figcaption></figure>\n"
    )


def _table(table: Table) -> str:
    count = f"{table.n_rows:,} row{'s' * (table.n_rows != 1)}"
    if len(table.frame) < table.n_rows:
        count = f"the first {len(table.frame):,} of {count}"
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    if table.frame.empty:
        return f"<details><summary>{escape(table.title)} <span class='count'>(none)</span></summary>{note}</details>\n"
    key = f"table-{table.name}"
    shown = table.frame.head(MOST_ROWS)
    if len(shown) < len(table.frame):
        note += (
            f'<p class="note">Shown are {len(shown):,} rows at a time; filter and sort go over all '
            f"{len(table.frame):,}.</p>"
        )
    return (
        f"<details{' open' if table.name == 'cells' else ''}><summary>{escape(table.title)} "
        f"<span class='count'>({count})</span></summary>{note}"
        f'<input type="search" data-table="{escape(key)}" aria-label="Filter {escape(table.title)}" '
        'placeholder="Filter rows"> '
        f'<button type="button" class="csv" data-table="{escape(key)}">Download CSV</button> '
        f'<output class="count" for="{escape(key)}"></output>'
        f'<div class="scroll" tabindex="0">{html_table(shown, key, len(table.frame))}</div>'
        f'<script type="text/plain" id="data-{escape(key)}">{packed(table.frame)}</script></details>\n'
    )


def packed(frame: pd.DataFrame) -> str:
    """A whole table as gzipped CSV in letters, the same for the same table."""
    return zipped(frame.to_csv(index=False, lineterminator="\n"))


def zipped(text: str) -> str:
    """Text as letters of its gzip."""
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")


def _one_cell(mdata: MuData, regulation: str) -> str:
    """A list of cells, and the network of the chosen one; the script fills them."""
    adata = _mudata.read_regulation(mdata, regulation)
    found = networks(adata)
    if not found["cells"]:
        return "<p>There are no cells.</p>"
    some = ""
    if len(found["cells"]) < adata.n_obs:
        some = (
            f"{len(found['cells']):,} of the {adata.n_obs:,} cells are here, at even steps of the size of their "
            "networks; cs.get.edges and cs.pl.network have any."
        )
    directed = bool(found["directions"])
    lines = (
        "solid lines are repression, dashed ones activation, dotted ones neither (ρ 0.00)"
        if directed
        else "lines have no direction"
    )
    kinds = dict.fromkeys(found["ends"], str) | dict.fromkeys(found["columns"], float)
    kinds |= {K.Var.DIRECTION: str} if directed else {}
    head = html_table(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}), "table-network")
    return (
        f'<p><label for="cell">Cell</label> <select id="cell"></select></p><p class="note">{escape(some)}</p>'
        f'<div id="network"><p><output></output></p><svg role="img"></svg></div>'
        f'<p class="note">Squares are miRNAs where mRNAs are circles; {lines}, and wider is stronger. Point at a node '
        "to see its interactions, and drag it to move it.</p><noscript><p>Needs a browser with scripts.</p></noscript>"
        f'<div class="scroll" tabindex="0">{head}</div>'
        f'<script type="text/plain" id="data-networks">{zipped(as_json(found))}</script>'
    )


def _parameters(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "<p>No step recorded its parameters.</p>"
    return f'<div class="scroll" tabindex="0">{html_table(frame, "table-parameters")}</div>'


def html_table(frame: pd.DataFrame, key: str, n_rows: int | None = None) -> str:
    """A table whose heads are buttons that sort; cells carry the value to sort by where it is not the text."""
    columns = [_cells_of(frame.iloc[:, i]) for i in range(frame.shape[1])]
    heads = "".join(
        f'<th scope="col" data-type="{"n" if numeric else "t"}"><button type="button">{escape(str(name))}</button></th>'
        for name, (numeric, _) in zip(frame.columns, columns, strict=True)
    )
    rows = "".join("<tr>" + "".join(cells) + "</tr>" for cells in zip(*(cells for _, cells in columns), strict=True))
    whole = "" if n_rows is None else f' data-rows="{n_rows}"'
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<table class="sortable" id="{escape(key)}"{whole}>{head}<tbody>{rows}</tbody></table>'


def _cells_of(column: pd.Series) -> tuple[bool, list[str]]:
    """Whether the column holds numbers, and its cells."""
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric:
        return True, [_number(v) for v in column.tolist()]
    values = column.astype(object).where(column.notna(), "")
    return False, [f"<td{LONG if len(str(v)) > 40 else ''}>{escape(str(v))}</td>" for v in values.tolist()]


def _number(value: Any) -> str:
    if value is None or math.isnan(value):
        return '<td class="n" data-v=""></td>'
    if isinstance(value, int | np.integer):
        return f'<td class="n" data-v="{value}">{value:,}</td>'
    if math.isinf(value):
        return f'<td class="n" data-v="{"-" if value < 0 else ""}Infinity">{"−" if value < 0 else ""}∞</td>'
    text = f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"
    return f'<td class="n" data-v="{value!r}">{text}</td>'
