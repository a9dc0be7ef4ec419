from __future__ import annotations

import shutil

import mudata
import numpy as np
import pytest
from requests.exceptions import ConnectionError as NoConnection

import csmir as cs
from csmir.datasets.k562 import FILES, MIRNA_FILE, MRNA_FILE, significant


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "k562"


@pytest.fixture(scope="module")
def golden(shared_data):
    return dict(np.load(shared_data / "golden" / "k562_published.npz"))


@pytest.fixture
def offline(monkeypatch):
    def fail(*args, **kwargs):
        raise NoConnection("offline")

    monkeypatch.setattr("requests.get", fail)
    monkeypatch.setattr("requests.Session.request", fail)


def equality_pattern(x):
    """For each feature, which cells hold equal values, and which are smaller."""
    return np.stack([np.unique(column, return_inverse=True)[1] for column in x.T])


def test_recipe_gives_the_published_input_ties_included(folder, golden, monkeypatch):
    monkeypatch.setenv("CSMIR_DATA_DIR", str(folder))
    mdata = cs.datasets.k562()
    assert mdata["mirna"].shape == (19, 2822)
    cs.pp.recipe_csmir(mdata)
    assert mdata.obs_names.tolist() == golden["cells"].tolist()
    for key, n_features, exact in (("mirna", 212, 4e-7), ("mrna", 15361, 1e-12)):
        part = mdata[key]
        assert part.shape == (19, n_features)
        assert part.X.dtype == np.float64
        assert part.var_names.tolist() == golden[f"{key}_names"].tolist()
        np.testing.assert_allclose(part.X, golden[key], rtol=0, atol=exact)
        np.testing.assert_array_equal(part.X == 0, golden[key] == 0)
        np.testing.assert_array_equal(equality_pattern(part.X), equality_pattern(golden[key]))
    assert mdata.uns["csmir"]["k562"]["processing"] == "published"


def test_as_in_geo(folder):
    mdata = cs.datasets.k562(folder=folder, processing="geo")
    assert mdata["mirna"].shape == (19, 2822)
    assert mdata["mrna"].shape == (19, 23284)
    assert np.isnan(mdata["mrna"].X).sum() == 364
    # the first values of both files
    assert mdata["mirna"][:, 0].X[0, 0] == pytest.approx(2**-7.596052)
    assert mdata["mrna"][:, "A1BG"].X[:3, 0].tolist() == [5.4704, 13.8935, 9.349]
    assert mdata["mrna"].obs["original_name"].tolist()[-1] == "NW_hcRNAseq_20"
    with pytest.raises(cs.InputError, match=r"Values are missing: 364 of 442,396 in mrna"):
        cs.pp.recipe_csmir(mdata)


def test_saved_reloaded_and_preprocessed(folder, golden, tmp_path):
    cs.datasets.k562(folder=folder).write(tmp_path / "a.h5mu")
    mdata = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.pp.recipe_csmir(mdata)
    np.testing.assert_array_equal(equality_pattern(mdata["mirna"].X), equality_pattern(golden["mirna"]))


def test_offline_says_which_files_to_put_where(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("CSMIR_DATA_DIR", str(tmp_path / "cache"))
    with pytest.raises(cs.InputError) as error:
        cs.datasets.k562()
    message = str(error.value)
    assert all(
        name in message for name in (MIRNA_FILE, MRNA_FILE, str(tmp_path / "cache"), "CSMIR_DATA_DIR", "GSE114071")
    )


def test_one_file_is_missing(offline, tmp_path, folder):
    shutil.copy(folder / MIRNA_FILE, tmp_path)
    with pytest.raises(cs.InputError, match=f"They are at https://[^ ]*{MRNA_FILE}$"):
        cs.datasets.k562(folder=tmp_path)


def test_a_truncated_file(tmp_path, folder):
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes()[:-100])
    with pytest.raises(cs.InputError, match=r"is not the file that GSE114071 published \(expected sha256"):
        cs.datasets.k562(folder=tmp_path)


def test_a_folder_that_cannot_be_written(offline, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(cs.InputError, match="cannot be downloaded"):
        cs.datasets.k562(folder=tmp_path / "file")


def test_wrong_processing():
    with pytest.raises(cs.InputError, match="`processing` must be one of 'published', 'geo'"):
        cs.datasets.k562(processing="raw")


@pytest.mark.network
def test_download(tmp_path):
    assert cs.datasets.k562(folder=tmp_path).n_obs == 19


def test_significant():
    x = np.array([[-13.287712, 0.856484, 1234.56], [-0.00123456, 0.0, 9.99999]])
    np.testing.assert_array_equal(significant(x, 5), [[-13.288, 0.85648, 1234.6], [-0.0012346, 0.0, 10.0]])


@pytest.mark.parametrize("subfolder", ["k562", "GSE114071"])
def test_the_folder_above(offline, tmp_path, folder, monkeypatch, subfolder):
    (tmp_path / subfolder).mkdir()
    for name in FILES:
        shutil.copyfile(folder / name, tmp_path / subfolder / name)
    monkeypatch.setenv("CSMIR_DATA_DIR", str(tmp_path))
    assert cs.datasets.k562().n_obs == 19
    shutil.copyfile(folder / MRNA_FILE, tmp_path / subfolder / MIRNA_FILE)
    with pytest.raises(cs.InputError, match=rf"{subfolder}/{MIRNA_FILE}' is not the file that GSE114071 published"):
        cs.datasets.k562()
    (tmp_path / subfolder / MIRNA_FILE).unlink()
    with pytest.raises(cs.InputError, match=rf"into '[^']*{subfolder}', or set CSMIR_DATA_DIR"):
        cs.datasets.k562()


def test_the_folder_itself_comes_first(tmp_path, folder):
    (tmp_path / "k562").mkdir()
    for name in FILES:
        shutil.copyfile(folder / name, tmp_path / name)
        (tmp_path / "k562" / name).write_text("something else")
    assert cs.datasets.k562(folder=tmp_path).n_obs == 19
