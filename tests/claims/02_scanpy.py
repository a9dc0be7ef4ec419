# ruff: noqa: F821  (names of the notebook)
assert pd.crosstab(adata.obs["leiden"], adata.obs["type"]).gt(0).to_numpy().sum() == 3  # the clusters are the types
agreement = measured.corrwith(inferred)
assert agreement.between(0.55, 0.85).all()  # "about 0.6 to 0.8"
assert mdata["mirna"].var["inferred"].all()
assert not set(map(tuple, net[first].to_numpy())) & set(map(tuple, net[~first].to_numpy()))  # never what it is made of
null = reg.uns["csmir"]["null"]
assert null["verdict"].startswith(f"{reg.X.nnz:,} interactions in the data")
assert "the miRNAs were inferred" in null["verdict"]
assert "Neither says that it is regulation" in null["verdict"]
order = pd.DataFrame(rows)
assert (order["planted, all pairs tested"] < 0.4).all()
assert (order["planted, top 20"] >= 0.9).all()  # the order is good
assert (reg.obs["n_interactions"] == 0).sum() <= 6  # empty networks: as good as none
