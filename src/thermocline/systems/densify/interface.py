"""Behind MLflow's `predict`: requests as JSON in, fields by name out."""

from thermocline.systems.composed_defaults import interface_of
from thermocline.systems.densify.endpoints import ENDPOINTS

INTERFACE = interface_of(ENDPOINTS[0])
