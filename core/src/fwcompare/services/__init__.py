"""Services that a workload needs, and the ways to have them.

Who lists providers starts none: the drivers of the databases are imported when one is started, not with the providers.
"""
