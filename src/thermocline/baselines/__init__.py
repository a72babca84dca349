"""Classical mapping methods: the bar every learned system has to clear."""
