"""Whether two targets did the same work: what they sent, counted, and held against the contract. Pure."""
