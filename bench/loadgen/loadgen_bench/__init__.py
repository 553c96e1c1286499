"""Compares our load generator with its peers: how much it costs, whether its figures are true, what memory it takes."""
