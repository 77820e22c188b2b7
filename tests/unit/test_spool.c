/*
 * The spool on disk: what is written comes back, what is damaged does not,
 * and no failure on the way loses a record or leaves half of one.
 */
#include "config.h"

#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "digest.h"
#include "guard.h"
#include "limit.h"
#include "sample.h"
#include "scratch.h"
#include "spool_survey.h"
#include "spool_walk.h"

#define NOBODY 65534

/*
 * The system calls that can fail.  The linker hands us those of the library
 * (--wrap).
 */

int __real_fsync(int fd);
ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);
int __wrap_fsync(int fd);
ssize_t __wrap_read(int fd, void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

/* What is to happen; all zero for nothing. */
static struct {
	int bad_fsync;      /* this call to fsync fails, 1 for the next */
	int n_fsync;        /* calls so far */
	size_t room;        /* bytes that fit on disk, and 1; 0: any number */
	size_t piece;       /* bytes that one write takes; 0: any number */
	bool interrupt;     /* a signal comes before each write */
	const char *unread; /* a file with this text in it has a bad block */
} faults;

static void
no_faults(void)
{
	memset(&faults, 0, sizeof faults);
}

int
__wrap_fsync(int fd)
{
	if (++faults.n_fsync == faults.bad_fsync) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	static bool interrupted;

	interrupted = faults.interrupt && !interrupted;
	if (interrupted) {
		errno = EINTR;
		return -1;
	}
	if (faults.room == 1) {
		errno = ENOSPC;
		return -1;
	}
	if (faults.piece > 0 && len > faults.piece)
		len = faults.piece;
	if (faults.room > 0 && len >= faults.room)
		len = faults.room - 1;
	if (faults.room > 0)
		faults.room -= len;
	return __real_write(fd, data, len);
}

ssize_t
__wrap_read(int fd, void *data, size_t len)
{
	ssize_t n = __real_read(fd, data, len);

	if (n > 0 && faults.unread != NULL &&
		memmem(data, (size_t)n, faults.unread, strlen(faults.unread)) !=
			NULL) {
		errno = EIO;
		return -1;
	}
	return n;
}

/*
 * Format
 */

#define TEXT(literal)                                                          \
	{                                                                      \
		(literal), sizeof(literal) - 1                                 \
	}
#define FORM CARRIER_FORM

static const struct spool_record message = {
	.endpoint = TEXT("sms"),
	.account_sid = TEXT("AC1"),
	.idempotency_token = TEXT("0a-1b"),
	.query = TEXT("campaignId=7"),
	.body = TEXT("MessageSid=SM1&Body=hello"),
	.carrier = CARRIER_FORM,
	.received_at = {1759931640, 42},
};

static void
check_text(int line, struct spool_text got, struct spool_text want)
{
	CHECK_NUMBER(line, got.len, want.len);
	CHECK(line, memcmp(got.data, want.data, want.len) == 0);
	CHECK_NUMBER(line, got.data[got.len], '\0');
}

static void
check_record(int line, const struct spool_record *got,
	const struct spool_record *want)
{
	check_text(line, got->endpoint, want->endpoint);
	check_text(line, got->account_sid, want->account_sid);
	check_text(line, got->idempotency_token, want->idempotency_token);
	check_text(line, got->query, want->query);
	check_text(line, got->body, want->body);
	CHECK_NUMBER(line, got->carrier, want->carrier);
	CHECK_NUMBER(line, got->received_at.tv_sec, want->received_at.tv_sec);
	CHECK_NUMBER(line, got->received_at.tv_nsec, want->received_at.tv_nsec);
}

/* A record's bytes; the caller frees them. */
static void
format(int line, struct buf *text, const struct spool_record *record)
{
	buf_init(text, LIMIT_SPOOL_RECORD);
	CHECK_NUMBER(line, spool_record_format(text, record), ERR_OK);
}

/* Parses a copy that ends where memory ends. */
static enum err
parse_guarded(struct guard *guard, struct spool_record *record,
	const struct buf *text, struct reason *reason)
{
	return spool_record_parse(record,
		guard_buffer(guard, text->data, text->len, 0), text->len,
		reason);
}

/* Bytes that are no record; why is in the reason. */
static void
check_malformed(int line, const struct buf *text, const char *why)
{
	struct spool_record record;
	struct reason reason = {""};
	struct guard guard;

	CHECK_NUMBER(line, parse_guarded(&guard, &record, text, &reason),
		ERR_MALFORMED);
	CHECK_HOLDS(line, reason.text, why);
	guard_free(&guard);
}

static void
check_round_trip(int line, const struct spool_record *record)
{
	struct spool_record parsed;
	struct guard guard;
	struct buf text, again;

	format(line, &text, record);
	CHECK_NUMBER(line, parse_guarded(&guard, &parsed, &text, NULL), ERR_OK);
	check_record(line, &parsed, record);
	format(line, &again, &parsed);
	CHECK_NUMBER(line, again.len, text.len);
	CHECK(line, memcmp(again.data, text.data, text.len) == 0);
	buf_free(&again);
	guard_free(&guard);
	buf_free(&text);
}

/* line, endpoint, account, token, query, body, carrier, time */
/* clang-format off */
static const struct {
	int line;
	struct spool_record record;
} round_trips[] = {
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("b"), FORM, {1, 2}}},

	/* What is empty stays empty. */
	{__LINE__, {TEXT(""), TEXT(""), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 0}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {1, 2}}},

	/* Carriers. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT(""), CARRIER_QUERY, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("{}"), CARRIER_JSON, {1, 2}}},

	/* Bytes of any kind, and what looks like the format itself. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("a\0b\n\r\xFF\xC3"), FORM, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("\n"), TEXT("\n\n"), TEXT("\nsha256 64\n"), FORM, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("body 1\nx\n"), TEXT("query 0\n\n"), TEXT("\0"), FORM, {1, 2}}},

	/* Times. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 1}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 999999999}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {1759931640, 100000000}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {253402300799, 999999999}}},
};
/* clang-format on */

static void
test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(round_trips); i++)
		check_round_trip(round_trips[i].line, &round_trips[i].record);
}

/* The largest request that endpoints take. */
static void
test_largest(void **state)
{
	static char body[LIMIT_BODY + 1], query[LIMIT_TARGET + 1];
	static char sid[LIMIT_SID + 1];
	struct spool_record record = message;

	(void)state;
	sample_fill(body, sizeof body, 'b');
	sample_fill(query, sizeof query, 'q');
	sample_fill(sid, sizeof sid, 's');
	record.body = spool_text(body);
	record.query = spool_text(query);
	record.idempotency_token = spool_text(sid);
	record.account_sid = spool_text(sid);
	check_round_trip(__LINE__, &record);
}

static void
test_every_truncation(void **state)
{
	struct buf text, part;

	(void)state;
	format(__LINE__, &text, &message);
	part = text;
	for (part.len = 0; part.len < text.len; part.len++)
		check_malformed(__LINE__, &part, "damaged");
	/* Nor anything behind it. */
	assert_int_equal(buf_add(&text, "\n", 1), ERR_OK);
	check_malformed(__LINE__, &text, "damaged");
	buf_free(&text);
}

static void
test_every_flipped_bit(void **state)
{
	struct buf text;

	(void)state;
	format(__LINE__, &text, &message);
	for (size_t i = 0; i < 8 * text.len; i++) {
		text.data[i / 8] ^= (char)(1 << i % 8);
		check_malformed(__LINE__, &text, "the record is");
		text.data[i / 8] ^= (char)(1 << i % 8);
	}
	buf_free(&text);
}

#define HEAD "hookswitch-spool 1\n1\n"
#define TIME "received 3\n1.2\n"
#define TO_CARRIER "token 0\n\nendpoint 3\nsms\naccount 3\nAC1\n"
#define FROM_QUERY "query 0\n\nbody 0\n\n"
#define REST TO_CARRIER "carrier 4\nform\n" FROM_QUERY
#define FIELD "a field is missing"
#define HOLDS "holds what it cannot"

/* line, text that gets a good checksum, reason or NULL */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	const char *why;
} sealed[] = {
	{__LINE__, HEAD TIME REST, NULL},

	/* Versions. */
	{__LINE__, "hookswitch-spool 1\n2\n" TIME REST, "version \"2\""},
	{__LINE__, "hookswitch-spool 2\n10\n" TIME REST, "version \"10\""},
	{__LINE__, "hookswitch-spool 0\n\n" TIME REST, "version \"\""},
	{__LINE__, "hookswitch-spool 12\n123456789012\n", "version \"123456789\""},
	{__LINE__, "hookswitch-spool 1\n2\nof another kind", "version \"2\""},
	{__LINE__, "hookswitch-spools 1\n1\n" TIME REST, "does not begin"},
	{__LINE__, " " HEAD TIME REST, "does not begin"},

	/* Times. */
	{__LINE__, HEAD "received 0\n\n" REST, HOLDS},
	{__LINE__, HEAD "received 1\n1\n" REST, HOLDS},
	{__LINE__, HEAD "received 2\n1.\n" REST, HOLDS},
	{__LINE__, HEAD "received 2\n.1\n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n-1.0\n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n1.0 \n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n1.0\n\n" REST, HOLDS},
	{__LINE__, HEAD "received 12\n1.1000000000\n" REST, HOLDS},
	{__LINE__, HEAD "received 21\n1234567890123456789.0\n" REST, HOLDS},

	/* Carriers. */
	{__LINE__, HEAD TIME TO_CARRIER "carrier 0\n\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nForm\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 5\nforms\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 3\nfor\n" FROM_QUERY, HOLDS},

	/* Lengths. */
	{__LINE__, HEAD "received \n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 4\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 2\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received -1\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received +3\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 0x3\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 3 \n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 999999999999999999\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 18446744073709551619\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 4294967299\n1.2\n" REST, FIELD},

	/* Fields that are missing, twice there, in another order. */
	{__LINE__, HEAD, FIELD},
	{__LINE__, HEAD REST, FIELD},
	{__LINE__, HEAD TIME TIME REST, FIELD},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nform\nbody 0\n\nquery 0\n\n", FIELD},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nform\nquery 0\n\n", FIELD},
	{__LINE__, HEAD TIME REST "more 0\n\n", "checksum"},
};
/* clang-format on */

/* Appends the checksum of all that is there. */
static void
seal(int line, struct buf *text)
{
	char hex[DIGEST_SHA256_HEX];

	digest_sha256(text->data, text->len, hex);
	CHECK_NUMBER(line, buf_add_text(text, "sha256 64\n"), ERR_OK);
	CHECK_NUMBER(line, buf_add_text(text, hex), ERR_OK);
	CHECK_NUMBER(line, buf_add_text(text, "\n"), ERR_OK);
}

static void
test_sealed(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(sealed); i++) {
		struct spool_record record;
		struct guard guard;
		struct buf text;
		int line = sealed[i].line;

		buf_init(&text, LIMIT_SPOOL_RECORD);
		CHECK_NUMBER(line, buf_add_text(&text, sealed[i].text), ERR_OK);
		seal(line, &text);
		if (sealed[i].why != NULL) {
			check_malformed(line, &text, sealed[i].why);
		} else {
			CHECK_NUMBER(line,
				parse_guarded(&guard, &record, &text, NULL),
				ERR_OK);
			guard_free(&guard);
		}
		buf_free(&text);
	}
}

/*
 * Files
 */

static int
is_visible(const struct dirent *file)
{
	return file->d_name[0] != '.';
}

/* Files in spool/folder; -1 if there is no such folder. */
static int
count_in(const char *spool, const char *folder)
{
	struct dirent **names;
	int n = scandir(
		scratch_path(spool, folder), &names, is_visible, alphasort);

	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	return n;
}

/* Paths that stay until the next but three. */
static const char *
keep(const char *path)
{
	static char kept[4][SCRATCH_PATH];
	static size_t next;
	char *copy = kept[next++ % N_OF(kept)];

	(void)snprintf(copy, SCRATCH_PATH, "%s", path);
	return copy;
}

/* The path of the first file in spool/folder, in order of names. */
static const char *
first_in(const char *spool, const char *folder)
{
	const char *directory = keep(scratch_path(spool, folder)), *path;
	struct dirent **names;
	int n = scandir(directory, &names, is_visible, alphasort);

	assert_in_range(n, 1, 1000);
	path = keep(scratch_path(directory, names[0]->d_name));
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return path;
}

static mode_t
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

/* The file's text holds that one. */
static void
check_file(int line, const char *path, const char *want)
{
	FILE *file = fopen(path, "r");
	char text[1024];
	size_t n;

	CHECK(line, file != NULL);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	(void)fclose(file);
	CHECK_HOLDS(line, text, want);
}

/* The directory of a spool that nothing was written to. */
static const char *
make_spool(const char *directory)
{
	static char spool[SCRATCH_PATH];

	no_faults();
	(void)snprintf(
		spool, sizeof spool, "%s", scratch_mkdir(directory, "spool"));
	return spool;
}

static void
write_one(int line, const char *spool, const char *body)
{
	struct spool_record record = message;
	struct reason reason = {""};

	record.body = spool_text(body);
	if (spool_write(spool, &record, &reason) != ERR_OK)
		fail_msg("row of line %d: %s", line, reason.text);
}

static void
write_some(const char *spool, int n)
{
	for (int i = 0; i < n; i++) {
		char body[24];

		(void)snprintf(body, sizeof body, "good %d", i);
		write_one(__LINE__, spool, body);
	}
}

/* Writing fails, says where, and leaves nothing in tmp/. */
static void
check_unwritten(int line, const char *spool, const char *where)
{
	struct reason reason = {""};

	CHECK_NUMBER(line, spool_write(spool, &message, &reason), ERR_IO);
	CHECK_HOLDS(line, reason.text, where);
	CHECK(line, count_in(spool, "tmp") <= 0);
}

/* Walks over all, and leaves them where they are. */
static void
check_walk(int line, const char *spool, int want, size_t want_unreadable)
{
	struct reason reason = {""};
	struct spool_entry entry;
	struct spool walk;
	int n = 0;

	CHECK_NUMBER(line, spool_open(&walk, spool, &reason), ERR_OK);
	for (;;) {
		if (spool_next(&walk, &entry, &reason) != ERR_OK)
			fail_msg("row of line %d: %s", line, reason.text);
		if (entry.fd < 0)
			break;
		n++;
		spool_release(&entry);
	}
	CHECK_NUMBER(line, n, want);
	CHECK_NUMBER(line, walk.n_unreadable, want_unreadable);
	spool_release(&entry);
	spool_close(&walk);
}

/* Starts a walk and takes its first record; fd is -1 if there is none. */
static void
take_first(int line, const char *spool, struct spool *walk,
	struct spool_entry *entry)
{
	CHECK_NUMBER(line, spool_open(walk, spool, NULL), ERR_OK);
	CHECK_NUMBER(line, spool_next(walk, entry, NULL), ERR_OK);
}

static void
test_write_and_read(void **state)
{
	const char *spool = make_spool(*state);
	struct spool_entry entry;
	struct spool walk;

	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	assert_int_equal(count_in(spool, "new"), 1);
	assert_int_equal(count_in(spool, "tmp"), 0);
	take_first(__LINE__, spool, &walk, &entry);
	assert_true(entry.fd >= 0);
	check_record(__LINE__, &entry.record, &message);
	spool_release(&entry);
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	assert_int_equal(entry.fd, -1);
	spool_release(&entry);
	spool_close(&walk);
	assert_int_equal(count_in(spool, "new"), 1);
}

/* Whatever the process's mask. */
static void
test_modes(void **state)
{
	static const mode_t masks[] = {0, 022, 077};
	static const char *const folders[] = {"new", "tmp", "rejected"};

	for (size_t i = 0; i < N_OF(masks); i++) {
		char name[8];
		const char *spool;
		mode_t old;

		(void)snprintf(name, sizeof name, "%o", masks[i]);
		spool = keep(scratch_mkdir(*state, name));
		old = umask(masks[i]);
		assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
		assert_int_equal(
			spool_write_rejected(spool, &message, "why", NULL),
			ERR_OK);
		(void)umask(old);
		for (size_t j = 0; j < N_OF(folders); j++)
			assert_int_equal(
				mode_of(scratch_path(spool, folders[j])), 0700);
		assert_int_equal(mode_of(first_in(spool, "new")), 0600);
		assert_int_equal(mode_of(first_in(spool, "rejected")), 0600);
	}
}

static void
test_same_request(void **state)
{
	const char *spool = make_spool(*state);
	struct spool_record record = message;
	struct spool_entry entry;
	struct spool walk;

	for (int i = 0; i < 20; i++)
		assert_int_equal(spool_write(spool, &record, NULL), ERR_OK);
	/* Twilio tries again: later, and with a token of the second try. */
	record.received_at.tv_sec += 15;
	record.idempotency_token = spool_text("another");
	assert_int_equal(spool_write(spool, &record, NULL), ERR_OK);
	assert_int_equal(count_in(spool, "new"), 1);
	assert_int_equal(count_in(spool, "tmp"), 0);
	/* As in the database, the first one stays. */
	take_first(__LINE__, spool, &walk, &entry);
	check_record(__LINE__, &entry.record, &message);
	spool_release(&entry);
	spool_close(&walk);
}

/* The first one is damaged meanwhile: then the second is what counts. */
static void
test_same_request_damaged(void **state)
{
	const char *spool = make_spool(*state);
	const char *path;

	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	path = first_in(spool, "new");
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	assert_int_equal(count_in(spool, "tmp"), 0);
	/* A walk that is about to move the damaged one must not find another
	 * under its name. */
	check_file(__LINE__, path, "hookswitch-spool");
	check_walk(__LINE__, spool, 1, 1);
	assert_int_equal(count_in(spool, "new"), 1);
}

static void
test_other_requests(void **state)
{
	const char *spool = make_spool(*state);
	struct spool_record records[7];

	for (size_t i = 0; i < N_OF(records); i++)
		records[i] = message;
	records[1].endpoint = spool_text("whatsapp");
	records[2].account_sid = spool_text("AC2");
	records[3].query = spool_text("");
	records[4].body = spool_text("MessageSid=SM1&Body=hellO");
	records[5].carrier = CARRIER_JSON;
	/* The same bytes, divided in another way. */
	records[6].query = spool_text("campaignId=");
	records[6].body = spool_text("7MessageSid=SM1&Body=hello");
	for (size_t i = 0; i < N_OF(records); i++) {
		assert_int_equal(spool_write(spool, &records[i], NULL), ERR_OK);
		assert_int_equal(count_in(spool, "new"), (int)i + 1);
	}
	check_walk(__LINE__, spool, N_OF(records), 0);
}

static void
test_write_rejected(void **state)
{
	const char *spool = make_spool(*state);
	char reason[SCRATCH_PATH + 8];
	const char *path;

	assert_int_equal(spool_write_rejected(
				 spool, &message, "against a constraint", NULL),
		ERR_OK);
	assert_int_equal(count_in(spool, "new"), -1);
	assert_int_equal(count_in(spool, "rejected"), 2);
	path = first_in(spool, "rejected");
	(void)snprintf(reason, sizeof reason, "%s.reason", path);
	check_file(__LINE__, reason, "against a constraint\n");
	assert_int_equal(mode_of(reason), 0600);
	/* As the owner does it: back to new/, and it is tried again. */
	(void)scratch_mkdir(spool, "new");
	assert_int_equal(rename(path, scratch_path(spool, "new/record")), 0);
	assert_int_equal(
		rename(reason, scratch_path(spool, "new/record.reason")), 0);
	check_walk(__LINE__, spool, 1, 0);
	assert_int_equal(count_in(spool, "unreadable"), -1);
}

/*
 * Claims
 */

static void
test_two_walks(void **state)
{
	const char *spool = make_spool(*state);
	struct spool first, second;
	struct spool_entry mine, theirs;

	write_one(__LINE__, spool, "one");
	take_first(__LINE__, spool, &first, &mine);
	assert_true(mine.fd >= 0);
	take_first(__LINE__, spool, &second, &theirs);
	assert_int_equal(theirs.fd, -1);
	spool_release(&theirs);
	spool_close(&second);
	spool_release(&mine);
	spool_close(&first);

	take_first(__LINE__, spool, &second, &theirs);
	assert_true(theirs.fd >= 0);
	spool_done(&second, &theirs);
	spool_close(&second);
	assert_int_equal(count_in(spool, "new"), 0);
}

/* Two walks share what there is, and nothing comes twice. */
static void
test_walks_share(void **state)
{
	enum { RECORDS = 30 };
	const char *spool = make_spool(*state);
	struct spool_entry entries[RECORDS + 2];
	struct spool walks[2];
	size_t n = 0;
	int idle = 0;

	write_some(spool, RECORDS);
	assert_int_equal(spool_open(&walks[0], spool, NULL), ERR_OK);
	assert_int_equal(spool_open(&walks[1], spool, NULL), ERR_OK);
	for (size_t i = 0; idle < 2 && n < N_OF(entries); i++) {
		assert_int_equal(
			spool_next(&walks[i % 2], &entries[n], NULL), ERR_OK);
		if (entries[n].fd >= 0)
			n++;
		else
			idle++;
	}
	assert_int_equal(n, RECORDS);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
				entries[i].name, entries[j].name);
	for (size_t i = 0; i < n; i++)
		spool_done(&walks[0], &entries[i]);
	spool_close(&walks[0]);
	spool_close(&walks[1]);
	assert_int_equal(count_in(spool, "new"), 0);
}

/* Another process: takes the first record, says so, and keeps it. */
static pid_t
start_owner(const char *spool, int ready)
{
	pid_t child = fork();
	struct spool_entry entry;
	struct spool walk;

	if (child != 0)
		return child;
	(void)alarm(20);
	if (spool_open(&walk, spool, NULL) != ERR_OK ||
		spool_next(&walk, &entry, NULL) != ERR_OK ||
		__real_write(ready, entry.fd >= 0 ? "y" : "n", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* A process that is killed gives back what it had. */
static void
test_killed_owner(void **state)
{
	const char *spool = make_spool(*state);
	int ready[2], status;
	char byte;
	pid_t child;

	write_one(__LINE__, spool, "one");
	assert_int_equal(pipe(ready), 0);
	child = start_owner(spool, ready[1]);
	assert_true(child > 0);
	assert_int_equal(__real_read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	check_walk(__LINE__, spool, 0, 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	check_walk(__LINE__, spool, 1, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

/* Gone between the walk's look at the directory and its turn. */
static void
test_gone(void **state)
{
	const char *spool = make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	write_one(__LINE__, spool, "one");
	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	assert_int_equal(unlink(first_in(spool, "new")), 0);
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	assert_int_equal(entry.fd, -1);
	spool_release(&entry);
	spool_close(&walk);
}

static void
test_done(void **state)
{
	const char *spool = make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	write_some(spool, 2);
	take_first(__LINE__, spool, &walk, &entry);
	spool_done(&walk, &entry);
	assert_int_equal(entry.fd, -1);
	spool_close(&walk);
	assert_int_equal(count_in(spool, "new"), 1);
	assert_int_equal(count_in(spool, "rejected"), -1);
	check_walk(__LINE__, spool, 1, 0);
}

static void
test_reject(void **state)
{
	const char *spool = make_spool(*state);
	char name[NAME_MAX + 1], file[NAME_MAX + 32];
	struct spool walk;
	struct spool_entry entry;

	write_one(__LINE__, spool, "one");
	take_first(__LINE__, spool, &walk, &entry);
	(void)snprintf(name, sizeof name, "%s", entry.name);
	assert_int_equal(spool_reject(&walk, &entry, "against a rule"), true);
	assert_int_equal(entry.fd, -1);
	spool_close(&walk);
	assert_int_equal(count_in(spool, "new"), 0);
	assert_int_equal(count_in(spool, "rejected"), 2);
	(void)snprintf(file, sizeof file, "rejected/%s", name);
	check_file(__LINE__, scratch_path(spool, file), "body 3\none\n");
	(void)snprintf(file, sizeof file, "rejected/%s.reason", name);
	check_file(__LINE__, scratch_path(spool, file), "against a rule\n");
	check_walk(__LINE__, spool, 0, 0);
}

/* It cannot be moved: it stays, and can be had again. */
static void
test_reject_fails(void **state)
{
	const char *spool = make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	write_one(__LINE__, spool, "one");
	(void)scratch_write(spool, "rejected", "a file", 0600);
	take_first(__LINE__, spool, &walk, &entry);
	assert_false(spool_reject(&walk, &entry, "why"));
	assert_int_equal(entry.fd, -1);
	assert_int_equal(walk.n_stuck, 1);
	CHECK_HOLDS(__LINE__, walk.stuck.text, spool);
	spool_close(&walk);
	check_walk(__LINE__, spool, 1, 0);
}

/* What was set aside before under the same name stays. */
static void
test_set_aside_twice(void **state)
{
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_mkdir(spool, "new"));
	struct spool walk;
	struct spool_entry entry;

	for (int i = 1; i <= 2; i++) {
		(void)scratch_write(
			new, "x", i == 1 ? "first" : "second", 0600);
		check_walk(__LINE__, spool, 0, 1);
		assert_int_equal(count_in(spool, "unreadable"), 2 * i);
	}
	check_file(__LINE__, scratch_path(spool, "unreadable/x"), "first");
	for (int i = 1; i <= 2; i++) {
		write_one(__LINE__, spool, "one");
		take_first(__LINE__, spool, &walk, &entry);
		assert_true(spool_reject(&walk, &entry, "why"));
		spool_close(&walk);
		assert_int_equal(count_in(spool, "rejected"), 2 * i);
	}
}

/*
 * What is damaged
 */

static void
test_unreadable(void **state)
{
	static char large[LIMIT_SPOOL_RECORD + 2];
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_path(spool, "new"));
	const char *unreadable = keep(scratch_path(spool, "unreadable"));

	sample_fill(large, sizeof large, 'x');
	write_one(__LINE__, spool, "good");
	(void)scratch_write(new, "garbage", "garbage", 0600);
	(void)scratch_write(new, "empty", "", 0600);
	(void)scratch_write(new, "newer", "hookswitch-spool 1\n7\n", 0600);
	(void)scratch_write(new, "large", large, 0600);
	check_walk(__LINE__, spool, 1, 4);
	assert_int_equal(count_in(spool, "new"), 1);
	assert_int_equal(count_in(spool, "unreadable"), 8);
	check_file(__LINE__, scratch_path(unreadable, "garbage"), "garbage");
	check_file(__LINE__, scratch_path(unreadable, "garbage.reason"),
		"does not begin");
	check_file(
		__LINE__, scratch_path(unreadable, "empty.reason"), "damaged");
	check_file(__LINE__, scratch_path(unreadable, "newer.reason"),
		"version \"7\"");
	check_file(
		__LINE__, scratch_path(unreadable, "large.reason"), "exceeds");
	assert_int_equal(mode_of(unreadable), 0700);
	/* It is not looked at again. */
	check_walk(__LINE__, spool, 1, 0);
}

/* Truncated, or with one bit flipped, as a disk would leave it. */
static void
test_damaged(void **state)
{
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_path(spool, "new"));
	struct buf text;

	format(__LINE__, &text, &message);
	write_one(__LINE__, spool, "good");
	(void)scratch_write_bytes(new, "half", text.data, text.len / 2, 0600);
	text.data[text.len / 2] ^= 1;
	(void)scratch_write_bytes(new, "bit", text.data, text.len, 0600);
	check_walk(__LINE__, spool, 1, 2);
	assert_int_equal(count_in(spool, "unreadable"), 4);
	buf_free(&text);
}

/* What none of us has put there stays there, and does no harm. */
static void
test_strangers(void **state)
{
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_path(spool, "new"));

	write_one(__LINE__, spool, "good");
	(void)scratch_write(new, ".hidden", "x", 0600);
	(void)scratch_mkdir(new, "directory");
	(void)scratch_link(new, "dangling", "none");
	(void)scratch_write(spool, "outside", "secret", 0600);
	(void)scratch_link(new, "link", "../outside");
	assert_int_equal(mkfifo(scratch_path(new, "fifo"), 0600), 0);
	(void)alarm(20); /* a walk that hangs is ended */
	check_walk(__LINE__, spool, 1, 0);
	(void)alarm(0);
	assert_int_equal(count_in(spool, "new"), 5);
	assert_int_equal(count_in(spool, "unreadable"), -1);
	check_file(__LINE__, scratch_path(spool, "outside"), "secret");
}

/* Good records of a walk that goes on after failures. */
static int
walk_on(const char *spool, int most)
{
	struct spool walk;
	struct spool_entry entry;
	int n = 0;

	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	for (int i = 0; i < most; i++) {
		struct reason reason = {""};

		if (spool_next(&walk, &entry, &reason) == ERR_OK &&
			entry.fd >= 0)
			n++;
		spool_release(&entry);
	}
	spool_close(&walk);
	return n;
}

/* A bad block under one record is no reason to keep the others. */
static void
test_read_error(void **state)
{
	const char *spool = make_spool(*state);
	struct spool_entry entries[8], last;
	struct spool walk;

	write_some(spool, 8);
	write_one(__LINE__, spool, "bad block");
	faults.unread = "bad block";
	assert_int_equal(walk_on(spool, 9), 8);
	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(spool_next(&walk, &entries[i], NULL), ERR_OK);
		assert_true(entries[i].fd >= 0);
	}
	assert_int_equal(spool_next(&walk, &last, NULL), ERR_OK);
	assert_int_equal(last.fd, -1);
	assert_int_equal(walk.n_stuck, 1);
	CHECK_HOLDS(__LINE__, walk.stuck.text, strerror(EIO));
	CHECK_HOLDS(
		__LINE__, walk.stuck.text, keep(scratch_path(spool, "new")));
	spool_release(&last);
	for (int i = 0; i < 8; i++)
		spool_release(&entries[i]);
	spool_close(&walk);
	no_faults();
}

/* How many records a walk comes by that skips what was put off. */
static int
count_due(const char *spool)
{
	struct spool walk;
	int n = -1;

	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	walk.skips_deferred = true;
	for (bool found = true; found; n++) {
		struct spool_entry entry;

		assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
		found = entry.fd >= 0;
		spool_release(&entry);
	}
	spool_close(&walk);
	return n;
}

/* What is put off is passed over for a while, by those who ask for it. */
static void
test_deferred(void **state)
{
	const char *spool = make_spool(*state);
	const struct timespec far[2] = {
		{time(NULL) + 3600, 0},
                {time(NULL) + 3600, 0}
        };
	struct spool walk;
	struct spool_entry entry;
	struct spool_survey survey;
	char path[SCRATCH_PATH + NAME_MAX + 8];

	write_one(__LINE__, spool, "one");
	write_one(__LINE__, spool, "two");
	take_first(__LINE__, spool, &walk, &entry);
	(void)snprintf(path, sizeof path, "%s/new/%s", spool, entry.name);
	spool_defer(&entry);
	spool_close(&walk);
	assert_int_equal(count_due(spool), 1);
	assert_int_equal(walk_on(spool, 2), 2);
	/* Since when it waits is still known. */
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_in_range(survey.oldest, time(NULL) - 10, time(NULL));
	/* By a clock that was wrong: not until then. */
	assert_int_equal(utimensat(AT_FDCWD, path, far, 0), 0);
	assert_int_equal(count_due(spool), 2);
}

/* How much there is, and since when; reasons and strangers do not count. */
static void
test_survey(void **state)
{
	const struct timespec old[2] = {
		{1000000000, 0},
                {1000000000, 0}
        };
	const char *spool = make_spool(*state);
	struct spool_survey survey;
	struct reason reason;

	assert_int_equal(
		spool_survey(scratch_path(spool, "none"), &survey, &reason),
		ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "/none/\": No such file");
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.n_waiting + survey.n_rejected, 0);
	assert_int_equal(survey.oldest, 0);
	write_some(spool, 3);
	assert_int_equal(
		spool_write_rejected(spool, &message, "why", NULL), ERR_OK);
	(void)scratch_mkdir(spool, "unreadable");
	(void)scratch_write(spool, "unreadable/a", "x", 0600);
	(void)scratch_write(spool, "unreadable/b", "x", 0600);
	(void)scratch_write(spool, "unreadable/b.reason", "x", 0600);
	(void)scratch_write(spool, "new/.hidden", "x", 0600);
	(void)scratch_mkdir(spool, "new/directory");
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.n_waiting, 3);
	assert_int_equal(survey.n_rejected, 1);
	assert_int_equal(survey.n_unreadable, 2);
	assert_in_range(survey.oldest, time(NULL) - 10, time(NULL));
	(void)scratch_write(spool, "new/old", "x", 0600);
	assert_int_equal(
		utimensat(AT_FDCWD, scratch_path(spool, "new/old"), old, 0), 0);
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.oldest, 1000000000);
	(void)scratch_write(spool, "new2", "a file", 0600);
	assert_int_equal(
		spool_survey(scratch_path(spool, "new2"), &survey, &reason),
		ERR_IO);
}

/* Whether the text has a word in it. */
static bool
has_word(void *context, const char *text, size_t len)
{
	assert_int_equal(text[len], '\0');
	return memmem(text, len, context, strlen(context)) != NULL;
}

/* Of what is set aside that which is wanted goes, with its reason. */
static void
test_sift(void **state)
{
	static char word[] = "alice";
	struct spool_sieve sieve = {has_word, word, true};
	const char *spool = make_spool(*state);
	struct reason reason;
	size_t n = 7;

	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 0);
	(void)scratch_mkdir(spool, "rejected");
	(void)scratch_mkdir(spool, "unreadable");
	write_one(__LINE__, spool, "alice");
	(void)scratch_write(spool, "rejected/a", "to alice", 0600);
	(void)scratch_write(spool, "rejected/a.reason", "why", 0600);
	(void)scratch_write(spool, "rejected/b", "to bob", 0600);
	(void)scratch_write(spool, "rejected/b.reason", "alice", 0600);
	(void)scratch_write_bytes(spool, "unreadable/c", "\0alice", 6, 0600);
	(void)scratch_write(spool, "unreadable/d", "", 0600);
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(count_in(spool, "rejected"), 4);
	sieve.only_looks = false;
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(count_in(spool, "new"), 1);
	assert_int_equal(count_in(spool, "rejected"), 2);
	check_file(__LINE__, scratch_path(spool, "rejected/b"), "to bob");
	assert_int_equal(count_in(spool, "unreadable"), 1);
	/* One that cannot be read is told of; the others go on. */
	(void)scratch_write(spool, "rejected/bad", "bad block", 0600);
	(void)scratch_write(spool, "rejected/e", "to alice", 0600);
	faults.unread = "bad block";
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_IO);
	no_faults();
	assert_int_equal(n, 1);
	CHECK_HOLDS(__LINE__, reason.text, "/rejected/bad\": ");
	assert_int_equal(access(scratch_path(spool, "rejected/e"), F_OK), -1);
}

/* A process was killed while it wrote. */
static void
test_abandoned(void **state)
{
	const char *spool = make_spool(*state);
	const struct timespec old[2] = {
		{time(NULL) - 4000, 0},
                {time(NULL) - 4000, 0}
        };
	const char *path;

	spool_tidy(spool);
	write_one(__LINE__, spool, "one");
	path = keep(scratch_write(spool, "tmp/old", "half", 0600));
	(void)scratch_write(spool, "tmp/young", "half", 0600);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	spool_tidy(spool);
	assert_int_equal(count_in(spool, "tmp"), 1);
	assert_int_equal(access(scratch_path(spool, "tmp/young"), F_OK), 0);
	assert_int_equal(count_in(spool, "new"), 1);
}

/* Nor is one that cannot even be moved. */
static void
test_cannot_set_aside(void **state)
{
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_path(spool, "new"));

	write_some(spool, 8);
	for (int i = 0; i < 8; i++) {
		char name[24];

		(void)snprintf(name, sizeof name, "bad %d", i);
		(void)scratch_write(new, name, "garbage", 0600);
	}
	(void)scratch_write(spool, "unreadable", "a file", 0600);
	assert_int_equal(walk_on(spool, 16), 8);
	assert_int_equal(count_in(spool, "new"), 16);
}

/*
 * Without a spool, or with one that cannot be written
 */

static void
test_nothing_there(void **state)
{
	const char *spool;

	check_walk(__LINE__, scratch_path(*state, "none"), 0, 0);
	check_walk(__LINE__, scratch_path(*state, "none/none"), 0, 0);
	spool = make_spool(*state);
	check_walk(__LINE__, spool, 0, 0);
	(void)scratch_mkdir(spool, "new");
	check_walk(__LINE__, spool, 0, 0);
}

static void
test_open_fails(void **state)
{
	const char *file = keep(scratch_write(*state, "file", "", 0600));
	const char *spool = make_spool(*state);
	const char *new = keep(scratch_write(spool, "new", "a file", 0600));
	struct reason reason = {""};
	struct spool walk;

	assert_int_equal(spool_open(&walk, file, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, file);
	spool_close(&walk);
	assert_int_equal(spool_open(&walk, spool, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, new);
	spool_close(&walk);
}

static void
test_not_a_directory(void **state)
{
	const char *file = keep(scratch_write(*state, "file", "", 0600));
	const char *none = keep(scratch_path(*state, "none"));
	const char *spool = make_spool(*state);

	check_unwritten(__LINE__, file, file);
	check_unwritten(__LINE__, keep(scratch_path(file, "below")), file);
	check_unwritten(__LINE__, keep(scratch_path(none, "below")), none);
	(void)scratch_write(spool, "new", "a file", 0600);
	check_unwritten(__LINE__, spool, spool);
	assert_int_equal(unlink(scratch_path(spool, "new")), 0);
	assert_int_equal(rmdir(scratch_path(spool, "tmp")), 0);
	(void)scratch_write(spool, "tmp", "a file", 0600);
	check_unwritten(__LINE__, spool, spool);
	(void)scratch_link(*state, "dangling", "none");
	check_unwritten(
		__LINE__, keep(scratch_path(*state, "dangling")), "dangling");
}

/* Root may do everything: it becomes somebody else for a while. */
static void
step_down(void)
{
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
}

static void
step_up(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* Of another user, or read-only. */
static void
test_unwritable(void **state)
{
	const char *spool = make_spool(*state);
	const char *new, *tmp;

	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(chmod(spool, 0555), 0);
	step_down();
	check_unwritten(__LINE__, spool, spool);
	check_walk(__LINE__, spool, 0, 0);
	step_up();

	assert_int_equal(chmod(spool, 0755), 0);
	new = keep(scratch_mkdir(spool, "new"));
	tmp = keep(scratch_mkdir(spool, "tmp"));
	assert_int_equal(chmod(new, 0555), 0);
	assert_int_equal(chmod(tmp, 0777), 0);
	step_down();
	check_unwritten(__LINE__, spool, spool);
	step_up();
	assert_int_equal(chmod(new, 0700), 0);
}

static void
test_too_large(void **state)
{
	static char body[LIMIT_SPOOL_RECORD + 1];
	const char *spool = make_spool(*state);
	struct spool_record record = message;
	struct reason reason = {""};

	sample_fill(body, sizeof body, 'x');
	record.body = spool_text(body);
	assert_int_not_equal(spool_write(spool, &record, &reason), ERR_OK);
	CHECK_HOLDS(__LINE__, reason.text, "spool");
	assert_true(count_in(spool, "new") <= 0);
	assert_true(count_in(spool, "tmp") <= 0);
}

/*
 * Failures on the way to the disk
 */

/* The disk is full after so many bytes: none, some, all but one. */
static void
test_disk_full(void **state)
{
	const char *spool = make_spool(*state);
	struct buf text;

	format(__LINE__, &text, &message);
	write_one(__LINE__, spool, "another");
	for (size_t room = 0; room < text.len; room += room + 1) {
		faults.room = room + 1;
		check_unwritten(__LINE__, spool, strerror(ENOSPC));
		assert_int_equal(count_in(spool, "new"), 1);
	}
	faults.room = text.len; /* one byte short */
	check_unwritten(__LINE__, spool, strerror(ENOSPC));
	no_faults();
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	check_walk(__LINE__, spool, 2, 0);
	buf_free(&text);
}

static void
test_short_writes(void **state)
{
	const char *spool = make_spool(*state);

	faults.piece = 7;
	faults.interrupt = true;
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	no_faults();
	check_walk(__LINE__, spool, 1, 0);
}

/* Each fsync in turn: of a new directory's parent, of the file, of new/. */
static void
test_fsync_fails(void **state)
{
	int n;

	for (n = 1;; n++) {
		char name[16];
		const char *spool;
		struct reason reason = {""};
		enum err err;

		(void)snprintf(name, sizeof name, "%d", n);
		spool = keep(scratch_mkdir(*state, name));
		no_faults();
		faults.bad_fsync = n;
		err = spool_write(spool, &message, &reason);
		if (faults.n_fsync < n) {
			assert_int_equal(err, ERR_OK);
			break;
		}
		assert_int_equal(err, ERR_IO);
		CHECK_HOLDS(__LINE__, reason.text, strerror(EIO));
		CHECK_HOLDS(__LINE__, reason.text, spool);
		assert_true(count_in(spool, "tmp") <= 0);
		assert_true(count_in(spool, "new") <= 0);
	}
	no_faults();
	/* The file's, new/'s, and the spool's for new/ and for tmp/. */
	assert_true(n > 4);
}

/*
 * A folder that somebody has made, and nobody synced, is as good as none after
 * a power cut: a process does not rely on what it has not done itself.
 */
static void
test_folders_are_synced(void **state)
{
	const char *spool = make_spool(*state);
	const char *other = keep(scratch_mkdir(*state, "other"));

	faults.bad_fsync = 1; /* the spool's, for tmp/ */
	assert_int_equal(spool_write(spool, &message, NULL), ERR_IO);
	no_faults();
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	assert_true(faults.n_fsync >= 3); /* the spool's, the file's, new/'s */
	no_faults();
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	assert_int_equal(faults.n_fsync, 2);
	assert_int_equal(spool_write(other, &message, NULL), ERR_OK);
	no_faults();
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	assert_int_equal(faults.n_fsync, 3);
	no_faults();
}

/*
 * A request that was kept comes again, and now writing fails: the first one
 * was acknowledged, so it must still be there.
 */
static void
test_repeat_fails(void **state)
{
	const char *spool = make_spool(*state);
	int calls;

	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	no_faults();
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	calls = faults.n_fsync;
	assert_true(calls >= 2); /* the file's and new/'s */
	for (int n = 1; n <= calls; n++) {
		no_faults();
		faults.bad_fsync = n;
		assert_int_equal(spool_write(spool, &message, NULL), ERR_IO);
		no_faults();
		assert_int_equal(count_in(spool, "tmp"), 0);
		check_walk(__LINE__, spool, 1, 0);
	}
}

/* Something else has the record's name. */
static void
test_name_taken(void **state)
{
	const char *spool = make_spool(*state);
	const char *path;

	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	path = first_in(spool, "new");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(spool_write(spool, &message, NULL), ERR_OK);
	check_walk(__LINE__, spool, 1, 0);
}

/* The reason is a help; the record is what counts. */
static void
test_reason_fails(void **state)
{
	const char *spool = make_spool(*state);
	struct spool walk;
	struct spool_entry entry;
	char name[NAME_MAX + 32];

	write_one(__LINE__, spool, "one");
	take_first(__LINE__, spool, &walk, &entry);
	(void)scratch_mkdir(spool, "rejected");
	(void)snprintf(name, sizeof name, "rejected/%s.reason", entry.name);
	(void)scratch_mkdir(spool, name);
	assert_true(spool_reject(&walk, &entry, "why"));
	spool_close(&walk);
	assert_int_equal(count_in(spool, "rejected"), 2);
	assert_int_equal(count_in(spool, "new"), 0);
	assert_int_equal(count_in(spool, "tmp"), 0);
}

/* A process serves for months: nothing stays open. */
static void
test_descriptors(void **state)
{
	const char *spool = make_spool(*state);
	int before = count_in("/proc/self", "fd");
	struct spool walk;
	struct spool_entry entry;

	if (before < 0)
		skip(); /* no /proc */
	faults.room = 3;
	check_unwritten(__LINE__, spool, spool);
	no_faults();
	write_some(spool, 2);
	(void)scratch_write(spool, "new/garbage", "x", 0600);
	check_walk(__LINE__, spool, 2, 1);
	take_first(__LINE__, spool, &walk, &entry);
	assert_true(spool_reject(&walk, &entry, "why"));
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	spool_done(&walk, &entry);
	spool_close(&walk);
	assert_int_equal(
		spool_write_rejected(spool, &message, "why", NULL), ERR_OK);
	assert_int_equal(
		spool_open(&walk, scratch_path(spool, "none"), NULL), ERR_OK);
	spool_close(&walk);
	assert_int_equal(count_in("/proc/self", "fd"), before);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_flipped_bit),
		cmocka_unit_test(test_sealed),
		TEST(test_write_and_read),
		TEST(test_modes),
		TEST(test_same_request),
		TEST(test_same_request_damaged),
		TEST(test_other_requests),
		TEST(test_write_rejected),
		TEST(test_two_walks),
		TEST(test_walks_share),
		TEST(test_killed_owner),
		TEST(test_gone),
		TEST(test_done),
		TEST(test_reject),
		TEST(test_reject_fails),
		TEST(test_set_aside_twice),
		TEST(test_unreadable),
		TEST(test_damaged),
		TEST(test_strangers),
		TEST(test_read_error),
		TEST(test_deferred),
		TEST(test_survey),
		TEST(test_sift),
		TEST(test_abandoned),
		TEST(test_cannot_set_aside),
		TEST(test_nothing_there),
		TEST(test_open_fails),
		TEST(test_not_a_directory),
		TEST(test_unwritable),
		TEST(test_too_large),
		TEST(test_disk_full),
		TEST(test_short_writes),
		TEST(test_fsync_fails),
		TEST(test_folders_are_synced),
		TEST(test_repeat_fails),
		TEST(test_name_taken),
		TEST(test_reason_fails),
		TEST(test_descriptors),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
