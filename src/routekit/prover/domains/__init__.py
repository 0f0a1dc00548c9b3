"""What the values of each field, signal and clock may be, cut into cells that no test tells apart."""
