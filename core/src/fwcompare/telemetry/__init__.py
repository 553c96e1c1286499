"""What groups of processes use, and what the host they run on is."""
