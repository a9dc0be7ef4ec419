"""The built site in a browser, narrow and wide: no missing image, no dead link, nothing wider than the screen.

Build it first, and say where: `python -m sphinx -W -b html docs docs/_build/html`, then `CSMIR_SITE=docs/_build/html`
(the default, if it is there).
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import urllib.parse
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.pages import CONTRAST, ENOUGH, contents, images_of, printed

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("CSMIR_SITE", ROOT / "docs" / "_build" / "html")).resolve()
if not (SITE / "index.html").exists():
    pytest.skip(f"no built site in {SITE}: build it, or set CSMIR_SITE", allow_module_level=True)

OPTIONS = ("--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files", "--window-size=1400,1000")
# machine-made lists, and pages of the API of one pattern (one of each namespace is opened)
LISTS = ("genindex.html", "py-modindex.html", "search.html")

# Opens page after page in a frame of the width asked for, and notes what is amiss in each.
ASK = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="page" style="border:0;width:WIDTHpx;height:900px"></iframe><pre id="seen"></pre>
<script>
const pages = PAGES, seen = {}, frame = document.getElementById("page");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  for (const page of pages) {
    await new Promise((done) => { frame.onload = done; frame.src = page; });
    await wait(60);
    const doc = frame.contentDocument, root = doc.documentElement, note = {};
    for (const image of doc.images) { image.loading = "eager"; }
    while ([...doc.images].some((im) => !im.complete)) await wait(25);
    note.width = [root.scrollWidth, root.clientWidth];
    note.missing = [...doc.images].filter((i) => !i.naturalWidth).map((i) => i.getAttribute("src"));
    // what may be wide scrolls by itself: code, tables, formulas
    const scrolls = (e) => {
      for (; e && e !== doc.body; e = e.parentElement)
        if (/(auto|scroll|hidden)/.test(frame.contentWindow.getComputedStyle(e).overflowX)) return true;
      return false;
    };
    note.wide = [...doc.querySelectorAll("article *")]
      .filter((e) => e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().right > root.clientWidth + 1)
      .filter((e) => !scrolls(e)).map((e) => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 60));
    note.text = (doc.querySelector("article") || doc.body).textContent.trim().length;
    seen[page] = note;
  }
  document.getElementById("seen").textContent = JSON.stringify(seen);
  document.title = "done";
})();
</script></body>"""


class Found(HTMLParser):
    """Links, images and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        for key in ("href", "src"):
            if given.get(key):
                self.links.append(given[key])


@cache
def found(path: Path) -> Found:
    parser = Found()
    parser.feed(path.read_text())
    return parser


def pages() -> list[Path]:
    return sorted(p for p in SITE.rglob("*.html") if "_static" not in p.parts and "_modules" not in p.parts)


def test_no_link_or_image_is_dead():
    dead = []
    for page in pages():
        for link in found(page).links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
            target = target / "index.html" if target.is_dir() else target
            anchor = urllib.parse.unquote(parts.fragment)
            lacks = anchor and target.suffix == ".html" and anchor not in found(target).ids if target.exists() else True
            if lacks:
                dead.append(f"{page.relative_to(SITE)} -> {link}")
    assert len(pages()) > 80
    assert not dead, dead[:20]


def opened() -> list[str]:
    """Every page, of the API one function of each namespace."""
    out, seen = [], set()
    for page in pages():
        name = page.relative_to(SITE).as_posix()
        function = re.match(r"api/generated/csmir\.(\w+)\.", name)
        if name in LISTS or (function and function[1] in seen):
            continue
        if function:
            seen.add(function[1])
        out.append(name)
    return out


def asked(ask: str, names: list[str], width: int, browser: list[str], folder: Path, *options: str) -> dict[str, dict]:
    """What is noted of each of these pages on a screen of this width."""
    ask = ask.replace("WIDTH", str(width)).replace("PAGES", json.dumps([(SITE / n).as_uri() for n in names]))
    (folder / "ask.html").write_text(ask)
    done = subprocess.run(
        [*browser, *OPTIONS, *options, f"--user-data-dir={folder / 'profile'}", ENOUGH,
         "--dump-dom", (folder / "ask.html").as_uri()],
        capture_output=True, text=True, timeout=280, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    (answer,) = re.findall(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert answer, f"the browser did not get through: {done.stderr[-2000:]}"
    found = {
        urllib.parse.unquote(k).rpartition(f"{SITE.name}/")[2]: v for k, v in json.loads(html.unescape(answer)).items()
    }
    assert len(found) == len(names)
    return found


@pytest.fixture(scope="module", params=[390, 1280])
def seen(request, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"site{request.param}")
    return request.param, asked(ASK, opened(), request.param, browser, folder)


def test_no_image_is_missing(seen):
    assert {page: note["missing"] for page, note in seen[1].items() if note["missing"]} == {}


def test_nothing_is_wider_than_the_screen(seen):
    width, notes = seen
    assert {page: note["width"] for page, note in notes.items() if note["width"][0] > width} == {}
    assert {page: note["wide"][:3] for page, note in notes.items() if note["wide"]} == {}


def test_every_page_says_something(seen):
    assert [page for page, note in seen[1].items() if note["text"] < 80] == []


# a page of words, of code and figures, of tables, and one of the API
KINDS = ("quickstart.html", "gallery.html", "tutorials/01_k562.html", "api/generated/csmir.pl.family.html")
# In a reader's dark scheme the words, then the page as it is printed on paper of this width: what is cut off there.
DARK = (
    ASK[: ASK.index("    for (const image of doc.images)")].replace("<script>", f"<script>{CONTRAST}")
    + """    const words = "article :is(h1, h2, p, li, td, th, dt, dd, a, code, pre, pre span), nav a";
    note.words = contrast(frame.contentWindow, words);
    for (const sheet of doc.styleSheets)
      for (const rule of sheet.cssRules)
        if (rule.media && /print/.test(rule.media.mediaText)) rule.media.mediaText = "all";
        else if (rule.media && /^screen/.test(rule.media.mediaText)) rule.media.mediaText = "speech";
    note.cut = [...doc.querySelectorAll("article pre, article div, article table")]
      .filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1)
      .map((e) => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}: ${e.innerText.trim().slice(0, 60)}`);
    seen[page] = note;
"""
    + ASK[ASK.index("  }\n  document.getElementById") :]
)


@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_dark_scheme_every_word_stands_out_and_in_print_nothing_is_cut_off(width, browser, tmp_path):
    found = asked(DARK, list(KINDS), width, browser, tmp_path, "--blink-settings=preferredColorScheme=0")
    for page, note in found.items():
        assert note["words"]["paper"] < 0.05, page
        assert len(note["words"]["found"]) > 100, page
        assert [words for words in note["words"]["found"] if words[0] < 4.5] == [], page
    assert {page: note["cut"][:3] for page, note in found.items() if note["cut"]} == {}


@pytest.mark.parametrize("width", [390, 1280])
def test_printed_pages_are_filled_and_have_their_figures(width, browser, tmp_path):
    page = SITE / "quickstart.html"
    sheet = f'<base href="{page.as_uri()}"><style>@page {{ size: {width}px 900px; margin: 10px }}</style>'
    (tmp_path / "page.html").write_text(page.read_text().replace("<head>", f"<head>{sheet}", 1))
    pdf = printed(browser, tmp_path / "page.html", tmp_path)
    sheets = contents(pdf)
    assert 3 <= len(sheets) <= 30
    assert images_of(sheets) >= page.read_text().count("<img") > 0
    across = [float(x) for x in re.findall(rb"/MediaBox \[0 0 ([\d.]+)", pdf)]
    assert across == pytest.approx([0.75 * width] * len(sheets), abs=1)
