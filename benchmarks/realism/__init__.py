"""How like the real ocean the nature run is."""
