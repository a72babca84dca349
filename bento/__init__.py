"""The service: `bentoml serve bento.service:Thermocline`."""
