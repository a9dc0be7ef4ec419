# ruff: noqa: F821  (names of the notebook)
assert len(seen) == 1  # memory and threads, the disk and the workers change no byte
assert bytes_of(mdata["regulation"]) in seen
assert bytes_of(networks) in seen
assert "CSRDataset: backend zarr" in repr(on_disk.X)  # only the rows that are asked for are read
assert (some.X != networks[:5].X).nnz == 0
assert not Path("run.zarr.partial").exists()
