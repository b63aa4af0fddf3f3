"""Says what a change does to the marts: the same sample built before and after, compared by key and column."""
