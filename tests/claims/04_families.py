# ruff: noqa: F821  (names of the notebook)
# the planted modules are found, whole
assert [row["of its pairs there"] for row in rows] == [row["pairs"] for row in rows] == [12, 12, 12]
assert len({row["best module"] for row in rows}) == 3
enriched = cs.get.enrichment(mdata)
best = enriched.sort_values("qvalue").iloc[0]
assert (best["gene_set"], int(best["query"])) == ("planted", int(rows[0]["best module"]))
assert best["qvalue"] < 0.01
assert (enriched.loc[enriched["gene_set"] == "random", "qvalue"] > 0.05).all()  # one at random
assert (cs.get.enrichment(mdata, key="disease_enrichment")["universe_size"] <= 146).all()
# who works together in most cells are members of one planted module
together = mdata["synergy"].var.sort_values("n_cells", ascending=False).head()
member = planted.groupby("mirna", observed=True)["module"].agg(set).to_dict()
assert all(member[a] & member[b] for a, b in zip(together["mirna_a"], together["mirna_b"], strict=True))
# no competition was planted, and sponges are found all the same
assert mdata["sponge"].X.nnz > 0
assert set(targets["member"].astype(str)) <= {f"hsa-miR-{m}" for m in ("17", "18a", "19a", "19b", "20a", "92a")}
