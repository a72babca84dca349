"""The bundled nature run's Arctic: sea ice on a polar stereographic grid."""
