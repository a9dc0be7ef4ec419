"""The documentation: `python -m sphinx -W --keep-going -b html docs docs/_build/html`."""

import importlib
import json
import os
import re
import shutil
import sys
from importlib.metadata import metadata
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError
from sphinx.util import logging

HERE = Path(__file__).parent
# the code beside these pages, not another installed csmir: here, and in the kernels that run the pages
SOURCE = str(HERE.parent / "src")
sys.path[:0] = [SOURCE, str(HERE)]
printed = importlib.import_module("printed")  # of this folder
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [SOURCE, str(HERE), os.environ.get("PYTHONPATH")]))

# figures of the pages that are run are shown in them, whatever back end is set for scripts
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

info = metadata("csmir")
project = "csmir"
author = "The csmir developers"
copyright = author
version = release = info["Version"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "pictures",  # of this folder
]
exclude_patterns = ["_build", "**.ipynb_checkpoints", "jupyter_execute"]
default_role = "literal"
nitpicky = True

# -- pages with code are run, so that what they show is true
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
# The tutorials take minutes and the tests run them. They are shown with the outputs they are stored with, and run again
# on request; those of K562 and of a cohort where their data are.
NO = ("", "0", "no", "false", "off")
RUN_TUTORIALS = os.environ.get("CSMIR_DOCS_TUTORIALS", os.environ.get("READTHEDOCS", "")).lower() not in NO
nb_execution_mode = "force" if RUN_TUTORIALS else "auto"
nb_execution_excludepatterns = [] if RUN_TUTORIALS else ["tutorials/*"]
if "CSMIR_TEST_DATA" not in os.environ:
    nb_execution_excludepatterns += ["tutorials/01_k562*", "tutorials/08_samples*"]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# -- docstrings: numpy style; types and defaults live in the signature
autosummary_generate = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = True

# -- links to other projects: their inventories come from the internet, so only where there is one
ONLINE = bool(os.environ.get("READTHEDOCS") or os.environ.get("CSMIR_DOCS_ONLINE"))
intersphinx_mapping = {
    "anndata": ("https://anndata.readthedocs.io/en/stable/", None),
    "matplotlib": ("https://matplotlib.org/stable/", None),
    "mudata": ("https://mudata.readthedocs.io/stable/", None),
    "networkx": ("https://networkx.org/documentation/stable/", None),
    "numpy": ("https://numpy.org/doc/stable/", None),
    "pandas": ("https://pandas.pydata.org/docs/", None),
    "python": ("https://docs.python.org/3/", None),
    "scanpy": ("https://scanpy.readthedocs.io/en/stable/", None),
    "scipy": ("https://docs.scipy.org/doc/scipy/", None),
}
if not ONLINE:
    intersphinx_mapping = {}
# Names of other projects, which no page here can define. Our own must resolve.
FOREIGN = (
    "anndata|collections|dask|decoupler|distributed|ipywidgets|marsilea|matplotlib|mudata|nx|networkx|np|numpy|os|pathlib|pd|pandas"
    "|pooch|re|scanpy|scipy|sklearn|sparse|tqdm|typing|zarr"
)
nitpick_ignore_regex = [
    (r"py:.*", rf"({FOREIGN})(\..*)?"),
    (r"py:.*", r"AnnData|MuData|Any|Callable|Hashable|Iterable|Iterator|Literal|Mapping|Path|PathLike|Sequence|TextIO"),
    (r"py:class", r"csmir(\.\w+)+\.[A-Z]\w*"),  # result types, named beside their function
    (r"py:class", r"[A-Z]\w*|F|T"),  # aliases of types inside signatures
    (r"py:.*", r"[a-z]+(, optional)?"),
]

html_theme = "sphinx_book_theme"
html_math_renderer = "mathml"
html_title = f"csmir {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"home_page_in_toc": True, "show_toc_level": 2}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

NAMESPACES = {
    "io": "Data in, results out",
    "datasets": "Data sets",
    "priors": "Putative targets",
    "pp": "Preprocessing",
    "tl": "Tools",
    "pl": "Plots",
    "get": "Results as tables and graphs",
}


def write_api_pages() -> None:
    """One page a namespace, from its `__all__`: nothing public is left out, nothing gone stays in."""
    folder = HERE / "api" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    for name, title in NAMESPACES.items():
        public = getattr(importlib.import_module(f"csmir.{name}"), "__all__", [])
        heading = f"`cs.{name}`: {title}"
        body = [heading, "=" * len(heading), "", f".. py:module:: csmir.{name}", ""]
        if public:
            body += [".. currentmodule:: csmir", "", ".. autosummary::", "   :toctree: .", ""]
            body += [f"   {name}.{function}" for function in public]
        else:
            body += ["Nothing is public here yet."]
        text = "\n".join(body) + "\n"
        page = folder / f"index-{name}.rst"
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
    keep = {f"index-{name}.rst" for name in NAMESPACES} | {
        f"csmir.{name}.{function}.rst"
        for name in NAMESPACES
        for function in getattr(importlib.import_module(f"csmir.{name}"), "__all__", [])
    }
    for old in folder.glob("*.rst"):
        if old.name not in keep:
            old.unlink()


def copy_tutorials() -> None:
    """The notebooks as pages: they live beside this folder, and sphinx looks inside."""
    folder = HERE / "tutorials"
    folder.mkdir(exist_ok=True)
    there = {path.name: path for path in (HERE.parent / "tutorials").glob("*.ipynb")}
    for old in folder.glob("*.ipynb"):
        if old.name not in there:
            old.unlink()
    for name, path in there.items():
        page = folder / name
        if not page.exists() or page.read_bytes() != path.read_bytes():
            shutil.copyfile(path, page)


def compare_tutorials(app, error):
    """Stop where a tutorial that was run anew does not print what it is stored with."""
    if error or not RUN_TUTORIALS:
        return
    found = []
    for stored in sorted((HERE.parent / "tutorials").glob("*.ipynb")):
        run = Path(app.env.mystnb_config.output_folder, "tutorials", stored.name)
        before, now = (json.loads(path.read_text()) for path in (stored, run))
        if why := printed.comparable(before):
            logging.getLogger(__name__).info("%s: outputs are not compared, %s", stored.name, why)
        elif changed := printed.changes(printed.of_notebook(before), printed.of_notebook(now), str(app.outdir)):
            found.append(printed.stale(stored.name, changed))
    if found:
        raise ExtensionError("\n".join(found))


def plain_references(app, what, name, obj, options, lines):
    """Numbered references of one docstring as plain text: the same number means another article in the next one."""
    lines[:] = [re.sub(r"^\.\. \[(\d+)\] ", r"[\1] ", line) for line in lines]


def write_formula(self, node):
    """Write a formula as MathML, which browsers draw by themselves: no script, no internet."""
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if block else "inline")
    self.body.append(f'<div class="math">{formula}</div>' if block else f'<span class="math">{formula}</span>')
    raise nodes.SkipNode


def setup(app):
    """Run before sphinx looks for pages."""
    app.add_html_math_renderer("mathml", inline_renderers=(write_formula, None), block_renderers=(write_formula, None))
    write_api_pages()
    copy_tutorials()
    app.connect("autodoc-process-docstring", plain_references)
    app.connect("build-finished", compare_tutorials)
