"""For tests of fwcompare and of plugins: fakes of every port, so that a whole run needs no machine and no time."""
