"""Raw files and a simulated archive to prepared states, and cases made of them."""
