"""Counts the calls that no module would have answered. No message tells `ligand serve` of them."""

from prometheus_client import Counter

HELD_BACK = Counter(
    "ligand_calls_held_back",
    "Calls of hooks that weren't sent to ligand serve, because no callback is called for them",
    ["hook"],
)
"""By Synapse's name of the hook. Synapse's metrics show it as `ligand_calls_held_back_total`."""
