"""TypeScript modules of Ligand beside a Synapse homeserver.

In homeserver.yaml::

    modules:
      - module: ligand_synapse.LigandModules
        config:
          socket: unix:/run/ligand/ligand.sock
"""

from .supported import check_oldest

# First: an older Synapse lacks what the other files import.
check_oldest()

from .modules import LigandModules  # noqa: E402

__all__ = ["LigandModules"]
