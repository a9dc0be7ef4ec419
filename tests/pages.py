"""What is asked of pages in a browser: words that stand out from their ground, and pages of print that are filled."""

from __future__ import annotations

import os
import re
import subprocess
import zlib
from pathlib import Path

# Timers of the browser leap over idle time, and each that fires takes of this: far more than a page can use before the
# test's own patience ends, so that a busy machine is waited for.
ENOUGH = "--virtual-time-budget=1000000000"

# `contrast(view, selector)`: of every line of text with the ground behind it, as WCAG 2.1 defines it.
CONTRAST = r"""
const contrast = (view, selector) => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parts(view.getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of view.document.querySelectorAll(selector)) {
    const words = (e.value || e.textContent).trim(), style = view.getComputedStyle(e);
    if (!words || !e.getClientRects().length) continue;
    const ink = parts(e instanceof view.SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), e.tagName, words.slice(0, 40)]);
  }
  return { paper: light(ground(view.document.body)), found };
};
"""


def printed(browser: list[str], page: Path, folder: Path) -> bytes:
    """The PDF of a page."""
    path = folder / "page.pdf"
    subprocess.run(
        [*browser, f"--print-to-pdf={path}", "--no-pdf-header-footer", "--allow-file-access-from-files",
         f"--user-data-dir={folder / 'profile'}", page.as_uri()],
        capture_output=True, timeout=240, check=True, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    return path.read_bytes()


def contents(pdf: bytes) -> list[bytes]:
    """What is drawn on each page."""
    objects = dict(re.findall(rb"\n(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL))
    pages = [one for one in objects.values() if re.search(rb"/Type /Page\b", one)]
    numbers = [re.findall(rb"/Contents (\d+) 0 R", page)[0] for page in pages]
    return [zlib.decompress(objects[k].split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]) for k in numbers]


def images_of(pages: list[bytes]) -> int:
    """How many images there are, and that no page is empty."""
    images = [len(re.findall(rb"/X\d+ Do\b", page)) for page in pages]
    empty = [i + 1 for i, page in enumerate(pages) if not images[i] and not re.search(rb"T[jJ]\b", page)]
    assert not empty, f"pages without a word or an image: {empty}"
    return sum(images)
