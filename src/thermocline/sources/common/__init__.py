"""Units, salinity, sea water, and what names and attributes of a variable say."""
