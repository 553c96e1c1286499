"""Plugins: found, loaded without trust, and asked for what they offer. The only user of pluggy."""

from fwcompare.plugins.discovery import BUILTIN, discover
from fwcompare.plugins.folders import folder_plugins
from fwcompare.plugins.offers import Offers, PluginInfo, Registry
from fwcompare.plugins.selection import Selection

__all__ = ["BUILTIN", "Offers", "PluginInfo", "Registry", "Selection", "discover", "folder_plugins"]
