"""Runs Ligand's TypeScript modules beside a Synapse homeserver.

Configure it in homeserver.yaml::

    modules:
      - module: ligand_synapse.LigandModules
        config:
          socket: unix:/run/ligand/ligand.sock
"""

from .supported import check_oldest

# This comes first because the imports below fail on an older Synapse.
check_oldest()

from .modules import LigandModules  # noqa: E402

__all__ = ["LigandModules"]
