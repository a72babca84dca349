"""What a training and its answers will cost, before anything is paid for."""
