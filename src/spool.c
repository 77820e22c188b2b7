#include "config.h"

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "digest.h"
#include "limit.h"
#include "spool_file.h"
#include "spool_folder.h"

static enum err
write_record(const char *directory, const char *folder,
	const struct spool_record *record, char name[DIGEST_SHA256_HEX],
	struct reason *reason)
{
	struct buf text;
	enum err err = spool_record_name(record, name);

	buf_init(&text, LIMIT_SPOOL_RECORD);
	if (err == ERR_OK)
		err = spool_record_format(&text, record);
	if (err == ERR_OK)
		err = spool_write_text(directory, folder, name, &text, reason);
	else
		err = err_reason(reason, err,
			"could not make a record for "
			"the spool: %s",
			err_text(err));
	buf_free(&text);
	return err;
}

enum err
spool_write(const char *directory, const struct spool_record *record,
	struct reason *reason)
{
	char name[DIGEST_SHA256_HEX];

	return write_record(directory, SPOOL_NEW, record, name, reason);
}

enum err
spool_write_rejected(const char *directory, const struct spool_record *record,
	const char *why, struct reason *reason)
{
	char name[DIGEST_SHA256_HEX];
	enum err err =
		write_record(directory, SPOOL_REJECTED, record, name, reason);

	if (err == ERR_OK)
		spool_write_reason(directory, SPOOL_REJECTED, name, why);
	return err;
}

/* A folder that is not there yet is made when it is needed. */
static enum err
check_folder(const char *directory, const char *folder, int spool,
	struct reason *reason)
{
	if (faccessat(spool, folder, W_OK | X_OK, AT_EACCESS) != 0 &&
		errno != ENOENT)
		return spool_could_not(
			reason, "write to", directory, folder, "");
	return ERR_OK;
}

enum err
spool_check(const char *directory, struct reason *reason)
{
	int spool = spool_open_directory(AT_FDCWD, directory);
	struct statvfs room;
	enum err err = ERR_OK;

	if (spool < 0)
		return spool_could_not(reason, "open", directory, "", "");
	if (faccessat(spool, ".", W_OK | X_OK, AT_EACCESS) != 0)
		err = spool_could_not(reason, "write to", directory, "", "");
	if (err == ERR_OK)
		err = check_folder(directory, SPOOL_NEW, spool, reason);
	if (err == ERR_OK)
		err = check_folder(directory, SPOOL_TMP, spool, reason);
	if (err == ERR_OK && fstatvfs(spool, &room) == 0 &&
		(room.f_bavail * room.f_frsize < LIMIT_SPOOL_RECORD ||
			(room.f_files > 0 && room.f_favail == 0)))
		err = err_reason(reason, ERR_IO,
			"no space is left for the spool \"%s\"", directory);
	(void)close(spool);
	return err;
}
