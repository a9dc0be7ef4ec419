"""OmniPath's answer, in the shape that the web service gives it."""

from __future__ import annotations

import pandas as pd
import pytest

import csmir as cs
from csmir import InputError

# https://omnipathdb.org/interactions/?genesymbols=1&datasets=mirnatarget&fields=sources,references
ANSWER = pd.DataFrame(
    {
        "source": ["MIMAT0000070", "MIMAT0000070", "MIMAT0000075", "MIMAT0000075"],
        "target": ["P04637", "Q16665", "P11802", "P04637"],
        "source_genesymbol": ["hsa-miR-17-5p", "hsa-miR-17-5p", "hsa-miR-20a-5p", "hsa-miR-20a-5p"],
        "target_genesymbol": ["TP53", "HIF1A", "CDK4", None],
        "is_directed": [1, 1, 1, 1],
        "is_stimulation": [0, 0, 0, 0],
        "is_inhibition": [1, 0, 0, 0],
        "consensus_direction": [0, 0, 0, 0],
        "consensus_stimulation": [0, 0, 0, 0],
        "consensus_inhibition": [0, 0, 0, 0],
        "sources": ["miRTarBase;miRecords", "miRTarBase", "ncRDeathDB", "miRTarBase"],
        "references": ["miRTarBase:100;miRecords:100;miRTarBase:101", "miRTarBase:102", None, "miRTarBase:103"],
    }
)


@pytest.fixture
def urls(monkeypatch):
    """Answer every request with ANSWER; the requests are listed."""
    import io

    from decoupler import _download

    asked: list[str] = []

    def answer(url, **kwargs):
        asked.append(url)
        return io.BytesIO(ANSWER.to_csv(sep="\t", index=False).encode())

    monkeypatch.setattr(_download, "_download", answer)
    return asked


def test_real_shape(urls):
    net = cs.priors.omnipath()
    assert net.to_numpy().tolist() == [
        ["hsa-miR-17-5p", "TP53", "miRTarBase;miRecords", 2, "OmniPath"],
        ["hsa-miR-17-5p", "HIF1A", "miRTarBase", 1, "OmniPath"],
        ["hsa-miR-20a-5p", "CDK4", "ncRDeathDB", 0, "OmniPath"],
    ]
    assert list(net.columns) == ["source", "target", "resources", "n_papers", "prior"]
    assert len(urls) == 1
    assert {"datasets=mirnatarget", "genesymbols=1", "organisms=9606", "license=academic"} <= set(
        urls[0].replace("?", "&").split("&")
    )


def test_choices(urls):
    assert cs.priors.omnipath(species="mouse", resources="miRecords", license="commercial")["target"].tolist() == [
        "TP53"
    ]
    assert "organisms=10090" in urls[0]
    assert "license=commercial" in urls[0]
    with pytest.raises(InputError, match=r"`resources` must be one of 'miRTarBase', 'miRecords', 'ncRDeathDB'"):
        cs.priors.omnipath(resources="TarBase")
    with pytest.raises(InputError, match=r"`license` must be one of 'academic'"):
        cs.priors.omnipath(license="mine")
    with pytest.raises(InputError, match=r"OmniPath has human, mouse and rat; found Danio rerio"):
        cs.priors.omnipath(species="zebrafish")


def test_offline(monkeypatch):
    import requests
    from decoupler import _download

    def fail(url, **kwargs):
        raise requests.exceptions.ConnectionError("Name or service not known")

    monkeypatch.setattr(_download, "_download", fail)
    with pytest.raises(InputError, match=r"OmniPath cannot be reached \(ConnectionError.*read_table\(path, source="):
        cs.priors.omnipath()


def test_another_answer(monkeypatch):
    from decoupler import _download

    monkeypatch.setattr(
        _download, "_bytes_to_pandas", lambda *args, **kwargs: pd.DataFrame({"Something is not entirely good": []})
    )
    monkeypatch.setattr(_download, "_download", lambda url: None)
    with pytest.raises(
        InputError, match=r"OmniPath's answer does not look like its interactions: it lacks the columns"
    ):
        cs.priors.omnipath()


@pytest.mark.network
def test_the_web_service():
    net = cs.priors.omnipath()
    assert net["source"].str.startswith("hsa-").mean() > 0.95
    assert len(net) > 1_000
