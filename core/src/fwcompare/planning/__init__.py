"""Pure planning: a scenario and the targets become cells, and cells become trials in a seeded order."""
