"""Classical mapping methods: climatology, optimal interpolation, ensemble OI, DINEOF."""
