-- From here on, domains are stored as A-labels (RFC 5890), so that an internationalized domain has
-- one spelling. SQL cannot convert those that are stored: the program does (store-domains.c).

PRAGMA user_version = 4;
