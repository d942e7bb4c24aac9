"""Pages of people: coming in, oneself, who belongs to a company, its tokens and its record."""
