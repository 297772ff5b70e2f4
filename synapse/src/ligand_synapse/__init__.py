"""TypeScript modules of Ligand beside a Synapse homeserver.

In homeserver.yaml::

    modules:
      - module: ligand_synapse.LigandModules
        config:
          socket: unix:/run/ligand/ligand.sock
"""

from .modules import LigandModules

__all__ = ["LigandModules"]
