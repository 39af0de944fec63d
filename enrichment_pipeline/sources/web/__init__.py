"""Public web pages of shops, each described by one `Site`: asked politely, read strictly, off unless switched on."""
