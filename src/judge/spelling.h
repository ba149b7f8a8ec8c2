/* Ways of writing a word: abbreviations, contractions and common errors. */
#pragma once

/* folded text with each word that is known by another spelling in the usual one: "mbx doesnt exist"
 * becomes "mailbox does not exist", and "user_unknown" becomes "user unknown". Parts of words,
 * hosts, addresses and identifiers stay. Patterns are spelled in the same way. Linear. NULL if
 * nothing changes. (transfer full) (nullable) */
char *spelling_correct(const char *folded);
