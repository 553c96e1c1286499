"""Where things are kept that can be made again: environments, what is known of a host, the charts' script."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Give the folder, which may not be there yet: ``FWCOMPARE_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("FWCOMPARE_CACHE")
    return Path(chosen).absolute() if chosen else platformdirs.user_cache_path("fwcompare")
