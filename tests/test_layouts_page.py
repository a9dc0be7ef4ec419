"""docs/layouts.md: each row is made anew and run, and does what the page says."""

from __future__ import annotations

import importlib.util
import logging
import re
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import csmir as cs

ROOT = Path(__file__).resolve().parents[1]


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PRIORS = _module(ROOT / "tests" / "priors" / "test_layouts.py")
TABLES = _module(ROOT / "tests" / "io" / "test_tool_tables.py")


def rows(section):
    """Name and outcome of the rows of a table of the page."""
    text = (ROOT / "docs" / "layouts.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")][2:]
    return [(row[0].strip().strip("`").replace("\\|", "|"), row[2].strip(), row[3].strip()) for row in cells]


NAMES, GENES, FILES, EXPRESSION = map(rows, ("Names of miRNAs", "Names of genes", "Priors", "Expression"))


def test_the_page_has_forty_rows_and_each_says_what_to_do():
    every = NAMES + GENES + FILES + EXPRESSION
    assert len(every) >= 40
    assert len({name for name, _, _ in every}) == len(every)
    for name, outcome, so in every:
        assert outcome.split()[0] in {"matches", "renames", "reads", "reports", "refuses"}, name
        assert so or outcome.split()[0] not in {"reports", "refuses"}, name


# names that the other side has; by default hsa-miR-21-5p
OTHERS = {
    "hsa-miR-145": ["hsa-miR-145-3p", "hsa-miR-145-5p"],
    "hsa-miR-17*": ["hsa-miR-17-3p"],
    "hsa-miR-340": ["hsa-miR-340-5p"],
    "hsa-mir-16-1": ["hsa-miR-16-5p"],
    "MIR142": ["hsa-miR-142-3p"],
    "hsa-let-7a-5p/7c-5p": ["hsa-let-7c-5p"],
    "hsa-miR-106a-5p+hsa-miR-17-5p": ["hsa-miR-17-5p"],
    "hsa-miR-155_st": ["hsa-miR-155-5p"],
    "Hsa-Mir-17-P1a_5p": ["hsa-miR-17-5p"],
    "kshv-mir-k12-10a-5p": ["kshv-miR-K12-10a-5p"],
    "dme-bantam": ["dme-bantam-3p"],
    "hsa-miR-101-3p.1": ["hsa-miR-101-3p"],
    "miR-17-5p/20-5p/93-5p": ["hsa-miR-17-5p"],
}
IN_DATA = ("/7c-5p", ":MIMAT", "+hsa", "_MIMAT")  # compounds are names of data


@pytest.mark.parametrize(("name", "outcome", "so"), NAMES)
def test_names_of_mirnas(name, outcome, so):
    others = OTHERS.get(name, ["hsa-miR-199a-3p" if "199a" in name else "hsa-miR-21-5p"])
    asked = others[0] if any(mark in name for mark in IN_DATA) else name
    data = [name] if asked != name else others
    net = pd.DataFrame({"source": [asked, "hsa-miR-0"], "target": "PTEN"})
    report = cs.priors.reconcile(net, [*data, "hsa-miR-0"], ["PTEN"]).report.set_index("name")
    status, rule = report.loc[asked, ["status", "rule"]]
    words = {"matched": "matches", "renamed": f"renames ({rule})", "unmatched": f"reports ({rule})"}
    assert outcome == words[status]


@pytest.mark.parametrize(("name", "outcome", "so"), GENES)
def test_names_of_genes(name, outcome, so):
    known = {
        "ENSG00000171862.11": ["ENSG00000171862.4"],
        "14-Sep": ["SEPTIN14"],
        "1-Mar": ["MARCHF1"],
        "NANOG": ["nanog", "sox2"],
    }.get(name, ["PTEN"])
    net = pd.DataFrame({"source": "hsa-miR-21-5p", "target": [name, known[-1]]})
    report = cs.priors.reconcile(net, ["hsa-miR-21-5p"], known).report.set_index("name")
    status, rule = report.loc[name, ["status", "rule"]]
    assert outcome == {"renamed": f"renames ({rule})", "unmatched": f"reports ({rule})"}[status]


@pytest.mark.parametrize(("name", "outcome", "so"), FILES)
def test_files_of_priors(tmp_path, name, outcome, so):
    (tmp_path / "miR_Family_Info.txt").write_text(PRIORS.FAMILIES)
    own = {
        "TargetScan family table": PRIORS.FAMILIES,
        "miRDB": "hsa-miR-17-5p\tNM_000546\t91.5\n",
        "mir,gene": "mir,gene\nhsa-miR-17-5p,TP53\n",
        "#miRNA": "#miRNA\tTarget\nhsa-miR-17-5p\tTP53\n",
        "two columns, no header": "hsa-miR-17-5p\tTP53\n",
    }
    text = own[name] if name in own else PRIORS.OFFICIAL[name][0]
    path = tmp_path / "file.txt"
    path.write_text(text, encoding="utf-8")
    if outcome == "refuses":
        with pytest.raises(cs.InputError):
            cs.priors.read_table(path)
    else:
        assert len(cs.priors.read_table(path)) >= 1


def _types(tmp_path, name):
    var = {
        "10x with feature types": pd.DataFrame(
            {"feature_types": ["miRNA", "Gene Expression"]}, index=["hsa-miR-21-5p", "PTEN"]
        ),
        "biotypes": pd.DataFrame(
            {"gene_biotype": ["miRNA", "protein_coding"], "gene_name": ["MIR21", "PTEN"]},
            index=["ENSG00000284190", "ENSG00000171862"],
        ),
        "biotypes in names": pd.DataFrame(
            index=["ENSG00000284190.1_MIR21_miRNA", "ENSG00000171862.11_PTEN_ProteinCoding"]
        ),
    }[name]
    mdata = cs.io.split_feature_types(AnnData(np.ones((2, 2)), var=var))
    return mdata["mrna"].var_names.tolist() == ["PTEN"]


@pytest.mark.parametrize(("name", "outcome", "so"), EXPRESSION)
def test_tables_of_expression(tmp_path, name, outcome, so, caplog):
    path = tmp_path / "counts.txt"
    one = dict(zip(("GDC, miRNA", "GDC, isoforms", "GDC, genes", "sRNAbench, one sample"), _one_sample(), strict=True))
    if name in TABLES.TABLES:
        path.write_text(TABLES.TABLES[name][0])
        assert outcome == "reads"
        with caplog.at_level(logging.WARNING, "csmir"):
            cells = cs.io.read(path).obs_names
            mdata = cs.io.make_mudata(path, pd.DataFrame(np.ones((2, 1)), cells, ["PTEN"]))
        assert mdata.n_obs == 2
        assert ("miRNAtotal" in caplog.text) == ("miRNAtotal" in so)
    elif name in one:
        path.write_text(one[name])
        assert outcome == "refuses"
        with pytest.raises(cs.InputError, match="holds one sample"):
            cs.io.read(path)
    elif "types" in name:
        assert outcome == "reads"
        assert _types(tmp_path, name)
    elif name == "rds":
        rdata = pytest.importorskip("rdata")
        frame = pd.DataFrame({"cell_1": [1.0, 2.0], "cell_2": [3.0, 4.0]}, index=["hsa-miR-21-5p", "hsa-let-7a-5p"])
        # rdata writes no names of pandas 3's type of text
        frame = frame.set_axis(frame.index.astype(object), axis=0).set_axis(frame.columns.astype(object), axis=1)
        rdata.write_rds(tmp_path / "x.rds", frame)
        assert cs.io.read(tmp_path / "x.rds").shape == (2, 2)
    else:
        assert outcome == "refuses"
        with pytest.raises(cs.InputError, match=re.search(r"`?([\w.]+read_\w+|h5ad)`?", so)[1].split(".")[-1]):
            cs.io.read(_foreign(tmp_path, name))


def _one_sample():
    marks = [m for m in TABLES.test_tables_of_one_sample.pytestmark if m.name == "parametrize"]
    return [text for text, _, _ in marks[0].args[1]]


def _foreign(tmp_path, name):
    if name == "Matrix Market":
        (tmp_path / "matrix.mtx").write_text("%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 5\n")
        return tmp_path
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as f:
        for group in {"loom": ("row_attrs", "layers"), "h5Seurat": ("assays",)}[name]:
            f.create_group(group)
    return path


def test_lines_for_python_and_for_the_shell_are_those_of_the_tests():
    """The walk-throughs name only functions and options that there are."""
    from csmir.cli.commands import run

    page = (ROOT / "docs" / "layouts.md").read_text().partition("## From cohorts to networks")[2]
    options = {o for parameter in run.params for o in parameter.opts}
    used = set(re.findall(r"(--[a-z-]+)", "\n".join(re.findall(r"```bash\n(.*?)```", page, re.DOTALL))))
    assert used
    assert used <= options
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        compile(code, "layouts.md", "exec")
        for room, function in re.findall(r"cs\.(\w+)\.(\w+)\(", code):
            assert hasattr(getattr(cs, room), function)
