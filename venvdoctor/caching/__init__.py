"""What one scan keeps for the next: answers with every look at the disk that they depend on."""
