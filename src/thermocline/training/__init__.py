"""How networks are trained: killed, resumed and repeated to the bit."""
