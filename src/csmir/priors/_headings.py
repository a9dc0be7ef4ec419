"""What columns of miRNAs and of genes are called, in order of preference; only letters and digits count."""

SOURCES = [
    "source", "mirna", "mirna_name", "mirna name", "mature mirna", "mirbase id", "mature_mirna_id", "mirna_id", "mir",
    "mirs", "mirnas", "microrna", "micrornas", "mature mirna name", "mirbase name", "mirna symbol", "mir name",
    "mir id", "microrna name", "microrna id", "mature name", "mature id", "mirna mature name", "mirna mature id",
    "regulator",
]  # fmt: skip
TARGETS = [
    "target", "mrna", "gene", "gene symbol", "gene name", "target gene", "symbol", "target_symbol",
    "target gene symbol", "target gene name", "target name", "genes", "targets", "target genes", "mrnas",
    "gene symbols", "hgnc symbol", "external gene name", "official symbol", "mrna name", "target mrna", "genesym",
    "target_id", "gene id", "ensembl gene id", "target gene id", "target ensembl",
    "regulated",
]  # fmt: skip
