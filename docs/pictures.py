"""A picture on the page of every function of `cs.pl`: the first one that the gallery draws with it.

The gallery is run when the pages are built, so these pictures are always of the code beside them.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes

# what each picture shows, for who cannot see it
ALT = {
    "activity": "Six of ten miRNAs have an activity that goes with their measured level, above the line of chance.",
    "agreement": "Clusters by interactions and by expression agree with an index of 0.09, inside the band of chance.",
    "box": "A miRNA against an mRNA over pseudo-cells, the boxes around one cell, and how their counts make its z.",
    "cluster": "Two trees of the same cells, by interactions and by expression, that group them differently.",
    "compare": "Half of the inferred interactions are validated, as of the prior alone; of random ones a tenth are.",
    "crosstalk": "A graph of 19 cells that share many interactions; four of them are hubs in the middle.",
    "curves": "The local test keeps its precision up to a recall of 0.8; exact and csn lie on the line of chance.",
    "differential": "A flat line of points: no pair differs between two halves of one population, no q is small.",
    "embedding": "Four maps of the cells in three islands; each miRNA has targets in some of the islands alone.",
    "enrich": "Dots of gene sets by miRNAs: few are large and dark, most are neither.",
    "family": "Triangles of pairs of cells that differ in a family's interactions, and bars of its conserved ones.",
    "flow": "Ribbons from five miRNAs over their targets to four gene sets, repression plain and activation hatched.",
    "groups": "Dots of the same size and colour in three groups: the miRNAs have as many targets in each.",
    "intervals": "Rows of pairs along a path, dark where the correlation is negative, with a line where it is called.",
    "local": "The ranks of a miRNA and an mRNA around one cell, which fall along a line: rho is -0.81.",
    "module": "Two miRNAs joined to eight shared targets in nearly all cells, as often as when shuffled.",
    "network": "Three miRNAs of a cell and their strongest targets; the cell has as many when shuffled.",
    "null": "The number of interactions in the data lies among those of shuffled pairings, and so do the cells.",
    "out_degree": "A raster of miRNAs by cells: one miRNA has many targets in every cell, as it has when shuffled.",
    "overview": "A run at a glance: its steps, interactions of each cell, conserved ones, hubs, similarity, tree.",
    "pair": "A miRNA against an mRNA over cells: of three groups one has a correlation with a small q, a whole line.",
    "per_cell": "Interactions, validated share and hubs of each cell; dashes of shuffled pairings are as high.",
    "recurrence": "Most interactions are found in nearly all cells, and the line of the shuffles follows the bars.",
    "sign": "Nearly all interactions lie left of 0, are repression-like, further left than independent pairs are.",
    "similarity": "Pies of every two cells, nearly full: they share most interactions, as they do when shuffled.",
    "stability": "A tenth of the interactions is found in fewer than 60 % of the runs, nearly a coin flip.",
    "targeting": "Eight of ten miRNAs go down with their targets; their intervals stay left of 0.",
    "upset": "Most interactions are conserved in all three groups at once; few are specific to one.",
    "volcano": "Pairs in more cells of one group lie at the upper right, pairs in fewer at the upper left.",
}
GALLERY = "gallery"
PAGES = "api/generated/csmir.pl."


def first_pictures(gallery: nodes.document) -> dict[str, nodes.image]:
    """The picture that follows the first mention of each function."""
    found: dict[str, nodes.image] = {}
    asked: list[str] = []
    for node in gallery.findall():
        if isinstance(node, nodes.reference):
            name = node.get("reftitle", "")
            if name.startswith("csmir.pl.") and name not in found:
                asked.append(name)
        elif isinstance(node, nodes.image) and asked:
            found |= dict.fromkeys(asked, node)
            asked = []
    return found


def add_picture(app, doctree, docname):
    """Put the picture below the first words of the function's page, and a link to where it is drawn; name it."""
    if docname == GALLERY:
        for name, picture in first_pictures(doctree).items():
            picture["alt"] = ALT[name.removeprefix("csmir.pl.")]
    if not docname.startswith(PAGES) or app.builder.format != "html":
        return
    if not hasattr(app, "csmir_pictures"):
        app.csmir_pictures = first_pictures(app.env.get_and_resolve_doctree(GALLERY, app.builder))
    name = docname.removeprefix("api/generated/")
    picture = app.csmir_pictures.get(name)
    if picture is None:
        raise RuntimeError(f"docs/gallery.md has no picture of {name}: mention it as {{func}} above a figure")
    shown = picture.deepcopy()
    shown["width"] = "32em"
    where = nodes.reference("", "The gallery has the code", internal=True)
    where["refuri"] = app.builder.get_relative_uri(docname, GALLERY)
    for content in doctree.findall(addnodes.desc_content):
        words = next(i for i, part in enumerate(content.children) if isinstance(part, nodes.paragraph))
        content.insert(words + 1, [shown, nodes.paragraph("", "", where, nodes.Text("."))])
        return


def setup(app):
    """As an extension of sphinx."""
    app.connect("doctree-resolved", add_picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
