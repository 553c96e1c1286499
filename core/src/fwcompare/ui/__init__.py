"""A local web application to browse runs and to watch one: ``fwcompare ui``. It reads, and changes nothing."""
