# ruff: noqa: F821  (names of the notebook)
assert Path("results/csmir.h5mu").is_file()
assert Path("results/tables/edges.tsv").is_file()
assert not list(Path().glob(".csmir-partial*"))  # the folder comes into being whole
again = "run --mirna mirna.tsv.gz --mrna mrna.tsv.gz --prior targets.tsv --out results --quiet"
assert cli.main(shlex.split(again)) == 2  # refused to write over results
null = result["regulation"].uns["csmir"]["null"]
assert "The networks do not show regulation" in null["verdict"]
assert Path("report.html").stat().st_size < 5e6  # a file that can be mailed
again = mudata.read_h5mu("with_modules.h5mu")
assert len(cs.get.modules(again)) == len(cs.get.modules(result))
