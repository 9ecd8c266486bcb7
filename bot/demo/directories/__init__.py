"""Simulated identity providers over real HTTP, as their published shapes are: Okta, Entra ID, Google Workspace."""

from bot.demo.directories.people import Account, Directory
from bot.demo.directories.server import SimulatedDirectories

__all__ = ["Account", "Directory", "SimulatedDirectories"]
