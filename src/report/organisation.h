/* Organisational domains: mail.example.co.uk belongs to example.co.uk. */
#pragma once

/* The part of a domain (lower case, A-labels) that somebody has registered, by the Public Suffix
 * List; the domain itself if that does not tell, or libpsl is not installed. Borrowed: a part of
 * domain, or domain. */
const char *organisation_of(const char *domain);
