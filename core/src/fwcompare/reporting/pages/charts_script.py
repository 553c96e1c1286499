"""The script that draws charts: Vega-Embed with all that it needs, as ``vl-convert`` bundles it.

Bundling takes more than a second, and gives the same for the same version: it is done once for a user's cache.
"""

import importlib.metadata
import os
from functools import lru_cache
from typing import Final

from fwcompare.cache import cache_folder

_BUNDLER: Final = "vl-convert-python"
_HANDED_OVER: Final = "window.vegaEmbed = vegaEmbed;"


@lru_cache(maxsize=1)
def charts_script() -> str:
    """Give the script, in which no element can end; it hands over ``vegaEmbed`` alone."""
    kept = cache_folder() / "pages" / f"charts-{importlib.metadata.version(_BUNDLER)}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        script = _bundled()
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        # A rename puts all of it there in one step: another process reads the whole or nothing.
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(script, encoding="utf-8")
        written.replace(kept)
    except OSError:
        # It costs the next page a second.
        return script
    return script


def _bundled() -> str:
    from vl_convert import javascript_bundle  # noqa: PLC0415 - takes a while to import, as it holds a browser's engine

    return javascript_bundle(_HANDED_OVER).replace("</script", "<\\/script")
