"""Every slot and column name, once."""

# modalities
MIRNA = "mirna"
MRNA = "mrna"
REGULATION = "regulation"
TRUTH = "truth"
SYNERGY = "synergy"
SPONGE = "sponge"
TARGETING = "targeting"
ASSOCIATION = "association"
MODULE_SCORES = "module_scores"

# the one folder of parameters and tables in .uns
UNS = "csmir"

# mdata.obsm
BOOTSTRAP = "csmir_bootstrap"

# what the networks were inferred from, in .uns["csmir"] of the networks
ORIGIN = "origin"

# over which cells and pairs each of their results was made, beside it
MADE_OF = "made_of"

# how the cells of both modalities were paired, in .uns["csmir"]
PAIRING = "pairing"

# the call of the command line that made the results, in .uns["csmir"] of the MuData
RUN = "run"


class Var:
    """Columns of `mdata["regulation"].var`."""

    MIRNA = "mirna"
    MRNA = "mrna"
    # networks among features of one kind (synergy, sponge) name both ends alike
    MIRNA_A, MIRNA_B = "mirna_a", "mirna_b"
    MRNA_A, MRNA_B = "mrna_a", "mrna_b"
    SHARED_MIRNAS = "shared_mirnas"  # of a sponge pair
    N_CELLS = "n_cells"
    N_NULL = "n_null"  # cells that have the pair when shuffled
    SET = "set"  # miRNAs that cannot be told apart for the target
    ASSOCIATION_RHO = "association_rho"
    ASSOCIATION_P, ASSOCIATION_Q = "association_pvalue", "association_qvalue"
    PAIR_P, PAIR_Q = "pair_pvalue", "pair_qvalue"  # over the pair's cells
    CONSERVATION = "conservation"
    CONSERVED_IN, GROUP_SPECIFIC = "conserved_in", "group_specific"  # with groups
    SIGN = "sign"
    CORRELATION = "correlation"
    DIRECTION = "direction"  # of an edge, in words: a column of cs.get.edges
    VALIDATED = "validated"
    DISEASE = "disease"
    # of mdata["targeting"]
    SHIFT, SHIFT_SD = "shift", "shift_sd"
    PVALUE, QVALUE = "pvalue", "qvalue"
    N_TARGETS, N_BACKGROUND = "n_targets", "n_background"
    MEMBERS = "members"
    SPECIFICITY = "specificity"


class Obs:
    """Columns of `mdata["regulation"].obs`."""

    N_INTERACTIONS = "n_interactions"
    PCT_VALIDATED = "pct_validated"
    PCT_VALIDATED_HUBS = "pct_validated_hubs"
    PCT_DISEASE = "pct_disease"
    PCT_DISEASE_HUBS = "pct_disease_hubs"
    CLUSTER = "cluster"
    CROSSTALK_DEGREE = "crosstalk_degree"
    CROSSTALK_MODULE = "crosstalk_module"
    HUB_CELL = "hub_cell"
    PATH = "path"  # place along a trajectory
    FOUND_TYPE = "found_type"  # the cluster that the local test compared the cell in
    N_NULL = "n_null"
    EMPIRICAL_FDR = "empirical_fdr"
    N_POOLED = "n_pooled"  # of mdata.obs: cells of a pool
    MIRNA_DEPTH, MRNA_DEPTH = "mirna_depth", "mrna_depth"  # of mdata.obs, these six: what may be adjusted for
    MIRNA_DETECTION, MRNA_DETECTION = "mirna_detection", "mrna_detection"
    S_SCORE, G2M_SCORE = "s_score", "g2m_score"
    ORIGINAL_NAME = "original_name"  # of mdata["mrna"].obs: the cell's name before pairing


class Obsm:
    """DataFrames cells x miRNAs in `mdata["regulation"].obsm`."""

    OUT_DEGREE = "out_degree"
    HUB = "hub_mirna"


class Obsp:
    """Cell x cell matrices in `mdata["regulation"].obsp`."""

    INTERACTIONS = "interaction_similarity"
    HUBS = "hub_similarity"
    # of each cell, those to the most similar cells only
    NEAREST_INTERACTIONS = "interaction_nearest"
    NEAREST_HUBS = "hub_nearest"
    EXPRESSION = "expression_distance"
    CROSSTALK = "crosstalk"
    MODULES = "module_similarity"


class Layer:
    """Layers of `mdata["regulation"]`, with the sparsity pattern of X."""

    SUPPORT = "support"
    SIGNIFICANT = "significant"  # with keep="all": which of the stored values are edges
    QVALUE = "qvalue"
    DIRECT_P = "direct_pvalue"  # given the target's other putative miRNAs
    DIRECT_Q = "direct_qvalue"
    NEG_LOG10_P = "neg_log10_p"  # statistic="local", whose X is the correlation
    SHARED = "shared"  # synergy, sponge: partners that both ends share in the cell
    SHARED_P = "shared_pvalue"
    SHARED_Q = "shared_qvalue"


class Table:
    """DataFrames in `mdata["regulation"].uns["csmir"]`."""

    STABILITY = "stability_seeds"
    POOLS = "pools"  # of mdata.uns

    HUB_CONSERVATION = "hub_conservation"
    CONSERVATION_GROUPS, COMBINATIONS = "conservation_groups", "conservation_combinations"
    AGREEMENT = "cluster_agreement"
    COMPARISON = "comparison"
    FAMILY_COUNTS = "family_counts"
    FAMILY_KS = "family_ks"
    FAMILY_SHUFFLED = "family_shuffled"
    FAMILY_TARGETS = "family_targets"
    FAMILY_MODULES = "family_modules"
    COMPARISON_TESTS = "comparison_tests"
    MODULES = "modules"
    INTERVALS = "intervals"
    ENRICHMENT = "enrichment"
    DISEASE = "disease_enrichment"
    DIFFERENTIAL = "differential"  # of mdata.uns
    ACTIVITY_TARGETS = "activity_targets"  # of an inferred miRNA modality
    SWEEP = "sweep"  # of mdata["targeting"]


class Module:
    """Columns of the table of modules."""

    NETWORK = "network"
    MODULE = "module"
    KIND = "kind"
    FEATURE = "feature"


# name of values of X that are correlations
RHO = "rho"

# values of Var.DIRECTION: a negative sign, a positive one, and none
REPRESSION = "repression"
ACTIVATION = "activation"
NO_DIRECTION = "no direction"

# values of Var.CONSERVATION
CONSERVED = "conserved"
REWIRED = "rewired"
NEITHER = "neither"

# a prior: decoupler's net
SOURCE = "source"
TARGET = "target"
WEIGHT = "weight"
# and what csmir.priors adds to it
PRIOR = "prior"
EVIDENCE = "evidence"
