#ifndef HOOKSWITCH_LIMIT_H
#define HOOKSWITCH_LIMIT_H

/*
 * Every ceiling on what comes from outside, with its reason.  All in bytes
 * unless said otherwise.
 */

/*
 * A request body.  Twilio documents none; the largest known form (call
 * token, STIR passport, 1600 characters percent-encoded nine times, add-ons)
 * stays well below.
 */
#define LIMIT_BODY (256 * 1024)

/* How long a body may take, in seconds; Twilio itself waits 15 in all. */
#define LIMIT_BODY_SECONDS 10

/* What plain CGI reads of a body that it refused, before it leaves. */
#define LIMIT_DRAIN (1024 * 1024)

/* REQUEST_URI and QUERY_STRING.  Apache and lighttpd stop at 8 KiB. */
#define LIMIT_TARGET (16 * 1024)

/* Parameters of a form.  Twilio sends about 70 at the most. */
#define LIMIT_PARAMETERS 1000

/* A SID that may become a key; Twilio's have 34.  B-tree keys stop at 2704. */
#define LIMIT_SID 255

/* A host name is at most 253, a port 5, user and password what fits. */
#define LIMIT_ORIGIN 1024

/* URLs that one request may have been signed with (see url.h). */
#define LIMIT_URL_ORIGINS 12
#define LIMIT_URL_TARGETS 5

/* Authentication tokens of one account: previous, current, next, one spare. */
#define LIMIT_TOKENS 4

/* A value of a setting, and the files that settings name. */
#define LIMIT_SETTING 4096
#define LIMIT_SETTINGS_FILE (64 * 1024)
#define LIMIT_ACCOUNTS_FILE (1024 * 1024)

/* A record of the spool: body, query, and what is around them. */
#define LIMIT_SPOOL_RECORD (LIMIT_BODY + LIMIT_TARGET + 4096)

/* TwiML: Twilio takes 64 kB (its error 11750). */
#define LIMIT_TWIML (64 * 1024)

/* One line in the log. */
#define LIMIT_LOG_LINE 1024

/* Threads of one process; HOOKSWITCH_THREADS may ask for more in vain. */
#define LIMIT_THREADS 166

/* Statements of one plan. */
#define LIMIT_STATEMENTS 10

/*
 * Transactions that a cursor of the feed can hold: those that were open at the
 * same time, write, and are older than an event that was read.
 */
#define LIMIT_FEED_OPEN 200

/*
 * A cursor as text.  200 numbers whose sum has 20 digits have 17 at the most
 * each.  It has to fit into a URL and into a header, for which servers have
 * 8 KiB.
 */
#define LIMIT_CURSOR 4000

/* Which transactions can be seen, as PostgreSQL writes it. */
#define LIMIT_SNAPSHOT (64 * 1024)

/* Events that are looked at for one answer. */
#define LIMIT_FEED_EVENTS 500

/* One of them as JSON: parameters over 32 KiB are left out. */
#define LIMIT_FEED_EVENT (64 * 1024)

/*
 * An answer with many events or items, which ends early where the next one
 * would not fit.
 */
#define LIMIT_ANSWER (4 * 1024 * 1024)

/* The ledger's params as JSON: a byte becomes at most 6 ("\u0001"). */
#define LIMIT_JSON (8 * (LIMIT_BODY + LIMIT_TARGET))

#endif
