"""Pages of HTML that stand alone: a report, a matrix, a comparison, and those of ``fwcompare ui``."""
