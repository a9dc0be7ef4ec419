"""A picture on the page of every function of `cs.pl`: the first one that the gallery draws with it.

The gallery is run when the pages are built, so these pictures are always of the code beside them.
"""

from __future__ import annotations

from alt import ALT
from docutils import nodes
from sphinx import addnodes

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
